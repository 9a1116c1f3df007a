// Is the object put together from a stream the one that the call would have answered whole?
#include "llm/stream/stream_assembler.h"

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

/// Why these events amount to no object; empty where they do, or only came to no end.
std::string reasonOf(ApiKind api, const std::vector<SseEvent>& events) {
    const auto assembler = makeStreamAssembler(api, R"({"id":"resp_0","status":"in_progress"})");
    for (const SseEvent& event : events)
        assembler->take(event);
    return assembler->finish(true) ? "" : assembler->reason();
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
             head + R"([],"usage":null})", "[DONE]"}),
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

/// The message that these deltas of one choice amount to; `none` where they make no object.
std::string merged(const Lines& deltas) {
    Lines chunks;
    for (const std::string& delta : deltas)
        chunks.push_back(R"({"id":"c","choices":[{"index":0,"delta":)" + delta + "}]}");
    chunks.push_back("[DONE]");
    const std::string object = chat(chunks);
    const std::string front = R"({"id":"c","choices":[{"index":0,"message":)";
    if (!object.starts_with(front)) return object;
    return object.substr(front.size(), object.size() - front.size() - 3);
}

std::string role(const std::string& rest) {
    return R"({"role":"assistant",)" + rest + "}";
}

// What cannot be read exactly: in the place of `%` it makes a chunk unreadable.
const Lines kUnreadable = {"NaN",
                           "-Infinity",
                           "01",
                           "1.",
                           "\"\xF0\x9F\"",
                           "\"\xED\xA0\xBD\"",
                           "\"\\ud83\"",
                           "\"a",
                           "{",
                           "{\"a\":1,}",
                           "'a'",
                           "\"tab\there\"",
                           "",
                           std::string(600, '[') + std::string(600, ']')};

TEST(ChatStream, AChunkThatCannotBeReadMakesNoObject) {
    for (const std::string& odd : kUnreadable) {
        const Lines chunks = {
            R"({"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]})",
            R"({"id":"c","choices":[{"index":0,"delta":{"content":"b"},"x":)" + odd + "}]}",
            R"({"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})", "[DONE]"};
        EXPECT_EQ(chat(chunks), "none") << odd;
        std::vector<SseEvent> events;
        for (const std::string& data : chunks)
            events.push_back({"", data});
        EXPECT_TRUE(reasonOf(ApiKind::kChatCompletions, events)
                        .starts_with("An event of the backend's stream cannot be read: "))
            << odd;
    }
    const std::string good =
        R"({"id":"c","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]})";
    for (const char* data : {"5", "[]", "\"text\"", "true", "keep-alive", "[DON", "{}{}"})
        EXPECT_EQ(chat({good, data, "[DONE]"}), "none") << data;
    for (const char* data : {"", " ", "null", "{}", "[DONE]", " [DONE] "})
        EXPECT_NE(chat({good, data, "[DONE]"}), "none") << data;
}

TEST(ChatStream, AChunkOfAnotherFormMakesNoObject) {
    const std::string good = R"({"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]})";
    for (const char* chunk :
         {R"({"choices":{"a":1}})", R"({"choices":[5]})", R"({"choices":[{"delta":"text"}]})",
          R"({"choices":[{"index":-1,"delta":{}}]})", R"({"choices":[{"index":"0","delta":{}}]})",
          R"({"choices":[{"index":0,"delta":{"content":{"a":1}}}]})",
          R"({"choices":[{"index":0,"delta":{"tool_calls":[7]}}]})",
          R"({"choices":[{"index":0,"delta":{"content":[7]}}]})",
          R"({"choices":[{"index":0,"delta":{"reasoning_details":[7]}}]})"})
        EXPECT_EQ(chat({good, chunk, "[DONE]"}), "none") << chunk;
    EXPECT_NE(chat({good, R"({"choices":null})", R"({"choices":[{"delta":null}]})", "[DONE]"}),
              "none");
}

