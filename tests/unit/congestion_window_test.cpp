// Does the window follow what the answers say, and come back in time?
#include "engine/congestion_window.h"

#include <gtest/gtest.h>

#include <deque>

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

MonotonicTime at(Duration time) {
    return MonotonicTime(1h + time);
}

/// A window that met trouble `times` times at 0 s, when it was `size`.
CongestionWindow shrunken(std::uint32_t size, std::uint32_t limit, int times = 1) {
    CongestionWindow window(size, limit);
    for (int i = 0; i < times; ++i)
        window.halve(window.epoch(), at(0s));
    return window;
}

/// Keeps the window used up from 0 s on; each attempt is answered after `round_trip`, one after
/// the other or all that fit at the same time. How long until it has `size`; at most an hour.
Duration timeUntil(CongestionWindow window, std::uint32_t size, Duration round_trip, bool burst) {
    std::deque<Duration> answers;
    for (std::uint32_t i = 0; i < window.size(); ++i)
        answers.push_back(burst ? round_trip : round_trip * (i + 1) / window.size());
    while (answers.front() < 1h) {
        const Duration now = answers.front();
        answers.pop_front();
        window.grow(at(now), round_trip);
        if (window.size() >= size) return now;
        while (answers.size() < window.size())
            answers.push_back(now + round_trip);
    }
    return 1h;
}

TEST(CongestionWindow, GrowsByOneWithEveryAnswerUpToItsLimit) {
    CongestionWindow window(2, 4);
    for (const std::uint32_t size : {2U, 3U, 4U, 4U}) {
        EXPECT_EQ(window.size(), size);
        window.grow(at(0s), 1ms);
    }
}

TEST(CongestionWindow, HalvesAndIsNeverUnderOne) {
    CongestionWindow window(16, 256);
    for (const std::uint32_t size : {8U, 4U, 2U, 1U, 1U, 1U}) {
        window.halve(window.epoch(), at(0s));
        EXPECT_EQ(window.size(), size);
    }
}

TEST(CongestionWindow, WhatWasStartedBeforeItHalvedDoesNotHalveItAgain) {
    CongestionWindow window(256, 256);
    const std::uint32_t before = window.epoch();
    for (int i = 0; i < 8; ++i)
        window.halve(before, at(1ms * i));
    EXPECT_EQ(window.size(), 128U);
    window.halve(window.epoch(), at(1s));
    EXPECT_EQ(window.size(), 64U);
}

TEST(CongestionWindow, IsBackAfterASecondOfAnswersWhateverTheRoundTrip) {
    for (const Duration round_trip : {1ms, 3ms, 10ms, 50ms, 100ms, 200ms}) {
        for (const std::uint32_t size : {2U, 16U, 256U}) {
            for (const bool burst : {true, false}) {
                SCOPED_TRACE(std::to_string(round_trip.count()) + " us, " + std::to_string(size));
                const Duration time = timeUntil(shrunken(size, 1024), size, round_trip, burst);
                EXPECT_GE(time, 900ms);
                EXPECT_LE(time, 1100ms + round_trip);
            }
        }
    }
}

TEST(CongestionWindow, IsBackFromOneWithinTenSeconds) {
    for (const Duration round_trip : {1ms, 20ms, 200ms})
        EXPECT_LE(timeUntil(shrunken(256, 256, 20), 256, round_trip, false), 10s);
}

TEST(CongestionWindow, TakesFiveRoundTripsToComeBackWhenTheyAreLong) {
    const Duration time = timeUntil(shrunken(64, 256), 64, 10s, true);
    EXPECT_GE(time, 50s);
    EXPECT_LE(time, 60s);
}

TEST(CongestionWindow, StaysWhereItMetTroubleForAWhileAndThenLooksForMore) {
    const CongestionWindow window = shrunken(64, 256);
    const Duration back = timeUntil(window, 64, 10ms, false);
    EXPECT_GE(timeUntil(window, 68, 10ms, false), back + 400ms);
    EXPECT_LE(timeUntil(window, 256, 10ms, false), back + 3s);
}

TEST(CongestionWindow, IsNeverOverItsLimit) {
    CongestionWindow window = shrunken(64, 100);
    for (Duration time = 0s; time < 60s; time += 10ms) {
        window.grow(at(time), 10ms);
        ASSERT_LE(window.size(), 100U);
    }
    EXPECT_EQ(window.size(), 100U);
}

TEST(CongestionWindow, SilenceIsNoProofOfStrength) {
    CongestionWindow window = shrunken(256, 256);
    window.grow(at(1h), 10ms);
    EXPECT_LT(window.size(), 140U) << "one round trip's worth";
}

TEST(CongestionWindow, ShrinksToWhatThereIsRoomForAndComesBackFromThere) {
    CongestionWindow window(4096, 4096);
    const std::uint32_t before = window.epoch();
    for (std::uint32_t room = 1000; room >= 100; --room)
        window.shrinkTo(room, before, at(0s));
    EXPECT_EQ(window.size(), 100U);
    window.shrinkTo(200, before, at(0s));
    EXPECT_EQ(window.size(), 100U) << "which is no reason to grow";
    EXPECT_LE(timeUntil(window, 4096, 20ms, false), 1500ms) << "however many said so";

    window.shrinkTo(0, window.epoch(), at(0s));
    EXPECT_EQ(window.size(), 1U);
}

TEST(CongestionWindow, GrowsAgainThoughItCouldNotShrink) {
    CongestionWindow window(16, 256);
    window.shrinkTo(16, window.epoch(), at(0s));
    EXPECT_EQ(window.size(), 16U);
    EXPECT_LE(timeUntil(window, 256, 20ms, false), 10s);
}

}  // namespace
}  // namespace waybill::test
