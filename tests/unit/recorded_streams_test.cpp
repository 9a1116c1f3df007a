// Does the stream of each backend, in the form that its documentation shows, amount to what the
// same backend answers without `stream`?
#include <gtest/gtest.h>

#include <vector>

#include "llm/stream/stream_assembler.h"

namespace waybill::server {
namespace {

using Lines = std::vector<std::string>;

std::string assembled(ApiKind api, const Lines& events) {
    const auto assembler = makeStreamAssembler(api, "{}");
    for (const std::string& data : events)
        assembler->take({"", data});
    return assembler->finish(true).value_or("none: " + assembler->reason());
}

/// Chunks of one stream: `head` is the front of each, and each of `choices` its `choices`.
Lines chunks(const std::string& head, const Lines& choices, const Lines& after = {}) {
    Lines lines;
    for (const std::string& choice : choices)
        lines.push_back("{" + head + R"(,"choices":[)" + choice + "]}");
    lines.insert(lines.end(), after.begin(), after.end());
    lines.push_back("[DONE]");
    return lines;
}

std::string chat(const Lines& lines) {
    return assembled(ApiKind::kChatCompletions, lines);
}

const std::string kHead =
    R"("id":"c1","object":"chat.completion.chunk","created":1700000000,"model":"m")";
const std::string kWhole = R"({"id":"c1","object":"chat.completion","created":1700000000,)"
                           R"("model":"m","choices":[{"index":0,"message":)";

/// What one choice with these deltas says as its message, and the rest of the object.
std::string messageOf(Lines deltas, const std::string& reason = "stop") {
    for (std::string& delta : deltas)
        delta = R"({"index":0,"delta":)" + delta + R"(,"finish_reason":null})";
    deltas.push_back(R"({"index":0,"delta":{},"finish_reason":")" + reason + R"("})");
    std::string object = chat(chunks(kHead, deltas));
    const std::string rest = R"(,"finish_reason":")" + reason + R"("}]})";
    if (!object.starts_with(kWhole) || !object.ends_with(rest)) return object;
    return object.substr(kWhole.size(), object.size() - kWhole.size() - rest.size());
}

// https://platform.openai.com/docs/api-reference/chat-streaming
TEST(RecordedStream, OfOpenAiWithLogprobsUsageAndObfuscation) {
    const std::string head = kHead + R"(,"service_tier":"default","system_fingerprint":"fp_1")";
    EXPECT_EQ(
        chat(chunks(
            head + R"(,"usage":null,"obfuscation":"aB3")",
            {R"({"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null})",
             R"({"index":0,"delta":{"content":"ha"},"logprobs":{"content":[{"token":"ha","logprob":-0.25,"bytes":[104,97],"top_logprobs":[]}],"refusal":null},"finish_reason":null})",
             R"({"index":0,"delta":{"content":"ha"},"logprobs":{"content":[{"token":"ha","logprob":-1.5e-05,"bytes":[104,97],"top_logprobs":[]}],"refusal":null},"finish_reason":null})",
             R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"})"},
            {"{" + head +
             R"(,"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"obfuscation":""})"})),
        R"({"id":"c1","object":"chat.completion","created":1700000000,"model":"m",)"
        R"("service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":"haha","refusal":null},)"
        R"("logprobs":{"content":[{"token":"ha","logprob":-0.25,"bytes":[104,97],"top_logprobs":[]},)"
        R"({"token":"ha","logprob":-1.5e-05,"bytes":[104,97],"top_logprobs":[]}],"refusal":null},)"
        R"("finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})");
}

TEST(RecordedStream, OfOpenAiWithToolCallsOfBothKindsAtOnce) {
    EXPECT_EQ(
        messageOf(
            {R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":""}}],"refusal":null})",
             R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]})",
             R"({"tool_calls":[{"index":1,"id":"call_b","type":"custom","custom":{"name":"code","input":""}}]})",
             R"({"tool_calls":[{"index":1,"custom":{"input":"1 +"}},{"index":0,"function":{"arguments":":1}"}}]})",
             R"({"tool_calls":[{"index":1,"custom":{"input":" 1"}}]})"},
            "tool_calls"),
        R"({"role":"assistant","content":null,"tool_calls":[)"
        R"({"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},)"
        R"({"id":"call_b","type":"custom","custom":{"name":"code","input":"1 + 1"}}],)"
        R"("refusal":null})");
}