TEST(ChatStream, HalvesOfACharacterInTwoDeltasMakeTheCharacter) {
    const Lines halves = {R"({"content":"one \ud83d"})", R"({"content":"\uDE00 two"})"};
    EXPECT_EQ(merged(halves), role(R"("content":"one \ud83d\uDE00 two")"));
    EXPECT_EQ(merged({R"({"content":"\ude00"})", R"({"content":"a\uD83D"})"}),
              role(R"("content":"\ude00a\uD83D")"))
        << "a half by itself passes as it is";
    EXPECT_EQ(
        merged(
            {R"({"tool_calls":[{"index":0,"id":"\ud83d","type":"function","function":{"name":"f","arguments":"\"\ud83d"}}]})",
             R"({"tool_calls":[{"index":0,"function":{"arguments":"\ude00\""}}]})"}),
        role(
            R"("tool_calls":[{"id":"\ud83d","type":"function","function":{"name":"f","arguments":"\"\ud83d\ude00\""}}],"content":null)"));
}

TEST(ChatStream, AKeyKeepsItsSpellingWhereNoOtherCanSayIt) {
    EXPECT_EQ(merged({R"({"x":{"\ud83d":1,"\ud83e":2}})", R"({"x":{"\ud83d":3}})"}),
              role(R"("x":{"\ud83d":3,"\ud83e":2},"content":null)"));
    EXPECT_EQ(merged({R"({"c\u006fntent":"a"})", R"({"content":"b"})"}), role(R"("content":"ab")"));
}

TEST(ChatStream, OfAKeyThatIsThereTwiceTheLastCounts) {
    EXPECT_EQ(merged({R"({"content":"a","content":"b"})", R"({"content":"c","content":"c"})"}),
              role(R"("content":"bc")"));
    EXPECT_EQ(
        chat({R"({"id":"x","choices":[{"index":1,"index":0,"delta":{"content":"a"}}],"id":"c"})",
              "[DONE]"}),
        R"({"choices":[{"index":0,"message":{"role":"assistant","content":"a"}}],"id":"c"})");
}

TEST(ChatStream, AnotherIdIsAnotherToolCallAndTheSameIdTheSame) {
    const auto call = [](const std::string& rest) { return R"({"tool_calls":[{)" + rest + "}]}"; };
    const auto made = [](const std::string& id, const std::string& arguments) {
        return R"({"id":")" + id + R"(","type":"function","function":{"name":"f","arguments":")" +
               arguments + R"("}})";
    };
    const std::string f = R"("type":"function","function":{"name":"f","arguments":")";
    // All at one index; a later fragment finds its call by its id.
    EXPECT_EQ(merged({call(R"("index":0,"id":"a",)" + f + R"("})"),
                      call(R"("index":0,"id":"b",)" + f + R"(b"})"),
                      call(R"("index":0,"id":"c",)" + f + R"("})"),
                      call(R"("index":0,"function":{"arguments":"c"})"),
                      call(R"("index":0,"id":"a","function":{"arguments":"a"})"),
                      call(R"("function":{"arguments":"a"})")}),
              role(R"("tool_calls":[)" + made("a", "aa") + "," + made("b", "b") + "," +
                   made("c", "c") + R"(],"content":null)"));
    // Neither index nor id: the one before.
    EXPECT_EQ(
        merged({call(R"("id":"a",)" + f + R"("})"), call(R"("function":{"arguments":"x"})"),
                call(R"("id":"b",)" + f + R"("})"), call(R"("function":{"arguments":"y"})"),
                call(R"("id":"a","function":{"arguments":"z"})")}),
        role(R"("tool_calls":[)" + made("a", "xz") + "," + made("b", "y") + R"(],"content":null)"));
    // The id comes after the index, and repeatedly.
    EXPECT_EQ(
        merged({call(R"("index":0,)" + f + R"("})"),
                call(R"("index":0,"id":"a","function":{"arguments":"x"})"),
                call(R"("index":0,"id":"a","function":{"arguments":"y"})")}),
        role(
            R"("tool_calls":[{"type":"function","function":{"name":"f","arguments":"xy"},"id":"a"}],"content":null)"));
    // The same id at two indices: two calls.
    EXPECT_EQ(
        merged({call(R"("index":1,"id":"a",)" + f + R"(1"})"),
                call(R"("index":0,"id":"a",)" + f + R"(0"})"),
                call(R"("index":1,"function":{"arguments":"1"})")}),
        role(R"("tool_calls":[)" + made("a", "0") + "," + made("a", "11") + R"(],"content":null)"));
}

