// What operators see beside single deliveries, in its JSON form and back.
#include "waybill/operator_views.h"

#include <Poco/Exception.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace waybill::test {

namespace {

using namespace std::chrono_literals;

Timestamp at(const char* text) {
    return parseTimestamp(text).value();
}

EndpointView failingEndpoint() {
    EndpointView endpoint;
    endpoint.endpoint = "https://example.com:443";
    endpoint.state = "failing";
    endpoint.paused = true;
    endpoint.paused_by = "operator:ann";
    endpoint.pause_reason = "is being \"mended\"";
    endpoint.pending = 7;
    endpoint.in_flight = 2;
    endpoint.oldest_due = at("2026-11-21T20:00:00Z");
    endpoint.accepted = 100;
    endpoint.delivered = 60;
    endpoint.failed = 3;
    endpoint.attempts_succeeded = 60;
    endpoint.attempts_failed = 30;
    endpoint.success_rate = 2.0 / 3;
    endpoint.latency = {12ms, 340ms, 2s};
    endpoint.last_error = "connect: connection refused";
    endpoint.last_error_at = at("2026-11-21T20:01:00.25Z");
    endpoint.last_success_at = at("2026-11-21T19:00:00Z");
    endpoint.failing_since = at("2026-11-21T19:30:00Z");
    endpoint.history = {{10, 0}, {0, 4}};
    return endpoint;
}

StatsView twoSteps() {
    StatsView stats;
    stats.since = at("2026-11-21T20:00:00Z");
    stats.until = at("2026-11-21T20:02:00Z");
    stats.step = 1min;
    stats.total = {stats.since, 5, 4, 1, 4, 6, {10ms, 20ms, 30ms}};
    stats.points = {{stats.since, 3, 2, 1, 2, 6, {10ms, 20ms, std::nullopt}},
                    {at("2026-11-21T20:01:00Z"), 2, 2, 0, 2, 0, {}}};
    stats.pending = 8;
    stats.in_flight = 1;
    stats.finally_failed = 9;
    stats.oldest_due = at("2026-11-21T19:59:59Z");
    return stats;
}

BulkView runningBulk() {
    BulkView bulk;
    bulk.id = "blk_1";
    bulk.state = "running";
    bulk.matched = 100;
    bulk.endpoints = 3;
    bulk.done = 40;
    bulk.refused = 2;
    bulk.rate = 0.5;
    bulk.expected_time = 200s;
    bulk.filter = R"({"status":"failed","since":"2026-11-21T20:00:00Z"})";
    bulk.actor = "operator:ann";
    bulk.reason = "after the outage";
    bulk.created_at = at("2026-11-21T20:00:00Z");
    bulk.finished_at = at("2026-11-21T21:00:00Z");
    return bulk;
}

}  // namespace

TEST(OperatorViews, AnEndpointComesBackAsItWent) {
    const std::string json = toJson(failingEndpoint());
    EXPECT_EQ(toJson(endpointViewFromJson(json)), json);
    const EndpointView back = endpointViewFromJson(json);
    EXPECT_EQ(back.pause_reason, "is being \"mended\"");
    EXPECT_EQ(back.success_rate, 2.0 / 3);
    EXPECT_EQ(back.latency.p95, Duration(340ms));
    ASSERT_EQ(back.history.size(), 2u);
    EXPECT_EQ(back.history[1].failed, 4u);
}

TEST(OperatorViews, WhatAnEndpointDoesNotHaveIsNull) {
    const auto json = nlohmann::json::parse(toJson(EndpointView{}));
    for (const char* name : {"paused_by", "pause_reason", "oldest_due", "success_rate",
                             "last_error", "last_error_at", "last_success_at", "failing_since"}) {
        EXPECT_TRUE(json.at(name).is_null()) << name;
    }
    EXPECT_TRUE(json.at("latency_us").at("p50").is_null());
    EXPECT_EQ(json.at("history"), nlohmann::json::array());
    EXPECT_FALSE(endpointViewFromJson(json.dump()).success_rate);
}