TEST(RecordedStream, OfOpenAiWithAudioAndWithADeprecatedFunctionCall) {
    EXPECT_EQ(
        messageOf({R"({"role":"assistant","audio":{"id":"audio_1","transcript":"Hel"}})",
                   R"({"audio":{"data":"AAAA"}})", R"({"audio":{"transcript":"lo"}})",
                   R"({"audio":{"data":"AAAA"}})", R"({"audio":{"expires_at":1700003600}})"}),
        R"({"role":"assistant","audio":{"id":"audio_1","transcript":"Hello","data":"AAAAAAAA",)"
        R"("expires_at":1700003600},"content":null})");
    EXPECT_EQ(
        messageOf(
            {R"({"role":"assistant","content":null,"function_call":{"name":"f","arguments":""}})",
             R"({"function_call":{"arguments":"{\"x\""}})",
             R"({"function_call":{"arguments":":2}"}})"},
            "function_call"),
        R"({"role":"assistant","content":null,)"
        R"("function_call":{"name":"f","arguments":"{\"x\":2}"}})");
}

// https://docs.anthropic.com/en/docs/build-with-claude/streaming: "Web search tool use"
TEST(RecordedStream, OfAnthropicWithServerToolsCitationsAndContextManagement) {
    EXPECT_EQ(
        assembled(
            ApiKind::kMessages,
            {R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[],"stop_reason":null,"stop_sequence":null,"container":null,"usage":{"input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":0},"output_tokens":3,"service_tier":"standard"}}})",
             R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let"}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" me"}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB=="}})",
             R"({"type":"content_block_stop","index":0})",
             R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"EmwK"}})",
             R"({"type":"content_block_stop","index":1})",
             R"({"type": "ping"})",
             R"({"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"query\":"}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":" \"weather\"}"}})",
             R"({"type":"content_block_stop","index":2})",
             R"({"type":"content_block_start","index":3,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"T","url":"https://example.com","encrypted_content":"Eo8","page_age":null}]}})",
             R"({"type":"content_block_stop","index":3})",
             R"({"type":"content_block_start","index":4,"content_block":{"type":"text","text":"","citations":[]}})",
             R"({"type":"content_block_delta","index":4,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","cited_text":"q","index":1}}})",
             R"({"type":"content_block_delta","index":4,"delta":{"type":"text_delta","text":"Sun"}})",
             R"({"type":"content_block_delta","index":4,"delta":{"type":"text_delta","text":"ny"}})",
             R"({"type":"content_block_stop","index":4})",
             R"({"type":"something_new","index":4})",
             R"({"type":"message_delta","delta":{"stop_reason":"pause_turn","stop_sequence":null,"container":{"id":"container_1"}},"usage":{"output_tokens":30,"server_tool_use":{"web_search_requests":1}},"context_management":{"applied_edits":[]}})",
             R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null,"container":null},"usage":{"input_tokens":2679,"cache_creation":null,"output_tokens":510,"server_tool_use":{"web_search_requests":1}},"context_management":null})",
             R"({"type":"message_stop"})"}),
        R"({"id":"msg_1","type":"message","role":"assistant","model":"c","content":[)"
        R"({"type":"thinking","thinking":"Let me","signature":"EqQB=="},)"
        R"({"type":"redacted_thinking","data":"EmwK"},)"
        R"({"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query": "weather"}},)"
        R"({"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"T","url":"https://example.com","encrypted_content":"Eo8","page_age":null}]},)"
        R"({"type":"text","text":"Sunny","citations":[{"type":"web_search_result_location","cited_text":"q","index":1}]}],)"
        R"("stop_reason":"end_turn","stop_sequence":null,"container":{"id":"container_1"},)"
        R"("usage":{"input_tokens":2679,"cache_creation":{"ephemeral_5m_input_tokens":0},)"
        R"("output_tokens":510,"service_tier":"standard","server_tool_use":{"web_search_requests":1}},)"
        R"("context_management":{"applied_edits":[]}})");
}