TEST(ChatStream, AToolCallSaysItsTypeAndNameOnce) {
    const auto call = [](const std::string& function) {
        return R"({"tool_calls":[{"index":0,"id":"a","function":)" + function + "}]}";
    };
    for (const Lines& names : std::vector<Lines>{{R"("name":"do")", R"("name":"do")"},
                                                 {R"("name":"do")", R"("name":"")"},
                                                 {R"("name":"do")", R"("name":null)"},
                                                 {R"("name":"d")", R"("name":"o")"}})
        EXPECT_EQ(merged({call("{" + names[0] + R"(,"arguments":""})"),
                          call("{" + names[1] + R"(,"arguments":"{}"})")}),
                  role(R"("tool_calls":[{"id":"a","function":{"name":"do","arguments":"{}"},)"
                       R"("type":"function"}],"content":null)"))
            << names[1];
}

TEST(ChatStream, ANameWithoutAnIdIsAnotherToolCallOrNobodyCanTell) {
    const auto call = [](const std::string& place, const std::string& name,
                         const std::string& arguments = "") {
        return "{" + place + R"("function":{"name":")" + name + R"(")" +
               (arguments.empty() ? "" : R"(,"arguments":")" + arguments + R"(")") + "}}";
    };
    const auto delta = [](const std::string& calls) { return R"({"tool_calls":[)" + calls + "]}"; };
    const auto made = [](const std::string& calls) {
        return role(R"("tool_calls":[)" + calls + R"(],"content":null)");
    };
    const auto whole = [](const std::string& name, const std::string& arguments = "") {
        return R"({"function":{"name":")" + name + R"(")" +
               (arguments.empty() ? "" : R"(,"arguments":")" + arguments + R"(")") +
               R"(},"type":"function"})";
    };
    EXPECT_EQ(merged({delta(call("", "n")), delta(call("", "m"))}),
              made(whole("n") + "," + whole("m")));
    EXPECT_EQ(merged({delta(call("", "n") + "," + call("", "n"))}),
              made(whole("n") + "," + whole("n")));
    EXPECT_EQ(merged({delta(call("", "n", "{")), delta(call("", "n", "}"))}),
              made(whole("n", "{}")));
    const std::string at = R"("index":0,)";
    EXPECT_EQ(merged({delta(call(at, "n")), delta(call(at, "n", "{}"))}), made(whole("n", "{}")));
    EXPECT_EQ(merged({delta(call(at, "n", "{}")), delta(call(at, "m", "{}"))}),
              made(whole("n", "{}") + "," + whole("m", "{}")));
    EXPECT_EQ(merged({delta(call(at, "n")), delta(call(at, "m"))}), "none");
    EXPECT_EQ(merged({delta(call(at, "n", "{")), delta(call(at, "m"))}), "none");
    for (const char* odd : {R"("index":"0",)", R"("index":-1,)", R"("index":1.5,)"})
        EXPECT_EQ(merged({delta(call(odd, "n", "{}")), delta(call(odd, "m", "{}"))}),
                  made(whole("n", "{}") + "," + whole("m", "{}")))
            << odd;
}

