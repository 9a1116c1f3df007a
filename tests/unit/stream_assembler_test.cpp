// Is the object put together from a stream the one that the call would have answered whole?
#include "gateway/stream/stream_assembler.h"

#include <gtest/gtest.h>

#include <vector>

namespace waybill::server {
namespace {

using Lines = std::vector<std::string>;

/// The object that these events amount to; `none` where there is none.
std::string assembled(ApiKind api, const Lines& events, bool clean = true) {
    const auto assembler = makeStreamAssembler(api, R"({"id":"resp_0","status":"in_progress"})");
    for (const std::string& data : events)
        assembler->take({"", data});
    return assembler->finish(clean).value_or("none");
}

std::string chat(const Lines& chunks, bool clean = true) {
    return assembled(ApiKind::kChatCompletions, chunks, clean);
}

std::string message(const Lines& events, bool clean = true) {
    return assembled(ApiKind::kMessages, events, clean);
}

std::string response(const Lines& events, bool clean = true) {
    return assembled(ApiKind::kResponses, events, clean);
}

TEST(ChatStream, TextUsageAndUnknownMembersKeepTheirSpelling) {
    const std::string head = R"({"id":"c1","object":"chat.completion.chunk","created":1.0e1,)"
                             R"("model":"m","provider":"p","choices":)";
    EXPECT_EQ(
        chat(
            {head +
                 R"([{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null})",
             head +
                 R"([{"index":0,"delta":{"content":"a\u00e9\n"},"finish_reason":null}],"usage":null})",
             head + R"([{"index":0,"delta":{"content":"\"b"},"finish_reason":null}]})",
             head + R"([{"index":0,"delta":{},"finish_reason":"stop","extra":1.50}]})",
             head + R"([],"usage":{"total_tokens":007e0}})", "[DONE]"}),
        // The odd number is no JSON, so that chunk is not read.
        R"({"id":"c1","object":"chat.completion","created":1.0e1,"model":"m","provider":"p",)"
        R"("choices":[{"index":0,"message":{"role":"assistant","content":"a\u00e9\n\"b"},)"
        R"("finish_reason":"stop","extra":1.50}]})");
    EXPECT_EQ(
        chat(
            {R"({"id":"c","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]})",
             R"({"id":"c","choices":[],"usage":{"total_tokens":1.0}})", "[DONE]"}),
        R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"x"},)"
        R"("finish_reason":"stop"}],"usage":{"total_tokens":1.0}})");
}

TEST(ChatStream, ToolCallsArePutTogetherByTheirIndex) {
    EXPECT_EQ(
        chat(
            {R"({"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"t0","type":"function","function":{"name":"f","arguments":""}}]}}]})",
             R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]})",
             R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"t1","type":"function","function":{"name":"g","arguments":"{}"}}]}}]})",
             R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","function":{"name":"","arguments":":1}"}}]}}]})",
             R"({"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})",
             "[DONE]"}),
        R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[)"
        R"({"id":"t0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},)"
        R"({"id":"t1","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
        R"("finish_reason":"tool_calls"}]})");
}

TEST(ChatStream, SeveralChoicesRefusalsAndLogprobs) {
    EXPECT_EQ(
        chat(
            {R"({"id":"c","choices":[{"index":1,"delta":{"role":"assistant","refusal":"no"},"logprobs":null,"finish_reason":null}]})",
             R"({"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.10}],"refusal":null}}]})",
             R"({"id":"c","choices":[{"index":0,"delta":{"content":"b"},"logprobs":{"content":[{"token":"b","logprob":-1e-2}],"refusal":null},"finish_reason":"stop"},{"index":1,"delta":{"refusal":" way"},"finish_reason":"stop"}]})",
             "[DONE]"}),
        R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"ab"},)"
        R"("logprobs":{"content":[{"token":"a","logprob":-0.10},{"token":"b","logprob":-1e-2}],)"
        R"("refusal":null},"finish_reason":"stop"},)"
        R"({"index":1,"message":{"role":"assistant","refusal":"no way","content":null},)"
        R"("logprobs":null,"finish_reason":"stop"}]})");
}