// https://docs.vllm.ai: `return_token_ids`, `continuous_usage_stats`, reasoning outputs
TEST(RecordedStream, OfVllmWithTokenIdsReasoningAndContinuousUsage) {
    const std::string head = kHead;
    EXPECT_EQ(
        chat(
            {"{" + head +
                 R"(,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":[1,2,3],"usage":{"prompt_tokens":3,"total_tokens":3,"completion_tokens":0}})",
             "{" + head +
                 R"(,"choices":[{"index":0,"delta":{"reasoning_content":"Hm"},"logprobs":null,"finish_reason":null,"token_ids":[10]}],"usage":{"prompt_tokens":3,"total_tokens":4,"completion_tokens":1}})",
             "{" + head +
                 R"(,"choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null,"token_ids":[11,12]}],"usage":{"prompt_tokens":3,"total_tokens":6,"completion_tokens":3}})",
             "{" + head +
                 R"(,"choices":[{"index":0,"delta":{"content":"!"},"logprobs":null,"finish_reason":"stop","stop_reason":"!","token_ids":[13]}],"usage":{"prompt_tokens":3,"total_tokens":7,"completion_tokens":4}})",
             "{" + head +
                 R"(,"choices":[],"usage":{"prompt_tokens":3,"total_tokens":7,"completion_tokens":4}})",
             "[DONE]"}),
        R"({"id":"c1","object":"chat.completion","created":1700000000,"model":"m","choices":[)"
        R"({"index":0,"message":{"role":"assistant","content":"Hi!","reasoning_content":"Hm"},)"
        R"("logprobs":null,"finish_reason":"stop","token_ids":[10,11,12,13],"stop_reason":"!"}],)"
        R"("prompt_token_ids":[1,2,3],)"
        R"("usage":{"prompt_tokens":3,"total_tokens":7,"completion_tokens":4}})");
}

// https://github.com/ggml-org/llama.cpp/tree/master/tools/server
TEST(RecordedStream, OfLlamaCppWithAToolCallAndTimings) {
    const std::string head = R"("created":1700000000,"id":"c1","model":"m",)"
                             R"("system_fingerprint":"b1","object":"chat.completion.chunk")";
    EXPECT_EQ(
        chat(
            {R"({"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],)" +
                 head + "}",
             R"({"choices":[{"finish_reason":null,"index":0,"delta":{"reasoning_content":"I"}}],)" +
                 head + "}",
             R"({"choices":[{"finish_reason":null,"index":0,"delta":{"tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{"}}]}}],)" +
                 head + "}",
             R"({"choices":[{"finish_reason":null,"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}}],)" +
                 head + "}",
             R"({"choices":[{"finish_reason":"tool_calls","index":0,"delta":{}}],)" + head + "}",
             R"({"choices":[],)" + head +
                 R"(,"usage":{"completion_tokens":9},"timings":{"prompt_n":1,"predicted_ms":1.25}})",
             "[DONE]"}),
        R"({"choices":[{"index":0,"message":{"role":"assistant","content":null,)"
        R"("reasoning_content":"I","tool_calls":[{"id":"x","type":"function",)"
        R"("function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],)"
        R"("created":1700000000,"id":"c1","model":"m","system_fingerprint":"b1",)"
        R"("object":"chat.completion","usage":{"completion_tokens":9},)"
        R"("timings":{"prompt_n":1,"predicted_ms":1.25}})");
}

// https://github.com/ollama/ollama/issues/15457
TEST(RecordedStream, OfOllamaWhoseToolCallsAllHaveIndexZero) {
    EXPECT_EQ(
        messageOf(
            {R"({"role":"assistant","content":"","reasoning":"Two"})",
             R"({"role":"assistant","content":"","tool_calls":[{"id":"call_1","index":0,"type":"function","function":{"name":"w","arguments":"{\"p\":1}"}}]})",
             R"({"role":"assistant","content":"","tool_calls":[{"id":"call_2","index":0,"type":"function","function":{"name":"w","arguments":"{\"p\":2}"}}]})",
             R"({"role":"assistant","content":"","tool_calls":[{"id":"call_3","index":0,"type":"function","function":{"name":"w","arguments":"{\"p\":3}"}}]})"},
            "tool_calls"),
        R"({"role":"assistant","content":"","reasoning":"Two","tool_calls":[)"
        R"({"id":"call_1","type":"function","function":{"name":"w","arguments":"{\"p\":1}"}},)"
        R"({"id":"call_2","type":"function","function":{"name":"w","arguments":"{\"p\":2}"}},)"
        R"({"id":"call_3","type":"function","function":{"name":"w","arguments":"{\"p\":3}"}}]})");
}

