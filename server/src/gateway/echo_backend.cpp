#include "gateway/echo_backend.h"

#include <nlohmann/json.hpp>

#include "gateway/response_object.h"
#include "json/quote.h"

namespace waybill::server {
namespace {

using Json = nlohmann::json;

/// The words in a string, in an array of parts with `text`, or in nothing.
std::string textOf(const Json& content) {
    if (content.is_string()) return content.get<std::string>();
    std::string text;
    if (content.is_array())
        for (const Json& part : content)
            if (part.is_object() && part.contains("text") && part["text"].is_string())
                text += part["text"].get<std::string>();
    return text;
}

/// What was said last.
std::string lastWords(const Json& request) {
    for (const char* key : {"input", "messages"}) {
        const auto found = request.find(key);
        if (found == request.end()) continue;
        if (!found->is_array()) return textOf(*found);
        for (auto item = found->rbegin(); item != found->rend(); ++item)
            if (item->is_object() && item->contains("content")) return textOf((*item)["content"]);
    }
    return {};
}

/// Words stand in for tokens.
std::string tokensIn(std::string_view text) {
    std::size_t words = 0;
    bool inside = false;
    for (const char c : text) {
        const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        words += !space && !inside ? 1 : 0;
        inside = !space;
    }
    return std::to_string(words);
}

/// An id that follows from another one.
std::string derivedId(std::string_view prefix, const std::string& id) {
    return std::string(prefix) + id.substr(id.find_first_of("_-") + 1);
}

std::string response(const BackendCall& call, const std::string& text, std::int64_t now) {
    const std::string tokens = tokensIn(text);
    ResponseParts parts;
    parts.id = call.id;
    parts.created_at = now;
    parts.status = "completed";
    parts.output = R"([{"type":"message","id":)" + jsonQuote(derivedId("msg_", call.id)) +
                   R"(,"status":"completed","role":"assistant","content":[{"type":"output_text",)"
                   R"("text":)" +
                   jsonQuote(text) + R"(,"annotations":[],"logprobs":[]}]}])";
    parts.usage = R"({"input_tokens":)" + tokens +
                  R"(,"input_tokens_details":{"cached_tokens":0},"output_tokens":)" + tokens +
                  R"(,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":)" +
                  std::to_string(2 * std::stoull(tokens)) + "}";
    return writeResponseObject(parts, call.body);
}

std::string chatCompletion(const BackendCall& call, const std::string& model,
                           const std::string& text, std::int64_t now) {
    const std::string tokens = tokensIn(text);
    return R"({"id":)" + jsonQuote(call.id) + R"(,"object":"chat.completion","created":)" +
           std::to_string(now) + R"(,"model":)" + model +
           R"(,"choices":[{"index":0,"message":{"role":"assistant","content":)" + jsonQuote(text) +
           R"(,"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],)"
           R"("usage":{"prompt_tokens":)" +
           tokens + R"(,"completion_tokens":)" + tokens + R"(,"total_tokens":)" +
           std::to_string(2 * std::stoull(tokens)) + R"(},"system_fingerprint":null})";
}

std::string message(const BackendCall& call, const std::string& model, const std::string& text) {
    const std::string tokens = tokensIn(text);
    return R"({"id":)" + jsonQuote(call.id) + R"(,"type":"message","role":"assistant","model":)" +
           model + R"(,"content":[{"type":"text","text":)" + jsonQuote(text) +
           R"(}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":)" + tokens +
           R"(,"output_tokens":)" + tokens + "}}";
}

}  // namespace

/// False when it was cancelled meanwhile.
bool EchoBackend::think() {
    std::unique_lock lock(mutex_);
    return !cancelled_changed_.wait_for(lock, delay_, [this] { return cancelled_; });
}

BackendAnswer EchoBackend::call(const BackendCall& call) {
    BackendAnswer answer;
    if (!think()) {
        answer.failure = "The server is shutting down.";
        return answer;
    }
    const Json request = Json::parse(call.body);
    const auto found = request.find("model");
    const std::string model =
        jsonQuote(found != request.end() && found->is_string() ? found->get<std::string>() : "");
    const std::string text = lastWords(request);
    const std::int64_t now =
        std::chrono::floor<std::chrono::seconds>(clock_.now().wall).time_since_epoch().count();
    answer.status = 200;
    answer.content_type = "application/json";
    switch (call.api) {
        case ApiKind::kResponses:
            answer.body = response(call, text, now);
            break;
        case ApiKind::kChatCompletions:
            answer.body = chatCompletion(call, model, text, now);
            break;
        case ApiKind::kMessages:
            answer.body = message(call, model, text);
            break;
    }
    return answer;
}

void EchoBackend::cancel() {
    {
        const std::lock_guard lock(mutex_);
        cancelled_ = true;
    }
    cancelled_changed_.notify_all();
}

}  // namespace waybill::server
