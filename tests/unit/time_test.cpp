// Are times and durations written and read as RFC 3339 and the manual say?
#include "waybill/time.h"

#include <gtest/gtest.h>

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

Timestamp day(int year, unsigned month, unsigned day_of_month) {
    return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                                 static_cast<int>(day_of_month));
}

// ---- points in time

TEST(Timestamps, AreWrittenInUtcWithMicroseconds) {
    EXPECT_EQ(formatTimestamp(Timestamp{}), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(formatTimestamp(day(2026, 11, 21) + 20h + 24min + 38s + 7us),
              "2026-11-21T20:24:38.000007Z");
    EXPECT_EQ(formatTimestamp(day(1999, 12, 31) + 24h - 1us), "1999-12-31T23:59:59.999999Z");
    EXPECT_EQ(formatTimestamp(Timestamp{} - 1us), "1969-12-31T23:59:59.999999Z");
}

TEST(Timestamps, WhatIsWrittenIsReadBack) {
    for (const Timestamp time :
         {Timestamp{}, Timestamp{} - 1us, day(2024, 2, 29) + 12h, day(2000, 2, 29), day(1900, 3, 1),
          day(2026, 12, 31) + 23h + 59min + 59s + 999999us, day(9999, 12, 31), day(1, 1, 1)}) {
        EXPECT_EQ(parseTimestamp(formatTimestamp(time)), time) << formatTimestamp(time);
    }
}

TEST(Timestamps, AnyNumberOfDecimalsIsRead) {
    const Timestamp second = day(2026, 11, 21) + 1s;
    EXPECT_EQ(parseTimestamp("2026-11-21T00:00:01Z"), second);
    EXPECT_EQ(parseTimestamp("2026-11-21T00:00:01.5Z"), second + 500ms);
    EXPECT_EQ(parseTimestamp("2026-11-21T00:00:01.000001Z"), second + 1us);
    EXPECT_EQ(parseTimestamp("2026-11-21T00:00:01.0000019Z"), second + 1us);
    EXPECT_EQ(parseTimestamp("2026-11-21T00:00:01." + std::string(100, '9') + "Z"),
              second + 999999us);
}

TEST(Timestamps, OffsetsAreTakenOff) {
    const Timestamp noon = day(2026, 11, 21) + 12h;
    EXPECT_EQ(parseTimestamp("2026-11-21T12:00:00+00:00"), noon);
    EXPECT_EQ(parseTimestamp("2026-11-21T12:00:00-00:00"), noon);
    EXPECT_EQ(parseTimestamp("2026-11-21T13:30:00+01:30"), noon);
    EXPECT_EQ(parseTimestamp("2026-11-21T04:00:00-08:00"), noon);
    EXPECT_EQ(parseTimestamp("2026-11-22T02:00:00.000000+14:00"), noon);
    EXPECT_EQ(parseTimestamp("2026-11-21t12:00:00z"), noon);
    EXPECT_EQ(parseTimestamp("2026-11-21 12:00:00Z"), noon);
}

TEST(Timestamps, LeapDaysAndSecondsAreKnown) {
    EXPECT_EQ(parseTimestamp("2024-02-29T00:00:00Z"), day(2024, 2, 29));
    EXPECT_EQ(parseTimestamp("2000-02-29T00:00:00Z"), day(2000, 2, 29));
    EXPECT_EQ(parseTimestamp("2023-02-29T00:00:00Z"), std::nullopt);
    EXPECT_EQ(parseTimestamp("1900-02-29T00:00:00Z"), std::nullopt);
    EXPECT_EQ(parseTimestamp("2016-12-31T23:59:60Z"), day(2017, 1, 1));
}

TEST(Timestamps, WhatIsNoTimeIsNotRead) {
    for (const char* text : {"",
                             "2026",
                             "2026-11-21",
                             "2026-11-21T20:24:38",
                             "2026-11-21T20:24Z",
                             "2026-11-21T20:24:38.Z",
                             "2026-11-21T20:24:38Z ",
                             " 2026-11-21T20:24:38Z",
                             "2026-11-21T20:24:38Zulu",
                             "2026-13-21T20:24:38Z",
                             "2026-00-21T20:24:38Z",
                             "2026-11-31T20:24:38Z",
                             "2026-11-00T20:24:38Z",
                             "2026-11-21T24:00:00Z",
                             "2026-11-21T20:60:00Z",
                             "2026-11-21T20:24:61Z",
                             "2026-11-21T20:24:38+24:00",
                             "2026-11-21T20:24:38+01:60",
                             "2026-11-21T20:24:38+0100",
                             "2026-11-21T20:24:38+1:00",
                             "2026-11-21T20:24:38*01:00",
                             "26-11-21T20:24:38Z",
                             "2026-1-21T20:24:38Z",
                             "2026/11/21T20:24:38Z",
                             "-026-11-21T20:24:38Z",
                             "2026-11-21X20:24:38Z",
                             "2026-11-21T+0:24:38Z",
                             "1732219200",
                             "tomorrow"}) {
        EXPECT_EQ(parseTimestamp(text), std::nullopt) << text;
    }
    EXPECT_EQ(parseTimestamp(std::string_view("2026-11-21T20:24:38\0Z", 21)), std::nullopt);
}

// ---- durations

TEST(Durations, AreReadWithTheirUnit) {
    EXPECT_EQ(parseDuration("0"), 0s);
    EXPECT_EQ(parseDuration("0ms"), 0s);
    EXPECT_EQ(parseDuration("250ms"), 250ms);
    EXPECT_EQ(parseDuration("5s"), 5s);
    EXPECT_EQ(parseDuration("5m"), 5min);
    EXPECT_EQ(parseDuration("2h"), 2h);
    EXPECT_EQ(parseDuration("1d"), 24h);
    EXPECT_EQ(parseDuration("007s"), 7s);
    EXPECT_EQ(parseDuration("3653d"), 3653 * 24h);
}

TEST(Durations, WhatIsNoDurationIsNotRead) {
    for (const char* text : {"",
                             "5",
                             "s",
                             "-5s",
                             "+5s",
                             "1.5s",
                             "5 s",
                             " 5s",
                             "5s ",
                             "5S",
                             "5sec",
                             "5min",
                             "1h30m",
                             "1w",
                             "5us",
                             "3654d",
                             "315619201s",
                             "99999999999999999999s",
                             "9223372036854775807d",
                             "0x5s",
                             "five"}) {
        EXPECT_EQ(parseDuration(text), std::nullopt) << text;
    }
}

TEST(Durations, AreWrittenAsShortAsIsExact) {
    EXPECT_EQ(formatDuration(0s), "0");
    EXPECT_EQ(formatDuration(250ms), "250ms");
    EXPECT_EQ(formatDuration(1500ms), "1500ms");
    EXPECT_EQ(formatDuration(60s), "1m");
    EXPECT_EQ(formatDuration(90s), "90s");
    EXPECT_EQ(formatDuration(120min), "2h");
    EXPECT_EQ(formatDuration(24h), "1d");
    EXPECT_EQ(formatDuration(36h), "36h");
    EXPECT_EQ(formatDuration(1us), "1ms") << "nothing that lasts becomes nothing";
    EXPECT_EQ(formatDuration(1001us), "2ms");
    EXPECT_EQ(formatDuration(-5s), "0");
}

TEST(Durations, WhatIsWrittenIsReadBack) {
    for (const Duration duration : std::initializer_list<Duration>{
             0s, 1ms, 999ms, 1s, 59s, 60s, 61s, 3599s, 3600s, 3601s, 24h, 25h, 3653 * 24h}) {
        EXPECT_EQ(parseDuration(formatDuration(duration)), duration) << formatDuration(duration);
    }
}

}  // namespace
}  // namespace waybill::test
