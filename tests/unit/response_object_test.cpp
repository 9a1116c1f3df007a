// Is an object what the backend made, with what is ours in its place?
#include "llm/response_object.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace waybill::server {
namespace {

using Json = nlohmann::json;

std::string finished(ApiKind api, const std::string& json, const std::string& id,
                     const CreateRequest& request = {}) {
    const auto facts = readObject(api, json);
    EXPECT_TRUE(facts);
    return finishObject(api, json, facts.value_or(ObjectFacts{}), id, request);
}

TEST(ResponseObject, ReadsIdAndStatus) {
    const auto facts = readObject(ApiKind::kResponses, R"({"status":"incomplete","id":"r1"})");
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->id, "r1");
    EXPECT_EQ(facts->status, "incomplete");
    EXPECT_EQ(readObject(ApiKind::kMessages, R"({"status":"odd"})")->status, "completed");
    for (const char* odd : {R"("odd")", R"("")", "5", "null", R"("we\u202eird")"}) {
        const std::string object = R"({"status":)" + std::string(odd);
        EXPECT_EQ(readObject(ApiKind::kResponses, object + "}")->status, "completed") << odd;
        EXPECT_EQ(readObject(ApiKind::kResponses, object + R"(,"error":null})")->status,
                  "completed");
        EXPECT_EQ(readObject(ApiKind::kResponses, object + R"(,"error":{"code":"c"}})")->status,
                  "failed");
    }
    for (const char* id : {R"({"id":7})", R"({"id":""})", R"({"id":"a b"})", R"({"x":1})"})
        EXPECT_EQ(readObject(ApiKind::kMessages, id)->id, "") << id;
    for (const char* text : {"", "<html>", "[]", "{}", "null"})
        EXPECT_FALSE(readObject(ApiKind::kMessages, text)) << text;
}

TEST(ResponseObject, KeepsItsBytesWhenItsIdIsFine) {
    const std::string json = " {\"id\":\"r1\", \"n\":1.0e0,\"metadata\":{\"x\":\"y\"} }";
    EXPECT_EQ(finished(ApiKind::kResponses, json, "r1"), json);
}

TEST(ResponseObject, AMissingOrTakenIdIsReplacedEverywhere) {
    EXPECT_EQ(finished(ApiKind::kMessages, R"({"id":null,"a":1})", "msg_1"),
              R"({"id":"msg_1","a":1})");
    EXPECT_EQ(finished(ApiKind::kMessages, R"({"a":1})", "msg_1"), R"({"a":1,"id":"msg_1"})");
    EXPECT_EQ(
        finished(ApiKind::kResponses, R"({"id":"r1","output":[{"of":"r1","x":"r12"}]})", "r2"),
        R"({"id":"r2","output":[{"of":"r2","x":"r12"}]})");
}

TEST(ResponseObject, EchoesTheRequestsMetadataOnResponsesOnly) {
    CreateRequest request;
    request.echoed_metadata = R"({"completion_webhook":"u", "a":1.0})";
    EXPECT_EQ(finished(ApiKind::kResponses, R"({"id":"r","metadata":{},"z":0})", "r", request),
              R"({"id":"r","metadata":{"completion_webhook":"u", "a":1.0},"z":0})");
    EXPECT_EQ(finished(ApiKind::kResponses, R"({"id":"r"})", "r", request),
              R"({"id":"r","metadata":{"completion_webhook":"u", "a":1.0}})");
    EXPECT_EQ(finished(ApiKind::kMessages, R"({"id":"r","metadata":{}})", "r", request),
              R"({"id":"r","metadata":{}})");
}

TEST(ResponseObject, OneMadeInTheBackgroundSaysSoAndNoOther) {
    CreateRequest request;
    request.background = true;
    for (const char* json : {R"({"id":"r","background":false})", R"({"id":"r","background":null})",
                             R"({"id":"r","background":true})", R"({"id":"r"})"}) {
        EXPECT_EQ(finished(ApiKind::kResponses, json, "r", request),
                  R"({"id":"r","background":true})");
        EXPECT_EQ(finished(ApiKind::kResponses, json, "r"), json);
    }
}

TEST(ResponseObject, AQueuedOneHasAllThatOpenAiRequires) {
    CreateRequest request;
    request.background = true;
    request.body =
        R"({"model":"m","instructions":"be brief","temperature":0.10,"metadata":{"a":"b"}})";
    const std::string text = queuedObject("resp_1", 1700000000, request);
    const Json json = Json::parse(text);
    for (const char* key : {"id", "object", "created_at", "error", "incomplete_details",
                            "instructions", "model", "tools", "output", "parallel_tool_calls",
                            "metadata", "tool_choice", "temperature", "top_p", "status", "usage"})
        EXPECT_TRUE(json.contains(key)) << key;
    EXPECT_EQ(json["status"], "queued");
    EXPECT_EQ(json["background"], true);
    EXPECT_EQ(json["instructions"], "be brief");
    EXPECT_NE(text.find("\"temperature\":0.10"), std::string::npos);
    EXPECT_EQ(metadataIn(text), R"({"a":"b"})");

    const Json failed = Json::parse(failedObject(text, "no \"model\""));
    EXPECT_EQ(failed["id"], "resp_1");
    EXPECT_EQ(failed["status"], "failed");
    EXPECT_EQ(failed["background"], true);
    EXPECT_EQ(failed["error"], Json::parse(R"({"code":"server_error","message":"no \"model\""})"));
    const Json said = Json::parse(failedObject(text, BackendError{"busy", "t", "", "p", 429}));
    EXPECT_EQ(said["error"], Json::parse(R"({"code":"t","message":"busy","type":"t","param":"p",)"
                                         R"("http_status":429})"));
}

}  // namespace
}  // namespace waybill::server
