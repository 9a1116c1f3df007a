// Do times, statuses and states read as a person would write them?
#include "waybill/in_words.h"

#include <gtest/gtest.h>

namespace waybill {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Timestamp kNow = *parseTimestamp("2026-11-21T20:24:38Z");

TEST(InWords, DurationsHaveAtMostTwoUnits) {
    EXPECT_EQ(durationInWords(microseconds(850)), "850 µs");
    EXPECT_EQ(durationInWords(milliseconds(12)), "12 ms");
    EXPECT_EQ(durationInWords(seconds(1)), "1 second");
    EXPECT_EQ(durationInWords(milliseconds(4750)), "4.7 seconds");
    EXPECT_EQ(durationInWords(milliseconds(30'500)), "30 seconds");
    EXPECT_EQ(durationInWords(minutes(5)), "5 minutes");
    EXPECT_EQ(durationInWords(seconds(61)), "1 minute 1 second");
    EXPECT_EQ(durationInWords(hours(2) + minutes(5) + seconds(59)), "2 hours 5 minutes");
    EXPECT_EQ(durationInWords(days(3) + hours(4) + minutes(59)), "3 days 4 hours");
    EXPECT_EQ(durationInWords(-minutes(5)), "5 minutes");
}

TEST(InWords, ShortDurationsFitAColumn) {
    EXPECT_EQ(shortDuration(Duration::zero()), "0µs");
    EXPECT_EQ(shortDuration(milliseconds(999)), "999ms");
    EXPECT_EQ(shortDuration(milliseconds(9'999)), "9.9s");
    EXPECT_EQ(shortDuration(seconds(312)), "5m12s");
    EXPECT_EQ(shortDuration(days(40)), "40d");
}

TEST(InWords, TimesSayTheirZoneAndStatusesTheirName) {
    EXPECT_EQ(timeInWords(kNow), "2026-11-21 20:24:38 UTC");
    EXPECT_EQ(httpStatusInWords(503), "503 Service Unavailable");
    EXPECT_EQ(httpStatusInWords(799), "799");
}

DeliveryView view(std::string status) {
    DeliveryView delivery;
    delivery.status = std::move(status);
    delivery.round = 1;
    delivery.max_attempts = 4;
    delivery.updated_at = kNow;
    return delivery;
}

TEST(InWords, APendingDeliverySaysWhenItsNextAttemptIsDue) {
    DeliveryView delivery = view("pending");
    delivery.attempt_count = 1;
    delivery.next_attempt_at = kNow + minutes(5);
    delivery.last_attempt = {.attempt = 1, .status = AttemptStatus::kFailed, .http_status = 503};
    EXPECT_EQ(
        statusInWords(delivery, kNow),
        "Waiting: attempt 2 is due in 5 minutes, at 2026-11-21 20:29:38 UTC; the last one got "
        "503 Service Unavailable.");
    EXPECT_EQ(statusInWords(delivery, kNow + minutes(7)),
              "Waiting: attempt 2 has been due for 2 minutes, at 2026-11-21 20:29:38 UTC; the last "
              "one got 503 Service Unavailable.");
}

TEST(InWords, AHeldDeliverySaysWhatHoldsIt) {
    DeliveryView delivery = view("pending");
    delivery.held_by = "endpoint_paused";
    delivery.next_attempt_at = kNow;
    EXPECT_EQ(statusInWords(delivery, kNow + seconds(2)),
              "Held, because its endpoint is paused: attempt 1 has been due for 2 seconds, at "
              "2026-11-21 20:24:38 UTC.");
}

TEST(InWords, AFinishedDeliverySaysThatNothingMoreIsSent) {
    DeliveryView delivered = view("delivered");
    delivered.attempt_count = 2;
    delivered.last_attempt = {
        .attempt = 2, .status = AttemptStatus::kSucceeded, .http_status = 200};
    EXPECT_EQ(statusInWords(delivered, kNow),
              "Delivered at 2026-11-21 20:24:38 UTC by attempt 2 with 200 OK. Nothing more will be "
              "sent.");

    DeliveryView failed = view("failed");
    failed.attempt_count = 4;
    failed.last_attempt = {
        .attempt = 4, .status = AttemptStatus::kFailed, .reason = FailureReason::kConnect};
    EXPECT_EQ(
        statusInWords(failed, kNow),
        "Failed at 2026-11-21 20:24:38 UTC: round 1 ended without success after 4 attempts in "
        "all; the last one got no connection. Nothing more will be sent unless it is "
        "re-delivered.");
}

TEST(InWords, ACancelledDeliveryWarnsOfAnAttemptOnTheWire) {
    DeliveryView delivery = view("cancelled");
    delivery.last_attempt = {.attempt = 1, .status = AttemptStatus::kAttempting};
    EXPECT_EQ(
        statusInWords(delivery, kNow),
        "Cancelled at 2026-11-21 20:24:38 UTC. Attempt 1 is still on the wire: a 2xx makes it "
        "delivered.");
}

TEST(InWords, AUrlOfAnotherOriginSaysWhatGoesThereAndWhatStaysBehind) {
    const auto words = [](const char* url, bool with_token = false) {
        return otherOriginInWords("https://a.example:443", url, with_token);
    };
    EXPECT_EQ(words("http://B.example/in-the-path?q"),
              "http://b.example:80 is another origin than https://a.example:443, where this "
              "delivery goes. It will see the payload; the token that was given for "
              "https://a.example:443, if there is one, stays behind.");
    EXPECT_NE(words("http://b.example#x", true).find("see the payload and the token given here"),
              std::string::npos);
    for (const char* same :
         {"https://A.example/new", "https://a.example.:443", "https://a.example"})
        EXPECT_EQ(words(same), "") << same;
    for (const char* unfinished :
         {"", "https", "https:/", "https://", "//b.example/", "b.example/"})
        EXPECT_EQ(words(unfinished), "") << unfinished;
}

TEST(InWords, AResponseWithoutADeliverySaysWhyAndWhatCanBeDone) {
    const EventView created{1,
                            "resp_1",
                            1,
                            "response_created",
                            kNow,
                            "client:a",
                            R"({"kind":"response","client":"a","run":1})",
                            {}};
    const auto event = [](const char* type, const char* data) {
        return EventView{2, "resp_1", 2, type, kNow, "engine", data, {}};
    };
    const auto ignored = event(
        "callback_ignored",
        R"({"code":"url_refused_address","reason":"It is loopback: --allow-network loopback."})");
    const auto completed = event("response_completed",
                                 R"({"status":"completed","payload_digest":")"
                                 "0000000000000000000000000000000000000000000000000000000000000000"
                                 R"(","payload_bytes":2})");
    const std::string remedy = " Its object can be sent now: waybill redeliver resp_1 --url URL.";
    EXPECT_EQ(noCallbackInWords({created, ignored, completed}),
              "The callback that was asked for is not sent (url_refused_address): It is loopback: "
              "--allow-network loopback." +
                  remedy);
    EXPECT_EQ(noCallbackInWords({created, completed}), "Its call asked for no callback." + remedy);
    EXPECT_EQ(noCallbackInWords({created}), "The response is still being made.");
    EXPECT_EQ(noCallbackInWords({created, event("response_completed",
                                                R"({"status":"error","reason":"It was cut."})")}),
              "The call made no object, so there is nothing to send: It was cut.");
    EXPECT_EQ(noCallbackInWords({created, completed, event("response_deleted", "{}")}),
              "The response was deleted; there is nothing left to send.");
    EXPECT_EQ(noCallbackInWords({created, event("response_completed",
                                                R"({"status":"completed","delivery":"dlv_1"})")}),
              "");
    EXPECT_EQ(noCallbackInWords(
                  {created, completed, event("callback_requested", R"({"delivery":"dlv_1"})")}),
              "");
    EXPECT_EQ(noCallbackInWords({}), "");
}

}  // namespace
}  // namespace waybill