TEST(OperatorViews, FiguresOverTimeComeBackAsTheyWent) {
    const std::string json = toJson(twoSteps());
    EXPECT_EQ(toJson(statsViewFromJson(json)), json);
    const StatsView back = statsViewFromJson(json);
    EXPECT_EQ(back.step, Duration(1min));
    ASSERT_EQ(back.points.size(), 2u);
    EXPECT_EQ(back.points[0].attempts_failed, 6u);
    EXPECT_FALSE(back.points[1].latency.p50);
    EXPECT_EQ(nlohmann::json::parse(json).at("step_us"), 60'000'000);
    EXPECT_FALSE(back.client_limits);
}

TEST(OperatorViews, WhatClientsMayCauseComesBackAsItWent) {
    StatsView stats = twoSteps();
    stats.client_limits = {10, 1s, 5000, 600'000, 1'000'000'000'000, 1, 2, 3, 4, 5};
    const std::string json = toJson(stats);
    EXPECT_EQ(toJson(statsViewFromJson(json)), json);
    EXPECT_EQ(nlohmann::json::parse(json).at("client_limits"),
              nlohmann::json::parse(
                  R"({"max_retries":10,"min_retry_delay_us":1000000,"deliveries_per_second":5000,)"
                  R"("attempts_per_minute":600000,"pending_bytes":1000000000000,"refused":)"
                  R"({"deliveries":1,"attempts":2,"pending_bytes":3,"waiting":4},"held_back":5})"));
}

TEST(OperatorViews, ABulkRunComesBackAsItWent) {
    const std::string json = toJson(runningBulk());
    EXPECT_EQ(toJson(bulkViewFromJson(json)), json);
    EXPECT_EQ(bulkViewFromJson(json).filter, runningBulk().filter);
    EXPECT_EQ(nlohmann::json::parse(json).at("filter").at("status"), "failed");
}

TEST(OperatorViews, ADryRunHasNeitherIdNorRate) {
    BulkView dry;
    dry.state = "dry_run";
    const auto json = nlohmann::json::parse(toJson(dry));
    EXPECT_TRUE(json.at("id").is_null());
    EXPECT_TRUE(json.at("rate").is_null());
    EXPECT_TRUE(json.at("filter").is_null());
    EXPECT_EQ(bulkViewFromJson(json.dump()).id, "");
}

TEST(OperatorViews, AResponseComesBackAsItWent) {
    const Response stored{.id = "resp_1",
                          .state = ResponseState::kCompleted,
                          .object_id = "chatcmpl-1",
                          .kind = "chat.completion",
                          .client = "acme",
                          .model = "m",
                          .status = "completed",
                          .payload_bytes = 7,
                          .delivery = "dlv_1",
                          .created_at = at("2026-11-21T20:00:00Z"),
                          .updated_at = at("2026-11-21T20:00:02Z"),
                          .payload_position = 2};
    ResponseView view = viewOf(stored, "pending");
    view.expires_at = at("2026-11-22T20:00:02Z");
    const std::string json = toJson(view);
    EXPECT_EQ(toJson(responseViewFromJson(json)), json);
    const ResponseView back = responseViewFromJson(json);
    EXPECT_EQ(back.id, "chatcmpl-1");
    EXPECT_EQ(back.finished_at, stored.updated_at);
    EXPECT_EQ(back.delivery_status, "pending");
    EXPECT_EQ(back.payload_bytes, 7u);
}

TEST(OperatorViews, AResponseThatIsMadeNamesItsStreamAndOneThatIsGoneSaysSo) {
    Response response{.id = "resp_1", .state = ResponseState::kCreated, .status = "in_progress"};
    EXPECT_EQ(viewOf(response, "").id, "resp_1");
    EXPECT_FALSE(viewOf(response, "").finished_at);
    EXPECT_TRUE(nlohmann::json::parse(toJson(viewOf(response, ""))).at("payload").is_null());
    response.state = ResponseState::kCallFailed;
    EXPECT_EQ(viewOf(response, "").status, "error");
    response.state = ResponseState::kDeleted;
    EXPECT_EQ(viewOf(response, "").status, "deleted");
    EXPECT_FALSE(viewOf(response, "").finished_at);
}

TEST(OperatorViews, ACheckComesBackAsItWent) {
    CheckView check;
    check.endpoint = "http://127.0.0.1:9";
    check.summary = "It would be refused.";
    check.steps = {{"url", true, "usable"}, {"address", false, "loopback"}};
    const std::string json = toJson(check);
    EXPECT_EQ(toJson(checkViewFromJson(json)), json);
    EXPECT_EQ(checkViewFromJson(json).steps.at(1).explanation, "loopback");
}

TEST(OperatorViews, InfoComesBackAsItWent) {
    InfoView info;
    info.version = "0.1.0";
    info.log_id = "00112233445566778899aabbccddeeff";
    info.head_position = 12;
    info.head_hash = std::string(64, 'a');
    info.started_at = at("2026-11-21T20:00:00Z");
    info.now = at("2026-11-21T20:00:01Z");
    info.ready = true;
    info.actor = "operator:ann";
    info.role = "viewer";
    info.source = "daemon";
    info.max_in_flight = 4096;
    info.max_in_flight_per_endpoint = 256;
    info.index_position = 11;
    info.index_problem = "index.db: disk full";
    const std::string json = toJson(info);
    EXPECT_EQ(toJson(infoViewFromJson(json)), json);
    EXPECT_EQ(infoViewFromJson(json).max_in_flight, 4096u);
    EXPECT_TRUE(nlohmann::json::parse(json).at("problem").is_null());
    info.actor_claimed = true;
    EXPECT_TRUE(infoViewFromJson(toJson(info)).actor_claimed);
    auto earlier = nlohmann::json::parse(toJson(info));
    earlier.erase("actor_claimed");
    EXPECT_FALSE(infoViewFromJson(earlier.dump()).actor_claimed)
        << "an earlier daemon says nothing";
}

TEST(OperatorViews, WhatIsMissingOrOfAnotherTypeIsNamed) {
    auto json = nlohmann::json::parse(toJson(failingEndpoint()));
    json["success_rate"] = "high";
    try {
        endpointViewFromJson(json.dump());
        FAIL() << "a success rate is a number";
    } catch (const Poco::DataException& error) {
        EXPECT_NE(error.message().find("success_rate"), std::string::npos);
    }
    json.erase("success_rate");
    EXPECT_THROW(endpointViewFromJson(json.dump()), Poco::DataException);
    EXPECT_THROW(statsViewFromJson("[]"), Poco::DataException);
    EXPECT_THROW(bulkViewFromJson("{"), Poco::DataException);
    EXPECT_THROW(checkViewFromJson(R"({"endpoint":null,"ok":true,"summary":"","steps":{}})"),
                 Poco::DataException);
    EXPECT_THROW(infoViewFromJson("{}"), Poco::DataException);
}

TEST(OperatorViews, AnAnswerThatHidesMoreThanItsJsonIsRefused) {
    const std::string answer = toJson(CheckView{});
    EXPECT_NO_THROW(checkViewFromJson(answer));
    for (const std::string& other : {answer + '\0' + "more", "\xEF\xBB\xBF" + answer})
        EXPECT_THROW(checkViewFromJson(other), Poco::DataException);
}

TEST(OperatorViews, TheLogSaysHowABulkRunStands) {
    BulkRedelivery bulk;
    bulk.id = "blk_1";
    bulk.requested = true;
    bulk.matched = 90;
    bulk.rate_per_minute = 30;
    EXPECT_EQ(viewOf(bulk).state, "running");
    EXPECT_EQ(viewOf(bulk).rate, 0.5);
    EXPECT_EQ(viewOf(bulk).expected_time, Duration(180s));
    bulk.paused = true;
    EXPECT_EQ(viewOf(bulk).state, "paused");
    bulk.finished = true;
    bulk.updated_at = at("2026-11-21T20:00:01Z");
    EXPECT_EQ(viewOf(bulk).state, "finished");
    EXPECT_EQ(viewOf(bulk).finished_at, bulk.updated_at);
    bulk.stopped = true;
    EXPECT_EQ(viewOf(bulk).state, "stopped");
}

}  // namespace waybill::test