TEST(ChatStream, WhatSaysNothingUndoesNothing) {
    const std::string said =
        R"("content":"a","x":"t","l":[1],"o":{"a":1},"tool_calls":[{"function":{"name":"f"}}],)"
        R"("function_call":{"name":"g"},"reasoning_details":[{"text":"r"}],"refusal":"no")";
    const std::string object = merged({"{" + said + "}"});
    EXPECT_NE(object, "none");
    for (const std::string nothing : {R"("")", "[]", "{}", "null", "[ ]"}) {
        std::string after;
        for (const char* key : {"content", "x", "l", "o", "tool_calls", "function_call",
                                "reasoning_details", "refusal"})
            after += std::string(after.empty() ? "" : ",") + '"' + key + "\":" + nothing;
        EXPECT_EQ(merged({"{" + said + "}", "{" + after + "}"}), object) << nothing;
    }
}

TEST(ChatStream, AnArrayOfAChunkIsSaidWholeOrInParts) {
    const auto of = [](const Lines& arrays) {
        Lines chunks;
        for (const std::string& array : arrays)
            chunks.push_back(R"({"x":)" + array +
                             R"(,"choices":[{"index":0,"delta":{"content":"a"},)"
                             R"("finish_reason":"stop","y":)" +
                             array + "}]}");
        chunks.push_back("[DONE]");
        const std::string object = chat(chunks);
        const std::string x = object.substr(0, object.find(R"(,"choices")"));
        EXPECT_NE(object.find(R"("y":)" + x.substr(5)), std::string::npos) << object;
        return x.substr(5);
    };
    EXPECT_EQ(of({R"(["a"])", R"(["a"])"}), R"(["a"])");
    EXPECT_EQ(of({"[1]", "[1, 2]", "[1, 2]", "[]"}), "[1, 2]");
    EXPECT_EQ(of({"[1]", "[12]", "[3]"}), "[1,12,3]");
    EXPECT_EQ(of({"[]", "[1]", "null"}), "[1]");
    EXPECT_EQ(
        chat({R"({"token_ids":[1],"prompt_token_ids":[7],"choices":[{"index":0,"delta":{}}]})",
              R"({"token_ids":[1],"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})",
              "[DONE]"})
            .substr(0, 42),
        R"({"token_ids":[1,1],"prompt_token_ids":[7],)");
}

TEST(ChatStream, AnUnknownMemberIsMergedByWhatItIs) {
    EXPECT_EQ(merged({R"({"x":"ha"})", R"({"x":"ha"})"}), role(R"("x":"haha","content":null)"));
    EXPECT_EQ(merged({R"({"x":"ha","content":"a"})", R"({"x":"ha"})"}),
              role(R"("x":"haha","content":"a")"));
    EXPECT_EQ(merged({R"({"x":"label","content":"a","y":{"z":"l"}})",
                      R"({"x":"label","content":"b","y":{"z":"l"}})",
                      R"({"x":"label","content":"c","y":{"z":"l"}})"}),
              role(R"("x":"label","content":"abc","y":{"z":"l"})"))
        << "a text that is the same beside each piece is its label";
    EXPECT_EQ(merged({R"({"role":"assistant","x":"label"})", R"({"x":"label","content":"a"})",
                      R"({"x":"label","content":""})"}),
              role(R"("x":"label","content":"a")"));
    EXPECT_EQ(merged({R"({"x":"ha","content":""})", R"({"x":"ha","content":null})"}),
              role(R"("x":"haha","content":"")"));
    EXPECT_EQ(merged({R"({"x":"ha","content":"a"})", R"({"x":"ho","content":"b"})"}),
              role(R"("x":"haho","content":"ab")"));
    EXPECT_EQ(
        merged({R"({"n":1,"b":true,"l":[1],"o":{"t":"a"},"kind_id":null,"type":"t"})",
                R"({"n":2,"b":false,"l":[2,3],"o":{"t":"b","u":1},"type":"t"})",
                R"({"n":null,"l":[],"o":null,"l2":[{"index":7,"t":"x"},{"index":2,"t":"y"}]})",
                R"({"l2":[{"index":7,"t":"z"},{"t":"w"}]})"}),
        role(R"("n":2,"b":false,"l":[1,2,3],"o":{"t":"ab","u":1},"kind_id":null,"type":"t",)"
             R"("l2":[{"index":2,"t":"y"},{"index":7,"t":"xz"},{"t":"w"}],"content":null)"));
    EXPECT_EQ(merged({R"({"x":"text"})", R"({"x":{"a":1}})"}), "none");
    EXPECT_EQ(merged({R"({"x":[1]})", R"({"x":"text"})"}), "none");
    const std::string deep =
        std::string(R"({"x":)") + std::string(200, '[') + std::string(200, ']');
    EXPECT_EQ(merged({deep + "}"}), role(deep.substr(1) + R"(,"content":null)"));
    std::string nested = "1";
    for (int i = 0; i < 100; ++i)
        nested = R"({"a":)" + nested + "}";
    EXPECT_EQ(merged({nested, nested}), "none") << "too deep to be merged, and said so";
    EXPECT_NE(merged({nested}), "none");
}

