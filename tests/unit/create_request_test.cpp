// Does a create request reach the backend byte for byte, less what is ours?
#include "llm/create_request.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

constexpr ApiKind kApi = ApiKind::kResponses;

AddressPolicy policy() {
    AddressPolicy allowed;
    allowed.allow("loopback");
    return allowed;
}

CreateRequest parsed(std::string_view body, ApiKind api = kApi) {
    const Result<CreateRequest> request = parseCreateRequest(api, body, policy());
    EXPECT_TRUE(request.ok()) << request.refusal().message;
    return request ? *request : CreateRequest{};
}

std::string paramAtFault(std::string_view body, ApiKind api = kApi) {
    const Result<CreateRequest> request = parseCreateRequest(api, body, policy());
    EXPECT_FALSE(request.ok()) << body;
    return request ? "" : request.refusal().param;
}

TEST(CreateRequest, WhatIsNotOursKeepsItsBytes) {
    const std::string body =
        " { \"model\" : \"m\\u00e9\",\"n\":1.50e+2 ,\"metadata\": { \"a\":\"b\" },\"x\":[ ] }\n";
    const CreateRequest request = parsed(body);
    EXPECT_EQ(request.body, body);
    EXPECT_EQ(request.model, "m\xC3\xA9");
    EXPECT_FALSE(request.callback.destination);
    EXPECT_FALSE(request.echoed_metadata);
}

TEST(CreateRequest, TheTwoKeysAreTakenOutAndUnderstood) {
    const CreateRequest request = parsed(
        R"({"model":"m","metadata":{"user":"u", "completion_webhook":"http://127.0.0.1:8/h?k=1",)"
        R"("webhook_token":"s3cret"},"input":"x"})");
    EXPECT_EQ(request.body, R"({"model":"m","metadata":{"user":"u"},"input":"x"})");
    ASSERT_TRUE(request.callback.destination);
    EXPECT_EQ(request.callback.destination->url, "http://127.0.0.1:8/h?k=1");
    EXPECT_EQ(request.callback.destination->token, "s3cret");
    EXPECT_EQ(request.echoed_metadata,
              R"({"user":"u", "completion_webhook":"http://127.0.0.1:8/h?k=1"})");
}

TEST(CreateRequest, WhetherItStreamsIsReadAndLeftInPlace) {
    const std::string body = R"({"model":"m","stream": true})";
    EXPECT_TRUE(parsed(body, ApiKind::kMessages).stream);
    EXPECT_EQ(parsed(body, ApiKind::kMessages).body, body);
    EXPECT_FALSE(parsed(R"({"model":"m","stream":null})").stream);
}

TEST(CreateRequest, AMetadataLeftEmptyIsNotSentOn) {
    const std::string metadata =
        R"("metadata":{"webhook_token":"t","completion_webhook":"http://127.0.0.1/"})";
    EXPECT_EQ(parsed("{" + metadata + R"(,"model":"m"})").body, R"({"model":"m"})");
    EXPECT_EQ(parsed(R"({"model":"m",)" + metadata + "}").body, R"({"model":"m"})");
    EXPECT_EQ(parsed("{" + metadata + "}").body, "{}");
    EXPECT_EQ(parsed(R"({"model":"m","metadata":{}})").body, R"({"model":"m","metadata":{}})");
}

TEST(CreateRequest, EscapedSpellingsOfTheKeysAreTheKeys) {
    const CreateRequest request = parsed(
        R"({"meta\u0064ata":{"completion\u005fwebhook":"http:\/\/127.0.0.1\/","webhook_toke\u006e":"t"}})");
    EXPECT_EQ(request.body, "{}");
    ASSERT_TRUE(request.callback.destination);
    EXPECT_EQ(request.callback.destination->token, "t");
    EXPECT_EQ(request.echoed_metadata->find("webhook_toke"), std::string::npos);
}

TEST(CreateRequest, ATokenWithoutAUrlGoesNowhereEither) {
    const CreateRequest request = parsed(R"({"metadata":{"webhook_token":"t","a":"b"}})");
    EXPECT_EQ(request.body, R"({"metadata":{"a":"b"}})");
    EXPECT_EQ(request.echoed_metadata, R"({"a":"b"})");
    EXPECT_FALSE(request.callback.destination);
    EXPECT_FALSE(request.callback.ignored);
}

TEST(CreateRequest, AnUnusableUrlChangesNothingButIsExplained) {
    const CreateRequest request =
        parsed(R"({"metadata":{"completion_webhook":"ftp://h/secret","a":"b"}})");
    EXPECT_EQ(request.body, R"({"metadata":{"a":"b"}})");
    EXPECT_FALSE(request.callback.destination);
    ASSERT_TRUE(request.callback.ignored);
    EXPECT_EQ(request.callback.ignored->code, "url_scheme");
    EXPECT_EQ(request.callback.ignored->reason.find("secret"), std::string::npos);
}

TEST(CreateRequest, BackgroundIsOursOnResponsesOnly) {
    const CreateRequest background = parsed(R"({"background":true,"input":"x"})");
    EXPECT_TRUE(background.background);
    EXPECT_EQ(background.body, R"({"input":"x"})");
    EXPECT_FALSE(parsed(R"({"background":false,"a":1})").background);
    const std::string body = R"({"background":true,"messages":[]})";
    EXPECT_EQ(parsed(body, ApiKind::kChatCompletions).body, body);
    const CreateRequest both = parsed(
        R"({"background":true,"metadata":{"completion_webhook":"http://127.0.0.1/","k":"v"},"z":0})");
    EXPECT_EQ(both.body, R"({"metadata":{"k":"v"},"z":0})");
}

TEST(CreateRequest, WrongTypesNameTheParam) {
    EXPECT_EQ(paramAtFault(R"({"model":1})"), "model");
    EXPECT_EQ(paramAtFault(R"({"stream":"yes"})"), "stream");
    EXPECT_EQ(paramAtFault(R"({"background":1})"), "background");
    EXPECT_EQ(paramAtFault(R"({"metadata":"x"})"), "metadata");
    EXPECT_EQ(paramAtFault(R"({"background":true,"stream":true})"), "stream");
    EXPECT_TRUE(
        parseCreateRequest(kApi, R"({"model":null,"stream":null,"metadata":null})", policy()).ok());
}

TEST(CreateRequest, OnlyStrictJsonIsTaken) {
    for (const char* body : {"", "[]", "\"x\"", "{", R"({"a":1,"a":2})", "{}"})
        EXPECT_EQ(paramAtFault(body), "") << body;
}

}  // namespace
}  // namespace waybill::server
