// What does a create request's metadata ask for?
#include "waybill/completion_callback.h"

#include <gtest/gtest.h>

namespace waybill {
namespace {

CompletionCallback read(std::string_view json) {
    return readCompletionCallback(json, AddressPolicy());
}

TEST(CompletionCallback, UrlAndTokenMakeADestination) {
    const auto callback = read(
        R"({"order":"7","completion_webhook":"https://example.com/h?k=v","webhook_token":"s3cret"})");
    ASSERT_TRUE(callback.destination);
    EXPECT_FALSE(callback.ignored);
    EXPECT_EQ(callback.destination->url, "https://example.com/h?k=v");
    EXPECT_EQ(callback.destination->token, "s3cret");
}

TEST(CompletionCallback, TokenIsOptional) {
    for (const auto* json :
         {R"({"completion_webhook":"https://example.com/"})",
          R"({"completion_webhook":"https://example.com/","webhook_token":""})",
          R"({"completion_webhook":"https://example.com/","webhook_token":null})"}) {
        const auto callback = read(json);
        ASSERT_TRUE(callback.destination) << json;
        EXPECT_EQ(callback.destination->token, "") << json;
    }
}

TEST(CompletionCallback, NothingIsAskedWithoutTheUrl) {
    for (const auto* json :
         {"", "null", "7", "\"https://example.com/\"", "[]", "{}", R"({"webhook_token":"t"})",
          R"({"completion_webhook":null})", R"({"Completion_Webhook":"https://example.com/"})",
          R"({"nested":{"completion_webhook":"https://example.com/"}})",
          R"([{"completion_webhook":"https://example.com/"}])",
          R"({"completion_webhook":"https://example.com/")",
          R"({"completion_webhook":"https://example.com/"} x)",
          "{\"completion_webhook\":\"https://example.com/\",\"x\":\"\xff\"}"}) {
        const auto callback = read(json);
        EXPECT_FALSE(callback.destination) << json;
        EXPECT_FALSE(callback.ignored) << json;
    }
}

TEST(CompletionCallback, WhatStandsBesideItIsNoReasonToDropIt) {
    for (const auto* more : {"1e999999", "-1e-999999", "123456789012345678901234567890", "1.0e+400",
                             R"("\ud800")", R"([[[{"a":[1e999]}]]])", R"("\u0000")"}) {
        const auto callback =
            read(R"({"completion_webhook":"https://example.com/","x":)" + std::string(more) + "}");
        ASSERT_TRUE(callback.destination) << more;
        EXPECT_EQ(callback.destination->url, "https://example.com/") << more;
    }
}

TEST(CompletionCallback, SaysWhyACallbackCannotBeSent) {
    const struct {
        const char* json;
        const char* code;
    } cases[] = {
        {R"({"completion_webhook":7})", "url_type"},
        {R"({"completion_webhook":true})", "url_type"},
        {R"({"completion_webhook":["https://example.com/"]})", "url_type"},
        {R"({"completion_webhook":{"url":"https://example.com/"}})", "url_type"},
        {R"({"completion_webhook":""})", "url_scheme"},
        {R"({"completion_webhook":"gopher://example.com/"})", "url_scheme"},
        {R"({"completion_webhook":"http://0x7f.1/"})", "url_refused_address"},
        {R"({"completion_webhook":"http://mail.example:25/"})", "url_refused_port"},
        {R"({"completion_webhook":"http://example.com/\r\nA: b"})", "url_characters"},
        {R"({"completion_webhook":"http://example.com/","webhook_token":7})", "token_type"},
        {R"({"completion_webhook":"http://example.com/","webhook_token":["t"]})", "token_type"},
        {R"({"completion_webhook":"http://example.com/","webhook_token":"a\nb"})",
         "token_characters"},
    };
    for (const auto& [json, code] : cases) {
        const auto callback = read(json);
        EXPECT_FALSE(callback.destination) << json;
        ASSERT_TRUE(callback.ignored) << json;
        EXPECT_EQ(callback.ignored->code, code) << json;
    }
}

TEST(CompletionCallback, KeysOfInnerObjectsAreNotOurs) {
    const auto callback =
        read(R"({"a":{"completion_webhook":"https://inner.example/"},)"
             R"("completion_webhook":"https://outer.example/","b":[{"webhook_token":"inner"}]})");
    ASSERT_TRUE(callback.destination);
    EXPECT_EQ(callback.destination->url, "https://outer.example/");
    EXPECT_EQ(callback.destination->token, "");
}

TEST(CompletionCallback, DepthIsBounded) {
    const std::string deep(200000, '[');
    const auto callback = read(R"({"completion_webhook":"https://example.com/","x":)" + deep + "}");
    EXPECT_FALSE(callback.destination);
    EXPECT_FALSE(callback.ignored);
}

}  // namespace
}  // namespace waybill
