// Is what operators send read as they mean it, and refused where it cannot be meant?
#include "operator/request_bodies.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

/// The member that a body is refused for; `none` when it is accepted.
template <typename Parsed>
std::string faultOf(const Result<Parsed>& parsed) {
    if (parsed.ok()) return "none";
    EXPECT_EQ(parsed.refusal().code, RefusalCode::kInvalid);
    EXPECT_FALSE(parsed.refusal().message.empty());
    return parsed.refusal().param;
}

TEST(RequestBodies, AnActionMaySayNothing) {
    const auto action = parseAction("", {"reason", "url", "token"});
    ASSERT_TRUE(action.ok());
    EXPECT_EQ(action->reason, "");
    EXPECT_FALSE(action->url);
    EXPECT_FALSE(parseAction(R"({"url":null})", {"reason", "url"})->url);
}

TEST(RequestBodies, AnActionIsRead) {
    const auto action =
        parseAction(R"( {"reason":"be\u0063ause","token":""} )", {"reason", "url", "token"});
    ASSERT_TRUE(action.ok());
    EXPECT_EQ(action->reason, "because");
    EXPECT_EQ(action->token, "");
}

TEST(RequestBodies, AnActionIsRefusedByMember) {
    EXPECT_EQ(faultOf(parseAction(R"({"reason":1})", {"reason"})), "reason");
    EXPECT_EQ(faultOf(parseAction(R"({"url":"x"})", {"reason"})), "url");
    EXPECT_EQ(faultOf(parseAction("[]", {"reason"})), "");
    EXPECT_EQ(faultOf(parseAction("{", {"reason"})), "");
}

TEST(RequestBodies, ABulkRequestIsRead) {
    const auto bulk = parseBulkRequest(
        R"({"filter":{"status":"failed","http_status":503,"since":"2026-11-21T20:00:00Z"},)"
        R"("dry_run":true,"limit":7,"rate":0.5,"reason":"r"})",
        true);
    ASSERT_TRUE(bulk.ok());
    EXPECT_EQ(bulk->filter.status, "failed");
    EXPECT_EQ(bulk->filter.http_status, 503);
    EXPECT_TRUE(bulk->filter.since);
    EXPECT_TRUE(bulk->dry_run);
    EXPECT_EQ(bulk->limit, 7U);
    EXPECT_EQ(bulk->rate, 0.5);
    EXPECT_EQ(deliveryFilterFromJson(toJson(bulk->filter)), bulk->filter);
}

TEST(RequestBodies, EverythingAtOnceMustBeMeant) {
    EXPECT_EQ(faultOf(parseBulkRequest("{}", true)), "filter");
    EXPECT_EQ(faultOf(parseBulkRequest(R"({"filter":{}})", true)), "filter");
    EXPECT_EQ(faultOf(parseBulkRequest(R"({"all":true})", true)), "none");
}

TEST(RequestBodies, ABulkRequestIsRefusedByMember) {
    EXPECT_EQ(faultOf(parseBulkRequest(R"({"filter":{"client":3}})", true)), "filter.client");
    EXPECT_EQ(faultOf(parseBulkRequest(R"({"filter":{"http_status":"503"}})", true)),
              "filter.http_status");
    EXPECT_EQ(faultOf(parseBulkRequest(R"({"all":true,"rate":1e400})", true)), "rate");
    EXPECT_EQ(faultOf(parseBulkRequest(R"({"all":true,"limit":1.5})", true)), "limit");
    EXPECT_EQ(faultOf(parseBulkRequest(R"({"all":true,"rate":1})", false)), "rate");
}

TEST(RequestBodies, AnEndpointIsNamedAsEventsNameIt) {
    EXPECT_EQ(parseEndpointBody(R"({"endpoint":"HTTPS://Example.COM"})")->endpoint,
              "https://example.com:443");
    EXPECT_EQ(parseEndpointBody(R"({"endpoint":"http://10.0.0.1:80/"})")->endpoint,
              "http://10.0.0.1:80");
    EXPECT_EQ(parseEndpointBody(R"({"endpoint":"*"})")->endpoint, "*");
    EXPECT_EQ(faultOf(parseEndpointBody(R"({"endpoint":"https://a.example/x"})")), "endpoint");
    EXPECT_EQ(faultOf(parseEndpointBody(R"({"endpoint":"*","client":"acme"})")), "client");
}

}  // namespace
}  // namespace waybill::server