// https://ai.google.dev/gemini-api/docs/openai and .../thought-signatures
TEST(RecordedStream, OfGeminiWhoseToolCallsHaveNoIndex) {
    EXPECT_EQ(
        messageOf(
            {R"({"role":"assistant","tool_calls":[{"extra_content":{"google":{"thought_signature":"Ej=="}},"function":{"arguments":"{\"c\":\"Rome\"}","name":"w"},"id":"function-call-1","type":"function"},{"function":{"arguments":"{\"c\":","name":"w"},"id":"function-call-2","type":"function"}]})",
             R"({"role":"assistant","tool_calls":[{"function":{"arguments":"\"Oslo\"}"}}]})",
             R"({"role":"assistant","tool_calls":[{"extra_content":{"google":{"thought_signature":"Ek=="}}}]})"}),
        R"({"role":"assistant","tool_calls":[)"
        R"({"extra_content":{"google":{"thought_signature":"Ej=="}},"function":{"arguments":"{\"c\":\"Rome\"}","name":"w"},"id":"function-call-1","type":"function"},)"
        R"({"function":{"arguments":"{\"c\":\"Oslo\"}","name":"w"},"id":"function-call-2","type":"function","extra_content":{"google":{"thought_signature":"Ek=="}}}],)"
        R"("content":null})");
    // Earlier, and some adapters: no ids either, each call whole.
    EXPECT_EQ(
        messageOf(
            {R"({"role":"assistant","tool_calls":[{"index":0,"id":"","type":"function","function":{"name":"w","arguments":"{\"c\":\"Rome\"}"}}]})",
             R"({"role":"assistant","tool_calls":[{"index":0,"id":"","type":"function","function":{"name":"w","arguments":"{\"c\":\"Oslo\"}"}}]})"}),
        R"({"role":"assistant","tool_calls":[)"
        R"({"id":"","type":"function","function":{"name":"w","arguments":"{\"c\":\"Rome\"}"}},)"
        R"({"id":"","type":"function","function":{"name":"w","arguments":"{\"c\":\"Oslo\"}"}}],)"
        R"("content":null})");
}

// https://docs.mistral.ai/capabilities/reasoning
TEST(RecordedStream, OfMistralWhoseContentIsFirstAListOfThinkingThenText) {
    EXPECT_EQ(
        messageOf(
            {R"({"role":"assistant","content":""})",
             R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"pon"}]}]})",
             R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"der"}],"closed":true}]})",
             R"({"content":"An"})", R"({"content":"swer"})",
             R"({"content":[{"type":"reference","reference_ids":[1]}]})", R"({"content":"."})",
             R"({"content":""})"}),
        R"({"role":"assistant","content":[{"type":"thinking","thinking":[)"
        R"({"type":"text","text":"ponder"}],"closed":true},{"type":"text","text":"Answer"},)"
        R"({"type":"reference","reference_ids":[1]},{"type":"text","text":"."}]})");
    EXPECT_EQ(
        messageOf({R"({"role":"assistant","content":"Te"})", R"({"content":"xt"})",
                   R"({"content":[{"type":"text","text":" on"},{"type":"text","text":"e"}]})"}),
        R"({"role":"assistant","content":[{"type":"text","text":"Text one"}]})");
}