TEST(ChatStream, AMessageThatIsSaidWholeCountsWhereNoDeltaSaysIt) {
    EXPECT_EQ(
        chat(
            {R"({"id":"c","choices":[{"index":0,"delta":{"role":"assistant"}}]})",
             R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]})"}),
        R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]})");
    EXPECT_EQ(
        chat(
            {R"({"id":"c","choices":[{"index":0,"delta":{"content":"a"},"message":null,"finish_reason":"stop"}]})"}),
        R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]})");
}

TEST(ChatStream, ALaterNullOrEmptyValueUndoesNothing) {
    EXPECT_EQ(
        chat(
            {R"({"id":"c","model":"m","usage":{"t":1},"timings":{"a":1},"choices":[{"index":0,"delta":{"role":"assistant","content":"a"},"finish_reason":"stop","stop_reason":7}]})",
             R"({"id":"","model":"","usage":null,"timings":null,"choices":[{"index":0,"delta":{"role":"","content":null},"finish_reason":null,"stop_reason":null}]})",
             R"({"id":"d","choices":[{"index":0,"delta":null,"finish_reason":""}]})", "[DONE]"}),
        R"({"id":"c","model":"m","usage":{"t":1},"timings":{"a":1},"choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":"a"},"finish_reason":"stop","stop_reason":7}]})");
}

TEST(ChatStream, AnErrorIsTheEndOfIt) {
    const SseEvent good = {
        "", R"({"id":"c","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]})"};
    const auto reason = [&](const SseEvent& error) {
        return reasonOf(ApiKind::kChatCompletions, {good, error, {"", "[DONE]"}});
    };
    const std::string said = "The backend ended the stream with an error: ";
    EXPECT_EQ(reason({"", R"({"error":{"message":"out of\nmemory","code":500}})"}),
              said + "out of memory");
    EXPECT_EQ(reason({"error", R"({"message":"flat","code":1})"}), said + "flat");
    EXPECT_EQ(reason({"error", "in words"}), said + "in words");
    EXPECT_EQ(reason({"", R"({"error":"a text"})"}), said + "a text");
    EXPECT_EQ(reason({"", R"({"object":"error","message":"old vLLM","code":400})"}),
              said + "old vLLM");
    EXPECT_EQ(reason({"error", ""}), "The backend ended the stream with an error.");
    EXPECT_LE(reason({"", R"({"error":")" + std::string(100'000, 'x') + R"("})"}).size(), 512u);
    EXPECT_EQ(reason({"", R"({"error":null,"choices":[]})"}), "");
    EXPECT_EQ(reason({"ping", "not JSON"}), "");
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

/// The content of a message whose content is these events.
std::string contentOf(const Lines& events, const std::string& stop_reason = "end_turn") {
    Lines all = {R"({"type":"message_start","message":{"id":"m","content":[]}})"};
    all.insert(all.end(), events.begin(), events.end());
    all.push_back(R"({"type":"message_delta","delta":{"stop_reason":")" + stop_reason + R"("}})");
    all.push_back(R"({"type":"message_stop"})");
    const std::string object = message(all);
    const std::string front = R"({"id":"m","content":)";
    const std::string back = R"(,"stop_reason":")" + stop_reason + R"("})";
    if (!object.starts_with(front)) return object;
    return object.substr(front.size(), object.size() - front.size() - back.size());
}

