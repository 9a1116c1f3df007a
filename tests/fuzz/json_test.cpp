// Can JSON break us? Held against a second reader of it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "fuzz/mutations.h"
#include "llm/backend_answer.h"
#include "llm/create_request.h"
#include "llm/echo/echo_backend.h"
#include "llm/stream/stream_assembler.h"
#include "support/sample_events.h"
#include "waybill/completion_callback.h"
#include "waybill/errors.h"
#include "waybill/event_codec.h"
#include "waybill/json_check.h"

namespace waybill::test {
namespace {

const std::vector<std::string> kJsonPieces = {"{",
                                              "}",
                                              "[",
                                              "]",
                                              ",",
                                              ":",
                                              "\"",
                                              "\\u0000",
                                              "\\ud83d\\ude00",
                                              "\\ud83d",
                                              "\\",
                                              "null",
                                              "true",
                                              "-",
                                              "1e999",
                                              "0.1",
                                              "-0",
                                              "00",
                                              "\x01",
                                              "\xff",
                                              "\xc3\xa9",
                                              "\xed\xa0\x80",
                                              "\xf4\x90\x80\x80",
                                              " ",
                                              "\n",
                                              "123456789012345678901"};

/// Nothing: it cannot say, because a number is out of a double's range.
std::optional<bool> otherReaderTakes(const std::string& text) {
    try {
        return !nlohmann::json::parse(text).is_discarded();
    } catch (const nlohmann::json::parse_error&) {
        return false;
    } catch (const nlohmann::json::out_of_range&) {
        return std::nullopt;
    }
}

TEST(FuzzJson, TheCheckAgreesWithAnotherReader) {
    Mutations mutations(
        11,
        {R"({"model":"m","input":"hi","metadata":{"completion_webhook":"http://a/","n":[1,2.5e3]}})",
         R"([true,false,null,"\u00e9\n",-0.1,{"a":{"b":[[]]}}])", R"("text")", "0"},
        kJsonPieces);
    std::uint64_t taken = 0;
    for (std::uint64_t round = fuzzRounds(); round > 0; --round) {
        const std::string text = mutations.next();
        const bool ours = !checkJson(text, {.max_depth = 1000, .unique_keys = false}).has_value();
        const auto theirs = otherReaderTakes(text);
        // It takes a byte order mark, and a NUL for the end.
        if (!theirs || text.starts_with("\xef\xbb\xbf") || text.find('\0') != text.npos) continue;
        ASSERT_EQ(ours, *theirs) << testing::PrintToString(text);
        taken += ours;
    }
    EXPECT_GT(taken, 0u);
}

/// Whatever passes the check, each reader of client's and backends' JSON takes without throwing.
TEST(FuzzJson, WhatTheCheckTakesEveryReaderTakes) {
    AddressPolicy policy;
    policy.allow("loopback");
    Mutations mutations(
        13,
        {R"({"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]}],)"
         R"("temperature":1e999,"metadata":{"completion_webhook":"http://127.0.0.1/","n":1e999}})",
         R"({"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":)"
         R"([{"role":"user","content":"\ud83d\ude00 \ud83d"}],"metadata":{"webhook_token":"t"}})"},
        kJsonPieces);
    server::EchoBackend echo(Duration::zero());
    std::uint64_t taken = 0;
    for (std::uint64_t round = fuzzRounds(); round > 0; --round) {
        const std::string text = mutations.next();
        if (checkJson(text, {.unique_keys = false, .lone_surrogates = true})) continue;
        ++taken;
        readCompletionCallback(text, policy);
        for (const auto api : {server::ApiKind::kResponses, server::ApiKind::kChatCompletions,
                               server::ApiKind::kMessages}) {
            server::BackendCall call;
            call.api = api;
            call.id = "resp_1";
            call.body = text;
            const std::string answer =
                server::readWhole(*echo.create(std::move(call)), 1 << 20, nullptr).body;
            ASSERT_FALSE(checkJson(answer, {.unique_keys = false, .lone_surrogates = true}))
                << text << " gave " << answer;
            static_cast<void>(server::parseCreateRequest(api, text, policy));
        }
    }
    EXPECT_GT(taken, 0u);
}

TEST(FuzzJson, EventDataIsReadOrRefusedAndWhatIsReadIsWrittenTheSameAgain) {
    for (const Event& event : fullEvents()) {
        const std::string type(typeName(event));
        Mutations mutations(12, {encodeData(event)}, kJsonPieces);
        for (std::uint64_t round = fuzzRounds(300); round > 0; --round) {
            const std::string data = mutations.next();
            try {
                const std::string written = encodeData(decodeData(type, data, "s", 1));
                ASSERT_EQ(encodeData(decodeData(type, written, "s", 1)), written) << data;
            } catch (const CorruptLog&) {
                // said so
            }
        }
    }
}

/// A stream of which each line is the data of an event.
const std::vector<std::string> kStreams = {
    R"({"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"a","x":"l"}}]}
{"id":"c","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]}],"x":"l"}}]}
{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}}]}
{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}],"reasoning_details":[{"type":"t","text":"r","index":0}]},"logprobs":{"content":[{"token":"a"}]}}]}
{"id":"c","choices":[{"index":1,"delta":{"content":"\ud83d"},"finish_reason":"stop"},{"index":0,"finish_reason":"stop"}],"usage":{"n":1}}
[DONE])",
    R"({"type":"message_start","message":{"id":"m","content":[],"usage":{"n":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","input":{}}}
{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":\"\ud83d"}}
{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"\ude00\"}"}}
{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","citations":null}}
{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"b","citation":{"n":1}}}
{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"n":2},"container":{"id":"c"}}
{"type":"message_stop"})",
    R"({"type":"response.created","response":{"id":"r","output":[]}}
{"type":"response.output_item.done","output_index":0,"item":{"id":"i","text":"\ud83d"}}
{"type":"error","code":"c","message":"m"}
{"type":"response.completed","response":{"id":"r","output":[]}})"};

TEST(FuzzJson, AStreamMakesAnObjectThatIsJsonOrNone) {
    std::vector<std::string> pieces = kJsonPieces;
    for (const char* piece :
         {"\"index\":", "\"id\":\"b\"", "{}", "[]", "\"\"", "\"content\":", "[{"})
        pieces.emplace_back(piece);
    Mutations mutations(13, kStreams, pieces);
    // Deeper than one event: what an event said may be put into another.
    const JsonLimits limits{.max_depth = 2048, .unique_keys = false, .lone_surrogates = true};
    std::uint64_t made = 0;
    std::uint64_t refused = 0;
    for (std::uint64_t round = fuzzRounds(); round > 0; --round) {
        const std::string text = mutations.next();
        for (const auto api : {server::ApiKind::kChatCompletions, server::ApiKind::kMessages,
                               server::ApiKind::kResponses}) {
            const auto assembler = server::makeStreamAssembler(api, R"({"id":"u"})");
            std::istringstream lines(text);
            for (std::string line; std::getline(lines, line);) {
                const auto completed = assembler->completed({"", line});
                ASSERT_FALSE(completed && checkJson(*completed, limits)) << text;
                assembler->take({"", line});
            }
            const auto object = assembler->finish(true);
            ASSERT_FALSE(object && checkJson(*object, limits)) << text << "\n" << *object;
            ++(object ? made : refused);
        }
    }
    EXPECT_GT(made, 0u);
    EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace waybill::test