// https://openrouter.ai/docs/use-cases/reasoning-tokens
TEST(RecordedStream, OfOpenRouterWithReasoningDetails) {
    EXPECT_EQ(
        messageOf(
            {R"({"role":"assistant","content":"","reasoning":"Let","reasoning_details":[{"type":"reasoning.text","text":"Let","format":"anthropic-claude-v1","index":0}]})",
             R"({"role":"assistant","content":"","reasoning":" me","reasoning_details":[{"type":"reasoning.text","text":" me","format":"anthropic-claude-v1","index":0}]})",
             R"({"role":"assistant","content":"","reasoning":null,"reasoning_details":[{"type":"reasoning.text","signature":"EqQB","format":"anthropic-claude-v1","index":0}]})",
             R"({"content":"","reasoning_details":[{"type":"reasoning.summary","summary":"Su","id":"rs_1","format":"openai-responses-v1","index":1}]})",
             R"({"content":"","reasoning_details":[{"type":"reasoning.summary","summary":"m","id":"rs_1","format":"openai-responses-v1","index":1}]})",
             R"({"content":"Done","reasoning_details":[{"type":"reasoning.encrypted","data":"gAAA","id":"rs_1","format":"openai-responses-v1","index":1}]})",
             R"({"content":"","reasoning_details":[{"type":"reasoning.encrypted","data":"gBBB","id":"tool_2","format":"google-gemini-v1","index":1}]})"}),
        R"({"role":"assistant","content":"Done","reasoning":"Let me","reasoning_details":[)"
        R"({"type":"reasoning.text","text":"Let me","format":"anthropic-claude-v1","index":0,"signature":"EqQB"},)"
        R"({"type":"reasoning.summary","summary":"Sum","id":"rs_1","format":"openai-responses-v1","index":1},)"
        R"({"type":"reasoning.encrypted","data":"gAAA","id":"rs_1","format":"openai-responses-v1","index":1},)"
        R"({"type":"reasoning.encrypted","data":"gBBB","id":"tool_2","format":"google-gemini-v1","index":1}]})");
    // Without `index` (before it was added) they go on with the one before.
    EXPECT_EQ(
        messageOf(
            {R"({"role":"assistant","content":"","reasoning_details":[{"type":"reasoning.text","text":"a"}]})",
             R"({"content":"","reasoning_details":[{"type":"reasoning.text","text":"b"}]})",
             R"({"content":"","reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]})",
             R"({"content":"","reasoning_details":[{"type":"reasoning.encrypted","data":"y"}]})"}),
        R"({"role":"assistant","content":"","reasoning_details":[)"
        R"({"type":"reasoning.text","text":"ab"},{"type":"reasoning.encrypted","data":"x"},)"
        R"({"type":"reasoning.encrypted","data":"y"}]})");
}

// https://learn.microsoft.com/azure/ai-services/openai/concepts/content-streaming
TEST(RecordedStream, OfAzureWithPromptAndContentFilters) {
    EXPECT_EQ(
        chat(
            {R"({"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]})",
             R"({"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],)" +
                 kHead + R"(,"system_fingerprint":"fp"})",
             R"({"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":"Hi"},"finish_reason":null,"index":0,"logprobs":null}],)" +
                 kHead + R"(,"system_fingerprint":"fp"})",
             R"({"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}],)" +
                 kHead + R"(,"system_fingerprint":"fp"})",
             R"({"choices":[{"content_filter_offsets":{"check_offset":1,"end_offset":3,"start_offset":1},"content_filter_results":{"self_harm":{"filtered":false,"severity":"safe"}},"finish_reason":null,"index":0}],)" +
                 kHead + "}",
             "[DONE]"}),
        R"({"choices":[{"index":0,"message":{"content":"Hi","refusal":null,"role":"assistant"},)"
        R"("content_filter_results":{"hate":{"filtered":false,"severity":"safe"},)"
        R"("self_harm":{"filtered":false,"severity":"safe"}},"finish_reason":"stop","logprobs":null,)"
        R"("content_filter_offsets":{"check_offset":1,"end_offset":3,"start_offset":1}}],)"
        R"("created":1700000000,"id":"c1","model":"m","object":"chat.completion",)"
        R"("prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],)"
        R"("system_fingerprint":"fp"})");
}

// https://docs.perplexity.ai/api-reference/chat-completions-post
TEST(RecordedStream, OfPerplexityWhoseChoicesCarryDeltaAndMessage) {
    const std::string head = kHead + R"(,"citations":["https://example.com"])";
    EXPECT_EQ(
        chat(chunks(
            head,
            {R"({"index":0,"finish_reason":null,"message":{"role":"assistant","content":"A"},"delta":{"role":"assistant","content":"A"}})",
             R"({"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"AB"},"delta":{"role":"assistant","content":"B"}})"})),
        R"({"id":"c1","object":"chat.completion","created":1700000000,"model":"m",)"
        R"("citations":["https://example.com"],"choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":"AB"},"finish_reason":"stop"}]})");
}

}  // namespace
}  // namespace waybill::server
