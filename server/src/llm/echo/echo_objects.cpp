#include "llm/echo/echo_objects.h"

#include "llm/response_object.h"
#include "waybill/json_quote.h"

namespace waybill::server {

std::string derivedId(std::string_view prefix, const std::string& id) {
    return std::string(prefix) + id.substr(id.find_first_of("_-") + 1);
}

std::string echoUsage(ApiKind api, std::size_t tokens) {
    const std::string each = std::to_string(tokens);
    const std::string both = std::to_string(2 * tokens);
    switch (api) {
        case ApiKind::kResponses:
            return R"({"input_tokens":)" + each +
                   R"(,"input_tokens_details":{"cached_tokens":0},"output_tokens":)" + each +
                   R"(,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":)" + both +
                   "}";
        case ApiKind::kChatCompletions:
            return R"({"prompt_tokens":)" + each + R"(,"completion_tokens":)" + each +
                   R"(,"total_tokens":)" + both + "}";
        case ApiKind::kMessages:
            return R"({"input_tokens":)" + each + R"(,"output_tokens":)" + each + "}";
    }
    return {};
}

std::string echoContentPart(std::string_view text) {
    return R"({"type":"output_text","text":)" + jsonQuote(text) +
           R"(,"annotations":[],"logprobs":[]})";
}

std::string echoOutputItem(const EchoCall& call, std::string_view status, std::string_view text) {
    const std::string content = status == "completed" ? echoContentPart(text) : "";
    return R"({"type":"message","id":)" + jsonQuote(derivedId("msg_", call.id)) + R"(,"status":)" +
           jsonQuote(status) + R"(,"role":"assistant","content":[)" + content + "]}";
}

std::string echoResponse(const EchoCall& call, std::string_view status,
                         std::string_view output_item, std::string_view usage) {
    ResponseParts parts;
    parts.id = call.id;
    parts.created_at = call.now;
    parts.status = status;
    parts.output.assign("[").append(output_item).append("]");
    parts.usage = usage;
    return writeResponseObject(parts, call.request);
}

std::string echoChatCompletion(const EchoCall& call, std::size_t tokens) {
    return R"({"id":)" + jsonQuote(call.id) + R"(,"object":"chat.completion","created":)" +
           std::to_string(call.now) + R"(,"model":)" + call.model +
           R"(,"choices":[{"index":0,"message":{"role":"assistant","content":)" +
           jsonQuote(call.text) +
           R"(,"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],)" +
           R"("usage":)" + echoUsage(call.api, tokens) + R"(,"system_fingerprint":null})";
}

std::string echoMessage(const EchoCall& call, std::size_t tokens) {
    return R"({"id":)" + jsonQuote(call.id) + R"(,"type":"message","role":"assistant","model":)" +
           call.model + R"(,"content":[{"type":"text","text":)" + jsonQuote(call.text) +
           R"(}],"stop_reason":"end_turn","stop_sequence":null,"usage":)" +
           echoUsage(call.api, tokens) + "}";
}

}  // namespace waybill::server
