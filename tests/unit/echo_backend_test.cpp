// Does the echo backend say what it was asked, in each API's shape, whole and streamed?
#include "llm/echo/echo_backend.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "llm/backend_answer.h"
#include "llm/stream/sse_reader.h"
#include "llm/stream/stream_assembler.h"

namespace waybill::server {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMost = 1024 * 1024;
constexpr auto kApis = {ApiKind::kResponses, ApiKind::kChatCompletions, ApiKind::kMessages};

BackendCall callOf(ApiKind api, const std::string& body) {
    BackendCall call;
    call.api = api;
    call.id = std::string(traitsOf(api).id_prefix) + "1";
    call.body = body;
    return call;
}

BackendAnswer answerTo(EchoBackend& backend, const BackendCall& call) {
    return readWhole(*backend.create(call), kMost, nullptr);
}

TEST(EchoBackend, SpeaksTheThreeApis) {
    EchoBackend backend(Duration::zero());
    Json object = Json::parse(
        answerTo(
            backend,
            callOf(
                ApiKind::kResponses,
                R"({"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"hi you"}]}]})"))
            .body);
    EXPECT_EQ(object["id"], "resp_1");
    EXPECT_EQ(object["status"], "completed");
    EXPECT_EQ(object["output"][0]["content"][0]["text"], "hi you");
    EXPECT_EQ(object["usage"]["total_tokens"], 4);

    const std::string messages =
        R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b c"}]})";
    object = Json::parse(answerTo(backend, callOf(ApiKind::kChatCompletions, messages)).body);
    EXPECT_EQ(object["object"], "chat.completion");
    EXPECT_EQ(object["choices"][0]["message"]["content"], "b c");
    EXPECT_EQ(object["choices"][0]["finish_reason"], "stop");

    object = Json::parse(answerTo(backend, callOf(ApiKind::kMessages, messages)).body);
    EXPECT_EQ(object["type"], "message");
    EXPECT_EQ(object["content"][0]["text"], "b c");
    EXPECT_EQ(object["stop_reason"], "end_turn");
}

TEST(EchoBackend, AnswersWhateverJsonItIsAsked) {
    EchoBackend backend(Duration::zero());
    for (const char* more :
         {R"("temperature":1e999)", R"("n":-1e-99999,"x":123456789012345678901234567890)",
          R"("stream_options":7)", R"("stream_options":{"include_usage":1e999})",
          R"("input":1e999)", R"("model":1e999)",
          R"("input":[1e999,{"content":[1e999,{"text":1e999}]}])",
          R"("messages":{"a":[[[[[[1e999]]]]]]})"})
        for (const ApiKind api : kApis)
            for (const bool stream : {false, true}) {
                BackendCall call = callOf(api, "{" + std::string(more) + "}");
                call.stream = stream;
                EXPECT_TRUE(answerTo(backend, call).succeeded()) << more;
            }
}

TEST(EchoBackend, AStreamAmountsToWhatTheWholeAnswerSays) {
    EchoBackend backend(Duration::zero());
    for (const ApiKind api : kApis) {
        BackendCall call = callOf(
            api, R"({"model":"m","input":"one \"two\"\n three","stream_options":)"
                 R"({"include_usage":true},"messages":[{"content":"one \"two\"\n three"}]})");
        Json whole = Json::parse(answerTo(backend, call).body);
        call.stream = true;
        const BackendAnswer streamed = answerTo(backend, call);
        EXPECT_TRUE(streamed.head.isEventStream());
        const auto assembler = makeStreamAssembler(api, "");
        SseReader reader;
        std::string_view bytes = streamed.body;
        int sequence = 0;
        while (const auto event = reader.next(bytes)) {
            EXPECT_FALSE(assembler->done());
            if (api == ApiKind::kResponses) {
                EXPECT_EQ(Json::parse(event->data)["sequence_number"], sequence++);
            }
            assembler->take(*event);
        }
        EXPECT_TRUE(assembler->done());
        Json object = Json::parse(assembler->finish(true).value_or("null"));
        whole["created"] = whole["created_at"] = object["created"] = object["created_at"] = 0;
        if (api == ApiKind::kChatCompletions)  // no delta says that there are none
            whole["choices"][0]["message"].erase("annotations");
        EXPECT_EQ(object, whole);
    }
}

TEST(EchoBackend, TheDelayIsSpreadOverTheTokens) {
    EchoBackend backend(std::chrono::hours(1));
    BackendCall call = callOf(ApiKind::kChatCompletions, R"({"messages":[{"content":"a b"}]})");
    call.stream = true;
    const auto reply = backend.create(call);
    std::string bytes;
    ASSERT_EQ(reply->read(bytes, fromNow(Duration::zero())), BackendReply::Read::kHead);
    ASSERT_EQ(reply->read(bytes, fromNow(Duration::zero())), BackendReply::Read::kBody);
    EXPECT_NE(bytes.find("assistant"), std::string::npos);
    EXPECT_EQ(reply->read(bytes, fromNow(Duration::zero())), BackendReply::Read::kNotYet);
    reply->cancel();
    EXPECT_EQ(reply->read(bytes, fromNow(std::chrono::hours(1))), BackendReply::Read::kEnd);
    EXPECT_FALSE(reply->end().whole);
}

TEST(EchoBackend, MakesDoWithOddRequests) {
    EchoBackend backend(Duration::zero());
    for (const char* body : {R"({"input":5})", R"({"messages":[1,null]})", R"({"input":[]})",
                             R"({"model":7})", R"({"input":[{"content":{"text":"x"}}]})"}) {
        BackendCall call = callOf(ApiKind::kResponses, body);
        EXPECT_EQ(answerTo(backend, call).head.status, 200) << body;
        call.stream = true;
        EXPECT_NE(answerTo(backend, call).body.find("response.completed"), std::string::npos);
    }
}

TEST(EchoBackend, StopsThinkingWhenItIsCancelled) {
    EchoBackend backend(std::chrono::hours(1));
    backend.cancel();
    const BackendAnswer answer = answerTo(backend, callOf(ApiKind::kResponses, "{}"));
    EXPECT_EQ(answer.head.status, 0);
    EXPECT_FALSE(answer.failure.empty());
}

}  // namespace
}  // namespace waybill::server
