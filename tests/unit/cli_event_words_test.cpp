// Does the live tail say what happened in words, and does a filter on the command line mean what it
// says?
#include "cli/event_words.h"

#include <gtest/gtest.h>

#include "cli/filter.h"

namespace waybill::cli {
namespace {

using namespace std::chrono_literals;

std::string wordsOf(const std::string& type, const std::string& data) {
    EventView event;
    event.type = type;
    event.data = data;
    event.recorded_at = Timestamp(1000s);
    return eventInWords(event).text;
}

TEST(EventWords, SayWhatBecameOfAnAttempt) {
    EXPECT_EQ(wordsOf("attempt_failed",
                      R"({"attempt":2,"reason":"http_status","http_status":503,)"
                      R"("timings_us":{"total":12000},"retry_at":"1970-01-01T00:21:40.000000Z"})"),
              "attempt 2 failed: 503 Service Unavailable after 12 ms; next in 5m");
    EXPECT_EQ(wordsOf("attempt_failed",
                      R"({"attempt":4,"reason":"connect","detail":"connection refused",)"
                      R"("http_status":null,"timings_us":{"total":90},"retry_at":null,)"
                      R"("round_end":"attempts_used"})"),
              "attempt 4 failed: connection refused after 90 µs; that was the last attempt of its "
              "round");
    EXPECT_EQ(wordsOf("attempt_succeeded",
                      R"({"attempt":1,"http_status":200,"timings_us":{"total":2000000}})"),
              "attempt 1 delivered: 200 OK after 2 seconds");
}

TEST(EventWords, SayWhereARedeliveryGoesAndWhatStaysBehind) {
    EXPECT_EQ(wordsOf("redelivery_requested", R"({"round":2,"reason":"mended"})"),
              "sent again, round 2: mended");
    EXPECT_EQ(wordsOf("redelivery_requested",
                      R"({"round":3,"reason":"moved","endpoint":"https://b.example:443",)"
                      R"("previous_endpoint":"https://a.example:443","token_changed":true,)"
                      R"("token_dropped":true})"),
              "sent again, round 3, to https://b.example:443 in place of https://a.example:443, "
              "without the token, which stays behind: moved");
    EXPECT_EQ(wordsOf("redelivery_requested",
                      R"({"round":3,"endpoint":"https://b.example:443","token_changed":true})"),
              "sent again, round 3, to https://b.example:443, with another token");
}

TEST(EventWords, SayHowMuchAnAcceptedLossHasCost) {
    EXPECT_EQ(wordsOf("loss_accepted", R"({"missing":2,"reason":"events 11 to 12 are missing"})"),
              "a start went on without at least 2 events that had been acknowledged: events 11 to "
              "12 are missing");
    EXPECT_EQ(wordsOf("loss_accepted", R"({"missing":0})"),
              "a start went on without events that had been acknowledged");
}

TEST(EventWords, SayWhoUsedACredentialForWhat) {
    EXPECT_EQ(wordsOf("access_recorded", R"({"kind":"payload_read","target":"dlv_1"})"),
              "a payload was read: dlv_1");
    EXPECT_EQ(
        wordsOf("access_recorded", R"({"kind":"login_failed","address":"192.0.2.7","count":50})"),
        "an operator's token was wrong or missing, from 192.0.2.7, 50 times");
}

TEST(EventWords, ShowWhatTheyDoNotKnowAsItIs) {
    EXPECT_EQ(wordsOf("something_new", R"({"a":1})"), R"(something_new {"a":1})");
    EXPECT_EQ(wordsOf("attempt_failed", "broken"), "attempt_failed broken");
    EXPECT_EQ(wordsOf("attempt_failed", R"({"attempt":"x","timings_us":7})").substr(0, 16),
              "attempt 0 failed");
}

TEST(FilterText, IsReadLikeTheOptions) {
    const Timestamp now(10h);
    const auto filter =
        filterFromText("status=failed,since=2h,http_status=503,q=https://a/?x=y", now);
    ASSERT_TRUE(filter.ok()) << filter.refusal().message;
    EXPECT_EQ(filter->status, "failed");
    EXPECT_EQ(filter->since, Timestamp(8h));
    EXPECT_EQ(filter->http_status, 503);
    EXPECT_EQ(filter->q, "https://a/?x=y");
    EXPECT_TRUE(isEmpty(*filterFromText("all", now)));
    EXPECT_EQ(filterFromText("endpoint=HTTPS://Hooks.Example", now)->endpoint,
              "https://hooks.example:443");
}

TEST(FilterText, IsRefusedWhereItMeansNothing) {
    for (const char* text : {"", "failed", "status=", "status=lost", "colour=red", "since=soon",
                             "status=failed,", "--status=failed"})
        EXPECT_FALSE(filterFromText(text, Timestamp(10h)).ok()) << text;
}

}  // namespace
}  // namespace waybill::cli
