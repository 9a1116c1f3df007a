// Do deliveries, attempts and events have the one JSON form that programs rely on?
#include "waybill/views.h"

#include <Poco/Exception.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace waybill {
namespace {

using std::chrono::microseconds;

const Timestamp kTime = *parseTimestamp("2026-11-21T20:24:38.000123Z");

DeliveryView sampleDelivery() {
    DeliveryView delivery;
    delivery.id = "dlv_1";
    delivery.url = "https://example.com/hook";
    delivery.endpoint = "https://example.com:443";
    delivery.client = "acme";
    delivery.subject = "resp_1";
    delivery.status = "pending";
    delivery.round = 1;
    delivery.attempt_count = 1;
    delivery.max_attempts = 4;
    delivery.retry_delays = {std::chrono::seconds(5), microseconds(7)};
    delivery.next_attempt_at = kTime + microseconds(5);
    delivery.created_at = kTime;
    delivery.updated_at = kTime;
    delivery.payload_bytes = 12;
    delivery.payload_sha256 = std::string(64, 'a');
    delivery.content_type = "application/json";
    delivery.last_attempt = {.attempt = 1,
                             .cause = AttemptCause::kFirst,
                             .status = AttemptStatus::kFailed,
                             .started_at = kTime,
                             .duration = microseconds(1234),
                             .http_status = 503,
                             .reason = FailureReason::kHttpStatus};
    return delivery;
}

AttemptView sampleAttempt() {
    AttemptView attempt;
    attempt.attempt = 1;
    attempt.round = 1;
    attempt.started_at = kTime;
    attempt.duration = microseconds(1234);
    attempt.status = AttemptStatus::kFailed;
    attempt.http_status = 503;
    attempt.reason = FailureReason::kHttpStatus;
    attempt.explanation = "The endpoint answered 503.";
    attempt.remote_address = "192.0.2.7:443";
    attempt.timings = {.dns = microseconds(1),
                       .connect = microseconds(2),
                       .first_byte = microseconds(4),
                       .total = microseconds(1234)};
    attempt.request_headers = {{"webhook-id", "dlv_1"}, {"Authorization", "Bearer ***"}};
    attempt.response_head =
        "HTTP/1.1 503 Service Unavailable\r\nVary: a\r\nRetry-After: 7\r\nVary: b\r\n\r\n";
    attempt.response_body = "busy";
    attempt.response_body_bytes = 4;
    attempt.retry_at = kTime;
    attempt.outcome_position = 3;
    return attempt;
}

TEST(Views, ADeliveryHasTheMembersTheApiPromises) {
    EXPECT_EQ(
        toJson(sampleDelivery()),
        R"({"id":"dlv_1","url":"https://example.com/hook","endpoint":"https://example.com:443",)"
        R"("client":"acme","subject":"resp_1","status":"pending","held_by":null,"round":1,)"
        R"("attempt_count":1,"max_attempts":4,"retry_delays_us":[5000000,7],)"
        R"("next_attempt_at":"2026-11-21T20:24:38.000128Z",)"
        R"("created_at":"2026-11-21T20:24:38.000123Z","updated_at":"2026-11-21T20:24:38.000123Z",)"
        R"("payload":{"bytes":12,"sha256":")" +
            std::string(64, 'a') +
            R"(","content_type":"application/json"},"last_attempt":{"attempt":1,"cause":"first",)"
            R"("started_at":"2026-11-21T20:24:38.000123Z","duration_us":1234,"status":"failed",)"
            R"("http_status":503,"reason":"http_status"}})");
}

TEST(Views, WhatIsAbsentIsNull) {
    DeliveryView delivery = sampleDelivery();
    delivery.url.clear();
    delivery.subject.clear();
    delivery.next_attempt_at.reset();
    delivery.last_attempt = {};
    const auto json = nlohmann::json::parse(toJson(delivery));
    for (const char* name : {"url", "subject", "next_attempt_at", "last_attempt", "held_by"}) {
        EXPECT_TRUE(json.at(name).is_null()) << name;
    }
}

TEST(Views, AnAttemptOnTheWireHasNoDuration) {
    DeliveryView delivery = sampleDelivery();
    delivery.last_attempt.status = AttemptStatus::kAttempting;
    EXPECT_TRUE(
        nlohmann::json::parse(toJson(delivery)).at("last_attempt").at("duration_us").is_null());
}

TEST(Views, AnAttemptShowsWhatWasSentAndWhatCameBack) {
    const auto json = nlohmann::json::parse(toJson(sampleAttempt()));
    EXPECT_EQ(json.at("request").at("headers").at("webhook-id"), "dlv_1");
    const auto& response = json.at("response");
    EXPECT_EQ(response.at("status_line"), "HTTP/1.1 503 Service Unavailable");
    EXPECT_EQ(response.at("headers").at("Retry-After"), "7");
    EXPECT_EQ(response.at("headers").at("Vary"), "a, b");
    EXPECT_EQ(response.at("body"), "busy");
    EXPECT_EQ(json.at("timings_us").at("connect"), 2);
    EXPECT_TRUE(json.at("timings_us").at("tls").is_null());
    EXPECT_EQ(json.at("counts"), true);
}

