#include "gateway/echo/echo_call.h"

#include <nlohmann/json.hpp>

#include "gateway/echo/echo_objects.h"
#include "gateway/response_object.h"
#include "waybill/json_quote.h"

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

bool asksForUsage(const Json& request) {
    const auto options = request.find("stream_options");
    if (options == request.end() || !options->is_object()) return false;
    return options->value("include_usage", Json()) == true;
}

bool isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

EchoCall readEchoCall(const BackendCall& call, std::int64_t now) {
    const Json request = Json::parse(call.body);
    const auto model = request.find("model");
    EchoCall echo;
    echo.api = call.api;
    echo.id = call.id;
    echo.request = call.body;
    echo.model =
        jsonQuote(model != request.end() && model->is_string() ? model->get<std::string>() : "");
    echo.text = lastWords(request);
    echo.now = now;
    echo.include_usage = asksForUsage(request);
    return echo;
}

std::vector<std::string> echoTokens(const std::string& text) {
    std::vector<std::string> tokens;
    std::size_t begin = 0;
    for (std::size_t at = 1; at <= text.size(); ++at) {
        const bool begins_word = at < text.size() && isSpace(text[at - 1]) && !isSpace(text[at]);
        if (at < text.size() && !begins_word) continue;
        tokens.push_back(text.substr(begin, at - begin));
        begin = at;
    }
    return tokens;
}

std::string echoObject(const EchoCall& call) {
    const std::size_t tokens = echoTokens(call.text).size();
    switch (call.api) {
        case ApiKind::kResponses:
            return echoResponse(call, "completed", echoOutputItem(call, "completed", call.text),
                                echoUsage(call.api, tokens));
        case ApiKind::kChatCompletions:
            return echoChatCompletion(call, tokens);
        case ApiKind::kMessages:
            return echoMessage(call, tokens);
    }
    return {};
}

}  // namespace waybill::server