TEST(ChatStream, OneThatIsCutShortMakesNoObject) {
    const std::string begun = R"({"id":"c","choices":[{"index":0,"delta":{"content":"x"}}]})";
    const std::string finished =
        R"({"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
    EXPECT_EQ(chat({}), "none");
    EXPECT_EQ(chat({"[DONE]"}), "none");
    EXPECT_EQ(chat({begun}), "none");
    EXPECT_EQ(chat({begun, finished}, false), "none");
    EXPECT_EQ(chat({begun, R"({"error":{"message":"out of memory"}})", finished}), "none");
    EXPECT_NE(chat({begun, finished}), "none") << "some backends do not say [DONE]";
    EXPECT_NE(chat({begun, finished, "[DONE]"}, false), "none");
}

TEST(MessageStream, TextThinkingAndToolUse) {
    EXPECT_EQ(
        message(
            {R"({"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","content":[],"model":"c","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_read_input_tokens":0,"output_tokens":1}}})",
             R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
             R"({"type":"ping"})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s1g"}})",
             R"({"type":"content_block_stop","index":0})",
             R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","citations":[]}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a\u00e9"}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"b"}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"cited_text":"q"}}})",
             R"({"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"x\": \"\\u0"}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"041\"}"}})",
             R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15,"input_tokens":null}})",
             R"({"type":"message_stop"})"}),
        R"({"id":"m1","type":"message","role":"assistant","content":[)"
        R"({"type":"thinking","thinking":"hm","signature":"s1g"},)"
        R"({"type":"text","text":"a\u00e9b","citations":[{"cited_text":"q"}]},)"
        R"({"type":"tool_use","id":"t","name":"f","input":{"x": "\u0041"}}],)"
        R"("model":"c","stop_reason":"tool_use","stop_sequence":null,)"
        R"("usage":{"input_tokens":10,"cache_read_input_tokens":0,"output_tokens":15}})");
}

TEST(MessageStream, AToolInputThatALimitCutShortIsNone) {
    EXPECT_EQ(
        message(
            {R"({"type":"message_start","message":{"id":"m","content":[]}})",
             R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}})",
             R"({"type":"message_delta","delta":{"stop_reason":"max_tokens"}})",
             R"({"type":"message_stop"})"}),
        R"({"id":"m","content":[{"type":"tool_use","id":"t","name":"f","input":{}}],)"
        R"("stop_reason":"max_tokens"})");
}

TEST(MessageStream, OneThatIsCutShortMakesNoObject) {
    const std::string start = R"({"type":"message_start","message":{"id":"m","content":[]}})";
    EXPECT_EQ(message({}), "none");
    EXPECT_EQ(message({R"({"type":"message_stop"})"}), "none");
    EXPECT_EQ(message({start}), "none");
    EXPECT_EQ(message({start, R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})"}),
              "none");
    EXPECT_EQ(message({start, R"({"type":"error","error":{"type":"overloaded_error"}})",
                       R"({"type":"message_stop"})"}),
              "none");
    EXPECT_NE(message({start, R"({"type":"message_stop"})"}, false), "none");
}

TEST(ResponseStream, TheLastEventCarriesTheObject) {
    for (const char* type : {"response.completed", "response.failed", "response.incomplete"}) {
        const std::string object = R"({"id":"r","x" : 1.0,"output":[ ]})";
        EXPECT_EQ(response({R"({"type":"response.created","response":{"id":"r"}})",
                            R"({"type":"response.output_text.delta","delta":"x"})",
                            R"({"type":")" + std::string(type) + R"(","response":)" + object + "}"},
                           false),
                  object);
    }
}

TEST(ResponseStream, OneThatIsCutShortFailedAndKeepsWhatWasFinished) {
    EXPECT_EQ(
        response(
            {R"({"type":"response.created","response":{"id":"r","status":"in_progress","error":null,"output":[]}})",
             R"({"type":"response.output_item.done","output_index":1,"item":{"id":"b"}})",
             R"({"type":"response.output_item.done","output_index":0,"item":{"id":"a"}})",
             R"({"type":"response.output_text.delta","delta":"half"})"}),
        R"({"id":"r","status":"failed","error":{"code":"server_error","message":)"
        R"("The upstream's stream ended before the response was complete."},)"
        R"("output":[{"id":"a"},{"id":"b"}]})");
    EXPECT_EQ(response({}),
              R"({"id":"resp_0","status":"failed","error":{"code":"server_error","message":)"
              R"("The upstream's stream ended before the response was complete."}})");
}

}  // namespace
}  // namespace waybill::server
