// For how long does a receiver ask us to wait?
#include "http/retry_after.h"

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

using namespace std::chrono_literals;

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110
constexpr Timestamp kExample =
    std::chrono::sys_days(std::chrono::November / 6 / 1994) + 8h + 49min + 37s;

TEST(RetryAfter, Seconds) {
    EXPECT_EQ(parseRetryAfter("0", kExample), 0s);
    EXPECT_EQ(parseRetryAfter("120", kExample), 120s);
    EXPECT_EQ(parseRetryAfter("00120", kExample), 120s);
}

TEST(RetryAfter, EnormousIsBounded) {
    EXPECT_EQ(parseRetryAfter("99999999999999999999999999", kExample), 24h * 3653);
    EXPECT_EQ(parseRetryAfter("Fri, 31 Dec 9999 23:59:59 GMT", kExample), 24h * 3653);
}

TEST(RetryAfter, DateInAllThreeForms) {
    const Timestamp now = kExample - 90s;
    EXPECT_EQ(parseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now), 90s);
    EXPECT_EQ(parseRetryAfter("Sunday, 06-Nov-94 08:49:37 GMT", now), 90s);
    EXPECT_EQ(parseRetryAfter("Sun Nov  6 08:49:37 1994", now), 90s);
    EXPECT_EQ(parseRetryAfter("Wed Nov 16 08:49:37 1994", now), 90s + 240h);
}

TEST(RetryAfter, PastIsNow) {
    EXPECT_EQ(parseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", kExample + 1h), 0s);
}

TEST(RetryAfter, TwoDigitYearIsTheNearOne) {
    const Timestamp in_2026 = std::chrono::sys_days(std::chrono::January / 1 / 2026);
    EXPECT_EQ(parseRetryAfter("Friday, 02-Jan-26 00:00:00 GMT", in_2026), 24h);
    EXPECT_EQ(parseRetryAfter("Sunday, 06-Nov-94 08:49:37 GMT", in_2026), 0s);
}

TEST(RetryAfter, LeapDayAndLeapSecond) {
    const Timestamp before = std::chrono::sys_days(std::chrono::February / 29 / 2028);
    EXPECT_EQ(parseRetryAfter("Tue, 29 Feb 2028 00:00:60 GMT", before), 60s);
}

TEST(RetryAfter, AnythingElseIsNothing) {
    for (const auto* value : {"",
                              " ",
                              "-1",
                              "+1",
                              "1.5",
                              "1s",
                              "0x10",
                              "1 2",
                              "soon",
                              "Sun, 06 Nov 1994 08:49:37",
                              "Sun, 06 Nov 1994 08:49:37 UTC",
                              "Sun, 06 Nov 1994 08:49:37 GMT ",
                              "Sun,06 Nov 1994 08:49:37 GMT",
                              "Sun, 6 Nov 1994 08:49:37 GMT",
                              "sun, 06 nov 1994 08:49:37 gmt",
                              "Xyz, 06 Nov 1994 08:49:37 GMT",
                              "Sun, 06 Foo 1994 08:49:37 GMT",
                              "Thu, 31 Feb 1994 08:49:37 GMT",
                              "Sun, 00 Nov 1994 08:49:37 GMT",
                              "Sun, 06 Nov 1994 24:00:00 GMT",
                              "Sun, 06 Nov 1994 08:60:00 GMT",
                              "Sun, 06 Nov 1994 08:49:61 GMT",
                              "Sunday, 06-Nov-1994 08:49:37 GMT",
                              "Sun Nov 6 08:49:37 1994",
                              "1994-11-06T08:49:37Z"}) {
        EXPECT_EQ(parseRetryAfter(value, kExample), std::nullopt) << value;
    }
}

}  // namespace
}  // namespace waybill::http
