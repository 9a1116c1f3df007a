// Is an answer an object of its API exactly when its backend made one?
#include "llm/answer_object.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

constexpr ApiKind kAll[] = {ApiKind::kResponses, ApiKind::kChatCompletions, ApiKind::kMessages};

BackendAnswer answerOf(std::string body, int status = 200, std::string type = "application/json") {
    BackendAnswer answer;
    answer.head.status = status;
    answer.head.content_type = std::move(type);
    answer.body = std::move(body);
    return answer;
}

/// What is wrong with it; empty: it is an object.
std::string problem(ApiKind api, BackendAnswer answer) {
    const ReadAnswer read = readAnswer(api, answer);
    return read.object ? "" : inWords(read.problem);
}

std::string problem(ApiKind api, const std::string& body) {
    return problem(api, answerOf(body));
}

TEST(AnswerObject, ABodyThatIsAnErrorIsNone) {
    for (const ApiKind api : kAll)
        for (const char* body :
             {R"({"error":{"message":"no credits","code":402}})", R"({"error":"no credits"})",
              R"({"type":"error","error":{"type":"x","message":"no credits"}})",
              R"({"id":"gen-1","error":{"message":"no credits"}})",
              R"({"object":"error","message":"no credits","type":"x","code":400})",
              R"({"detail":"no credits"})", R"({"code":401,"msg":"no credits"})",
              R"([{"error":{"message":"no credits"}}])", R"({"id":"x","message":"no credits"})"})
            EXPECT_EQ(problem(api, body), "The backend answered with HTTP status 200: no credits.")
                << body;
    EXPECT_NE(problem(ApiKind::kChatCompletions,
                      R"({"id":"c","object":"chat.completion","choices":[],"error":{"code":5}})"),
              "");
    EXPECT_NE(problem(ApiKind::kResponses, R"({"object":"response","error":{"message":"m"}})"), "");
}

TEST(AnswerObject, AnErrorInsideAnObjectIsPartOfIt) {
    EXPECT_EQ(problem(ApiKind::kChatCompletions,
                      R"({"id":"c","choices":[{"finish_reason":"error","error":{"code":5}}]})"),
              "");
    EXPECT_EQ(problem(ApiKind::kMessages, R"({"id":"m","type":"message","content":[]})"), "");
    EXPECT_EQ(problem(ApiKind::kResponses, R"({"id":"r","object":"response","error":null})"), "");
    BackendAnswer failed = answerOf(
        R"({"id":"r","object":"response","status":"failed","error":{"code":"c","message":"m"}})");
    const ReadAnswer read = readAnswer(ApiKind::kResponses, failed);
    ASSERT_TRUE(read.object);
    EXPECT_EQ(read.object->status, "failed");
    BackendAnswer error = answerOf(R"({"error":{"message":"m"},"status":"error","output":[]})");
    EXPECT_FALSE(readAnswer(ApiKind::kResponses, error).object) << "no status of a response";
}

TEST(AnswerObject, AnErrorMemberThatSaysNothingIsNoError) {
    for (const char* none : {"null", "false", "\"\"", "{}", "[]", "0"}) {
        const std::string error = std::string(R"(,"error":)") + none + "}";
        EXPECT_EQ(problem(ApiKind::kChatCompletions, R"({"id":"c","choices":[])" + error), "");
        EXPECT_EQ(problem(ApiKind::kMessages, R"({"id":"m","content":[])" + error), "");
        EXPECT_NE(problem(ApiKind::kMessages, R"({"ok":"m")" + error), "") << "no object either";
    }
}

TEST(AnswerObject, WhatHasAnIdIsOneThoughItsBackendLeavesMembersOut) {
    for (const ApiKind api : {ApiKind::kResponses, ApiKind::kChatCompletions, ApiKind::kMessages}) {
        EXPECT_EQ(problem(api, R"({"id":"up_1","n":1.0})"), "");
        EXPECT_NE(problem(api, R"({"id":"up_1","error":{"message":"x"}})"), "");
        EXPECT_NE(problem(api, R"({"id":7,"n":1.0})"), "");
    }
}

TEST(AnswerObject, SaysWhatElseCame) {
    const auto chat = [](BackendAnswer answer) {
        return problem(ApiKind::kChatCompletions, std::move(answer));
    };
    const std::string with = "The backend answered with HTTP status 200 and ";
    EXPECT_EQ(chat(answerOf("")), with + "an empty body.");
    EXPECT_EQ(chat(answerOf("<html>")), with + "a body that is no JSON object of this API.");
    for (const char* body : {"[]", "[1]", "{}", "null", R"({"choices":)"})
        EXPECT_NE(chat(answerOf(body)), "") << body;
    EXPECT_EQ(chat(answerOf("data: x\n\n")), with + "an event stream although none was asked for.");
    EXPECT_EQ(chat(answerOf("\n\n", 200, "text/event-stream")),
              with + "an event stream although none was asked for.");
    BackendAnswer coded = answerOf("\x1b");
    coded.head.headers.add("Content-Encoding", "br");
    EXPECT_EQ(chat(coded), with + "a body in a content coding that cannot be read.");
    coded = answerOf(R"({"choices":[]})");
    coded.head.headers.add("Content-Encoding", "identity");
    EXPECT_EQ(chat(coded), "");
    BackendAnswer cut = answerOf(R"({"choices":[]})");
    cut.failure = "It was cut short.";
    EXPECT_EQ(chat(cut), "It was cut short.");
    EXPECT_EQ(chat(answerOf("busy", 503)), "The backend answered with HTTP status 503: busy.");
}

TEST(AnswerObject, AByteOrderMarkIsNoPartOfIt) {
    BackendAnswer answer = answerOf("\xEF\xBB\xBF{\"choices\":[]}");
    EXPECT_TRUE(readAnswer(ApiKind::kChatCompletions, answer).object);
    EXPECT_EQ(answer.body, R"({"choices":[]})");
    answer = answerOf("\xEF\xBB\xBF{\"error\":\"x\"}");
    EXPECT_FALSE(readAnswer(ApiKind::kChatCompletions, answer).object);
    EXPECT_EQ(answer.body, "\xEF\xBB\xBF{\"error\":\"x\"}");
}

TEST(AnswerObject, HalfACharacterIsLegal) {
    EXPECT_EQ(problem(ApiKind::kChatCompletions, R"({"id":"c","choices":["\ud83d"]})"), "");
}

}  // namespace
}  // namespace waybill::server