TEST(Views, AHeadersValuesStandTogetherHoweverItIsWritten) {
    AttemptView attempt = sampleAttempt();
    attempt.response_head =
        "HTTP/1.1 200 OK\r\nVary: a \r\nX: 1\r\nvary: b\r\n  c\r\nVARY: d\r\nY:\r\n\tz\r\n";
    const auto json = nlohmann::json::parse(toJson(attempt));
    EXPECT_EQ(json.at("response").at("headers"),
              nlohmann::json({{"Vary", "a, b c, d"}, {"X", "1"}, {"Y", " z"}}));
}

TEST(Views, AnAttemptWithoutAnAnswerHasNoResponse) {
    AttemptView attempt = sampleAttempt();
    attempt.http_status.reset();
    attempt.response_head.clear();
    EXPECT_TRUE(nlohmann::json::parse(toJson(attempt)).at("response").is_null());
}

TEST(Views, ErasedBytesOfAnAnswerAreNullNotEmpty) {
    AttemptView attempt = sampleAttempt();
    attempt.response_head.clear();
    attempt.response_body.clear();
    const auto response = nlohmann::json::parse(toJson(attempt)).at("response");
    EXPECT_TRUE(response.at("headers").is_null());
    EXPECT_TRUE(response.at("body").is_null());
    EXPECT_EQ(response.at("body_bytes"), 4);
}

TEST(Views, AnAnswerThatIsNoTextStillMakesJson) {
    AttemptView attempt = sampleAttempt();
    attempt.response_head = "HTTP/1.1 500 \xff\r\n\x80\"\\: \x01\xfe\r\nno colon\r\n";
    attempt.response_body = std::string("\x00\xff", 2);
    const auto json = nlohmann::json::parse(toJson(attempt));
    EXPECT_EQ(json.at("response").at("headers").size(), 1u);
}

TEST(Views, ADetailReadsBackAsItWasWritten) {
    DeliveryDetail detail{sampleDelivery(), {sampleAttempt()}};
    const DeliveryDetail back = deliveryDetailFromJson(toJson(detail));
    EXPECT_EQ(toJson(back), toJson(detail));
    ASSERT_EQ(back.attempts.size(), 1u);
    EXPECT_EQ(back.attempts[0].timings, detail.attempts[0].timings);
    EXPECT_EQ(back.attempts[0].request_headers, detail.attempts[0].request_headers);
    EXPECT_EQ(back.delivery.last_attempt, detail.delivery.last_attempt);
}

TEST(Views, AnEventKeepsTheStoredTextOfItsData) {
    EventView event{.global_position = 7,
                    .stream = "dlv_1",
                    .position = 2,
                    .type = "attempt_started",
                    .recorded_at = kTime,
                    .actor = "engine",
                    .data = R"({"z":1,"a":{"b":[1,2]}})",
                    .hash = std::string(64, '0')};
    EXPECT_EQ(toJson(event),
              R"({"global_position":7,"stream":"dlv_1","position":2,"type":"attempt_started",)"
              R"("recorded_at":"2026-11-21T20:24:38.000123Z","actor":"engine",)"
              R"("data":{"z":1,"a":{"b":[1,2]}},"hash":")" +
                  std::string(64, '0') + R"("})");
    EXPECT_EQ(eventViewFromJson(toJson(event)).data, event.data);
}

TEST(Views, WhatIsNotADeliveryIsRefused) {
    for (const char* text : {"", "[]", "null", "{}", R"({"id":1})", R"({"id":"dlv_1"})",
                             "{\"id\":", "1e999", R"({"id":1e999})"}) {
        EXPECT_THROW(deliveryViewFromJson(text), Poco::DataException) << text;
    }
    auto json = nlohmann::json::parse(toJson(sampleDelivery()));
    json["round"] = -1;
    EXPECT_THROW(deliveryViewFromJson(json.dump()), Poco::DataException);
    json["round"] = 4294967296;
    EXPECT_THROW(deliveryViewFromJson(json.dump()), Poco::DataException);
    EXPECT_THROW(deliveryViewFromJson(std::string(100'000, '[')), Poco::DataException);
}

TEST(Views, ADeliveryWithAnEventOfALaterVersionIsHeldByItAndHasNoNextAttempt) {
    Delivery delivery;
    delivery.status = DeliveryStatus::kPending;
    delivery.next_attempt_at = kTime;
    delivery.from_later_version = true;
    const DeliveryView view = viewOf(delivery, "", true);
    EXPECT_EQ(view.held_by, "later_version");
    EXPECT_EQ(view.next_attempt_at, std::nullopt);
}

TEST(Views, AHeldDeliveryIsOneThatWaitsForAPausedEndpoint) {
    Delivery delivery;
    delivery.status = DeliveryStatus::kPending;
    delivery.next_attempt_at = kTime;
    EXPECT_EQ(viewOf(delivery, "", true).held_by, "endpoint_paused");
    EXPECT_EQ(viewOf(delivery, "", false).held_by, "");
    delivery.next_attempt_at.reset();
    EXPECT_EQ(viewOf(delivery, "", true).held_by, "");
}

}  // namespace
}  // namespace waybill