const std::string kTool =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})";

std::string inputPiece(const std::string& spelling) {
    return R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":")" +
           spelling + R"("}})";
}

TEST(MessageStream, AnEventThatCannotBeReadMakesNoObject) {
    const std::string text =
        R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})";
    const std::string delta =
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}})";
    EXPECT_EQ(contentOf({text, delta}), R"([{"type":"text","text":"a"}])");
    for (const std::string& odd : kUnreadable)
        EXPECT_EQ(contentOf({text, delta, R"({"type":"content_block_delta","x":)" + odd + "}"}),
                  "none")
            << odd;
    EXPECT_EQ(contentOf({delta}), "none") << "for a block that was not begun";
    EXPECT_EQ(contentOf({text, R"({"type":"content_block_delta","index":0,"delta":"a"})"}), "none");
    const auto reason = [&](const SseEvent& odd) {
        return reasonOf(ApiKind::kMessages,
                        {{"", R"({"type":"message_start","message":{"id":"m"}})"},
                         odd,
                         {"message_stop", "{}"}});
    };
    EXPECT_EQ(reason({"ping", "no JSON"}), "");
    EXPECT_EQ(reason({"vendor_event", "no JSON"}), "") << "Anthropic: unknown events are ignored";
    EXPECT_NE(reason({"content_block_delta", "no JSON"}), "");
    EXPECT_EQ(
        reason({"error",
                R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"}),
        "The backend ended the stream with an error: Overloaded");
}

TEST(MessageStream, AToolInputKeepsHalvesOfCharacters) {
    EXPECT_EQ(contentOf({kTool, inputPiece(R"({\"x\":\"\ud83d)"), inputPiece(R"(\ude00\"})")}),
              "[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\","
              "\"input\":{\"x\":\"\xF0\x9F\x98\x80\"}}]");
    EXPECT_EQ(contentOf({kTool, inputPiece(R"({\"x\":\"\ud83d\"})")}),
              R"([{"type":"tool_use","id":"t","name":"f","input":{"x":"\ud83d"}}])");
}

TEST(MessageStream, AToolInputThatIsNoJsonThoughNoLimitCutItMakesNoObject) {
    EXPECT_EQ(contentOf({kTool, inputPiece(R"({\"x\":NaN})")}, "tool_use"), "none");
    EXPECT_NE(contentOf({kTool, inputPiece(R"({\"x\":)")}, "max_tokens"), "none");
}

TEST(MessageStream, ABlockThatBeginsAtATakenIndexIsAnother) {
    const auto begin = [](const std::string& text) {
        return R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":")" +
               text + R"("}})";
    };
    const std::string delta =
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"+"}})";
    EXPECT_EQ(contentOf({begin("a"), delta, begin("b"), delta}),
              R"([{"type":"text","text":"a+"},{"type":"text","text":"b+"}])");
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

const std::string kBegun =
    R"({"type":"response.created","response":{"id":"r","status":"in_progress","error":null,"output":[]}})";
const std::string kItem =
    R"({"type":"response.output_item.done","output_index":0,"item":{"id":"a"}})";

