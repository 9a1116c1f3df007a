// Is what a backend says of its failure found, whatever shape it has?
#include "llm/backend_error.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace waybill::server {
namespace {

using Json = nlohmann::json;

struct Shape {
    const char* of;
    const char* body;
    const char* message;
    const char* type;
    const char* code;
    const char* param;
};

const Shape kShapes[] = {
    {"OpenAI", R"({"error":{"message":"no such model","type":"t","param":"model","code":"c"}})",
     "no such model", "t", "c", "model"},
    {"OpenAI without a code", R"({"error":{"message":"m","type":"t","param":null,"code":null}})",
     "m", "t", "", ""},
    {"OpenRouter", R"({"error":{"message":"Provider returned error","code":502}})",
     "Provider returned error", "", "502", ""},
    {"Anthropic", R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
     "Overloaded", "overloaded_error", "", ""},
    {"FastAPI", R"({"detail":"Not Found"})", "Not Found", "", "", ""},
    {"FastAPI, a body that is not valid",
     R"({"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required"},)"
     R"({"type":"int","loc":["body","stop",0],"msg":"Not a number"}]})",
     "body.model: Field required; body.stop.0: Not a number", "missing", "", "body.model"},
    {"vLLM before 0.10",
     R"({"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400})",
     "too long", "BadRequestError", "400", ""},
    {"Mistral",
     R"({"object":"error","message":{"detail":[{"type":"x","loc":["body"],"msg":"bad"}]},)"
     R"("type":"invalid_request_error","code":null})",
     "body: bad", "x", "", "body"},
    {"Ollama", R"({"error":"model 'x' not found"})", "model 'x' not found", "", "", ""},
    {"TGI", R"({"error":"Input validation error","error_type":"validation"})",
     "Input validation error", "validation", "", ""},
    {"Gemini",
     R"([{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT"}}])",
     "API key not valid", "", "INVALID_ARGUMENT", ""},
    {"a name and a message", R"({"status":401,"error":"Unauthorized","message":"Key expired"})",
     "Key expired", "", "Unauthorized", ""},
    {"RFC 9457", R"({"type":"about:blank","title":"Gone","status":410,"detail":"Moved out"})",
     "Moved out", "about:blank", "", ""},
    {"a list", R"({"success":false,"errors":[{"code":1000,"message":"denied"}]})", "denied", "",
     "1000", ""},
    {"a string", R"("busy")", "busy", "", "", ""},
    {"plain text", "  upstream connect error\r\n", "upstream connect error", "", "", ""},
    {"broken JSON", R"({"error":{"message":"cut)", R"({"error":{"message":"cut)", "", "", ""},
    {"HTML", "<html><body>502 Bad Gateway", "", "", "", ""},
    {"nothing", "", "", "", "", ""},
    {"no message", R"({"error":{"code":"x"}})", "", "", "x", ""},
};

TEST(BackendError, ReadsEveryShape) {
    for (const Shape& shape : kShapes) {
        const BackendError error = readBackendError(500, shape.body);
        EXPECT_EQ(error.message, shape.message) << shape.of;
        EXPECT_EQ(error.type, shape.type) << shape.of;
        EXPECT_EQ(error.code, shape.code) << shape.of;
        EXPECT_EQ(error.param, shape.param) << shape.of;
        EXPECT_EQ(error.http_status, 500) << shape.of;
        const Json json = Json::parse(toJson(error));
        EXPECT_FALSE(json["code"].get<std::string>().empty()) << shape.of;
        EXPECT_FALSE(json["message"].get<std::string>().empty()) << shape.of;
        EXPECT_EQ(json["http_status"], 500) << shape.of;
    }
}

TEST(BackendError, PlainTextOfASuccessIsNoError) {
    EXPECT_EQ(readBackendError(200, "four").message, "");
    EXPECT_EQ(readBackendError(200, R"({"error":"busy"})").message, "busy");
}

TEST(BackendError, IsBoundedAndValidWhateverTheBackendSends) {
    std::string deep;
    for (int i = 0; i < 400; ++i)
        deep += R"({"error":)";
    for (const std::string& body :
         {R"({"error":{"message":")" + std::string(100'000, 'x') + R"(","code":")" +
              std::string(100'000, 'y') + R"("}})",
          std::string(100'000, '\xFF'), std::string(R"({"error":"\ud800 \u0000"})"),
          deep + "1" + std::string(400, '}'), "[" + std::string(100'000, ' ') + "]"}) {
        const BackendError error = readBackendError(500, body);
        EXPECT_LE(error.message.size(), 4096u);
        EXPECT_LE(error.code.size(), 256u);
        EXPECT_TRUE(Json::accept(toJson(error)));
    }
}

TEST(BackendError, HoldsNothingThatCannotBeRecorded) {
    for (const std::string odd :
         {R"(\u202e)", R"(\u0085)", R"(\u200b)", R"(\u001b)", R"(\ufeff)"}) {
        const BackendError error = readBackendError(
            0, R"({"error":{"message":"a)" + odd + R"(b","code":"c)" + odd + R"(d"}})");
        EXPECT_EQ(error.message, "a b") << odd;
        EXPECT_EQ(error.code, "c d") << odd;
    }
}

TEST(BackendError, InWordsIsOneLine) {
    EXPECT_EQ(inWords(readBackendError(429, R"({"error":"slow\r\n\u0085\u202edown"})")),
              "The backend answered with HTTP status 429: slow down.");
    EXPECT_EQ(inWords(readBackendError(503, "<html>")),
              "The backend answered with HTTP status 503.");
    EXPECT_EQ(inWords(BackendError{"The client has gone away."}), "The client has gone away.");
}

}  // namespace
}  // namespace waybill::server
