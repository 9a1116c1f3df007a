#include <utility>

#include "llm/echo/echo_call.h"
#include "llm/echo/echo_objects.h"
#include "waybill/json_quote.h"

namespace waybill::server {
namespace {

/// Events as OpenAI's Responses API and Anthropic's send them: with a name, which is their type.
std::string named(std::string_view type, const std::string& members) {
    std::string event = "event: ";
    event.append(type).append("\ndata: {\"type\":").append(jsonQuote(type));
    if (!members.empty()) event.append(",").append(members);
    return event.append("}\n\n");
}

class ResponseEvents {
public:
    explicit ResponseEvents(const EchoCall& call)
        : call_(call),
          place_(R"("item_id":)" + jsonQuote(derivedId("msg_", call.id)) +
                 R"(,"output_index":0,"content_index":0)") {}

    EchoStream write() {
        EchoStream stream;
        const std::string begun = echoResponse(call_, "in_progress", "", "null");
        const std::string item = echoOutputItem(call_, "in_progress", "");
        stream.beginning = event("response.created", R"("response":)" + begun);
        stream.beginning += event("response.in_progress", R"("response":)" + begun);
        stream.beginning +=
            event("response.output_item.added", R"("output_index":0,"item":)" + item);
        stream.beginning +=
            event("response.content_part.added", place_ + R"(,"part":)" + echoContentPart(""));
        for (const std::string& token : echoTokens(call_.text))
            stream.tokens.push_back(
                event("response.output_text.delta",
                      place_ + R"(,"delta":)" + jsonQuote(token) + R"(,"logprobs":[])"));
        const std::string done = echoOutputItem(call_, "completed", call_.text);
        const std::string usage = echoUsage(call_.api, stream.tokens.size());
        stream.end = event("response.output_text.done",
                           place_ + R"(,"text":)" + jsonQuote(call_.text) + R"(,"logprobs":[])");
        stream.end += event("response.content_part.done",
                            place_ + R"(,"part":)" + echoContentPart(call_.text));
        stream.end += event("response.output_item.done", R"("output_index":0,"item":)" + done);
        stream.end += event("response.completed",
                            R"("response":)" + echoResponse(call_, "completed", done, usage));
        return stream;
    }

private:
    std::string event(std::string_view type, const std::string& members) {
        return named(type, R"("sequence_number":)" + std::to_string(sequence_++) + "," + members);
    }

    const EchoCall& call_;
    const std::string place_;
    int sequence_ = 0;
};

EchoStream chatStream(const EchoCall& call) {
    const std::string head = R"(data: {"id":)" + jsonQuote(call.id) +
                             R"(,"object":"chat.completion.chunk","created":)" +
                             std::to_string(call.now) + R"(,"model":)" + call.model +
                             R"(,"system_fingerprint":null,"choices":[)";
    const std::string tail = call.include_usage ? R"(],"usage":null})"
                                                  "\n\n"
                                                : "]}\n\n";
    const auto chunk = [&](const std::string& delta, std::string_view finish_reason) {
        return head + R"({"index":0,"delta":)" + delta + R"(,"logprobs":null,"finish_reason":)" +
               std::string(finish_reason) + "}" + tail;
    };
    EchoStream stream;
    stream.beginning = chunk(R"({"role":"assistant","content":"","refusal":null})", "null");
    for (const std::string& token : echoTokens(call.text))
        stream.tokens.push_back(chunk(R"({"content":)" + jsonQuote(token) + "}", "null"));
    stream.end = chunk("{}", R"("stop")");
    if (call.include_usage)
        stream.end += head + R"(],"usage":)" + echoUsage(call.api, stream.tokens.size()) + "}\n\n";
    stream.end += "data: [DONE]\n\n";
    return stream;
}

EchoStream messageStream(const EchoCall& call) {
    EchoStream stream;
    for (const std::string& token : echoTokens(call.text))
        stream.tokens.push_back(
            named("content_block_delta",
                  R"("index":0,"delta":{"type":"text_delta","text":)" + jsonQuote(token) + "}"));
    const std::string tokens = std::to_string(stream.tokens.size());
    stream.beginning =
        named("message_start", R"("message":{"id":)" + jsonQuote(call.id) +
                                   R"(,"type":"message","role":"assistant","model":)" + call.model +
                                   R"(,"content":[],"stop_reason":null,"stop_sequence":null,)" +
                                   R"("usage":{"input_tokens":)" + tokens +
                                   R"(,"output_tokens":0}})") +
        named("content_block_start", R"("index":0,"content_block":{"type":"text","text":""})") +
        named("ping", "");
    stream.end =
        named("content_block_stop", R"("index":0)") +
        named("message_delta", R"("delta":{"stop_reason":"end_turn","stop_sequence":null},)"
                               R"("usage":{"output_tokens":)" +
                                   tokens + "}") +
        named("message_stop", "");
    return stream;
}

}  // namespace

EchoStream echoStream(const EchoCall& call) {
    switch (call.api) {
        case ApiKind::kResponses:
            return ResponseEvents(call).write();
        case ApiKind::kChatCompletions:
            return chatStream(call);
        case ApiKind::kMessages:
            return messageStream(call);
    }
    return {};
}

}  // namespace waybill::server