TEST(ResponseStream, AnEmptyOutputAtTheEndDoesNotUndoTheItemsThatWereFinished) {
    for (const std::string output : {R"("output":[])", R"("output":null)", R"("output":[ ])"}) {
        const std::string last = R"({"type":"response.completed","response":{"id":"r",)" + output +
                                 R"(,"status":"completed"}})";
        const std::string object = R"({"id":"r","output":[{"id":"a"}],"status":"completed"})";
        EXPECT_EQ(response({kBegun, kItem, last}), object);
        const auto assembler = makeStreamAssembler(ApiKind::kResponses, "");
        EXPECT_EQ(assembler->completed({"", last}), std::nullopt) << "nothing was finished";
        assembler->take({"", kItem});
        EXPECT_EQ(assembler->completed({"", kItem}), std::nullopt);
        EXPECT_EQ(assembler->completed({"", last}),
                  R"({"type":"response.completed","response":)" + object + "}");
    }
    EXPECT_EQ(response({kBegun, kItem,
                        R"({"type":"response.completed","response":{"id":"r","output":[1]}})"}),
              R"({"id":"r","output":[1]})");
    EXPECT_EQ(response({kBegun, kItem, R"({"type":"response.failed","response":{"id":"r"}})"}),
              R"({"id":"r","output":[{"id":"a"}]})");
}

TEST(ResponseStream, AnEventThatCannotBeReadHarmsOnlyWhatIsPutTogether) {
    const std::string odd = R"({"type":"response.output_item.done","item":{"x":NaN}})";
    const std::string whole =
        R"({"type":"response.completed","response":{"id":"r","output":[{"id":"b"}]}})";
    const std::string empty = R"({"type":"response.completed","response":{"id":"r","output":[]}})";
    EXPECT_EQ(response({kBegun, odd, whole}), R"({"id":"r","output":[{"id":"b"}]})");
    EXPECT_EQ(response({kBegun, kItem, odd, empty}), "none");
    EXPECT_EQ(response({kBegun, odd, empty}), "none");
    EXPECT_EQ(response({kBegun, kItem, odd}), "none");
    EXPECT_EQ(response({kBegun, empty}), R"({"id":"r","output":[]})");
    for (const std::string type : {"response.failed", "response.cancelled"})
        EXPECT_EQ(response({kBegun, odd,
                            R"({"type":")" + type + R"(","response":{"id":"r","output":[]}})"}),
                  R"({"id":"r","output":[]})")
            << type << " need not have any output";
}

TEST(ResponseStream, AnErrorKeepsItsCodeAndMessage) {
    const auto failed = [](const std::string& error) {
        return R"({"id":"r","status":"failed","error":)" + error + R"(,"output":[{"id":"a"}]})";
    };
    for (const SseEvent& error : std::vector<SseEvent>{
             {"", R"({"type":"error","code":"rate_limit_exceeded","message":"Slow","param":null})"},
             {"", R"({"type":"error","error":{"code":"rate_limit_exceeded","message":"Slow"}})"},
             {"error", R"({"code":"rate_limit_exceeded","message":"Slow"})"}}) {
        const auto assembler = makeStreamAssembler(ApiKind::kResponses, "");
        assembler->take({"", kBegun});
        assembler->take({"", kItem});
        assembler->take(error);
        EXPECT_EQ(assembler->finish(true),
                  failed(R"({"code":"rate_limit_exceeded","message":"Slow"})"));
    }
    const auto errorOf = [](const SseEvent& error) {
        const auto assembler = makeStreamAssembler(ApiKind::kResponses, "");
        assembler->take({"", R"({"type":"response.created","response":{}})"});
        assembler->take(error);
        return assembler->finish(true);
    };
    EXPECT_EQ(errorOf({"error", R"({"error":{"type":"t","code":429,"message":"a\u202eb"}})"}),
              R"({"status":"failed","error":{"code":"429","message":"a b","type":"t"}})");
    EXPECT_EQ(
        errorOf({"error", "upstream overloaded"}),
        R"({"status":"failed","error":{"code":"server_error","message":"upstream overloaded"}})")
        << "in plain text";
    EXPECT_LT(errorOf({"error", R"({"code":")" + std::string(200'000, 'x') + R"("})"})->size(),
              512u);
    const std::string own =
        R"({"id":"r","status":"failed","error":{"code":"c","message":"own"},"output":[1]})";
    EXPECT_EQ(response({kBegun, R"({"type":"error","message":"other"})",
                        R"({"type":"response.failed","response":)" + own + "}"}),
              own);
}

}  // namespace
}  // namespace waybill::server
