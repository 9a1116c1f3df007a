// Do clients share the wire fairly, and does what cannot start cost nothing?
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/schedule.h"
#include "support/named_schedule.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

std::string endpointOf(std::size_t number) {
    return "https://" + std::to_string(number);
}

/// Names by their first letter.
std::map<char, std::size_t> counts(const Names& names) {
    std::map<char, std::size_t> counted;
    for (const std::string& name : names)
        ++counted[name[0]];
    return counted;
}

using Counts = std::map<char, std::size_t>;

// ---- clients

TEST(ScheduleTurns, ClientsTakeTurnsHoweverManyEndpointsEachHas) {
    NamedSchedule schedule(Schedule::Limits{});
    for (std::size_t i = 0; i < 100; ++i)
        schedule.addMany("x" + std::to_string(i), endpointOf(i), 10, kStarted, "x");
    schedule.addMany("y", kA, 16, kStarted, "y");
    schedule.addMany("z", kB, 16, kStarted, "z");
    EXPECT_EQ(counts(schedule.take(kStarted, 30)), (Counts{{'x', 10}, {'y', 10}, {'z', 10}}));
}

TEST(ScheduleTurns, AClientThatComesLaterHasTheNextTurnButOne) {
    NamedSchedule schedule(Schedule::Limits{});
    for (std::size_t i = 0; i < 100; ++i)
        schedule.addMany("x" + std::to_string(i), endpointOf(i), 10, kStarted, "x");
    schedule.take(kStarted, 500);
    schedule.add("y", kA, kStarted, "y");
    EXPECT_EQ(counts(schedule.take(kStarted, 2)), (Counts{{'x', 1}, {'y', 1}}));
}

TEST(ScheduleTurns, ABacklogOfAMillionDelaysNoOtherClient) {
    Schedule schedule{{.in_flight_per_endpoint = 4096}};
    constexpr Schedule::Key kMany = 1'000'000;
    for (Schedule::Key key = 1; key <= kMany; ++key)
        schedule.add(key, "x", kA, kStarted);
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(schedule.takeNext(kStarted));
    schedule.add(kMany + 1, "y", kB, kStarted);
    schedule.add(kMany + 2, "z", kA, kStarted);
    std::vector<Schedule::Key> taken;
    for (int i = 0; i < 6; ++i)
        taken.push_back(schedule.takeNext(kStarted).value_or(0));
    EXPECT_EQ(std::count(taken.begin(), taken.end(), kMany + 1), 1);
    EXPECT_EQ(std::count(taken.begin(), taken.end(), kMany + 2), 1) << "to the same endpoint";
}

TEST(ScheduleTurns, NoClientHasMoreThanItsOwnLimit) {
    NamedSchedule schedule({.in_flight_per_endpoint = 4, .in_flight_per_client = 6});
    schedule.addMany("a", kA, 10, kStarted, "x");
    schedule.addMany("b", kB, 10, kStarted, "x");
    EXPECT_EQ(schedule.take(kStarted, 100).size(), 6u);
    schedule.addMany("y", kA, 10, kStarted, "y");
    EXPECT_GE(schedule.take(kStarted, 100).size(), 1u) << "which is nobody else's";
}

TEST(ScheduleTurns, UnlessItIsToldAClientHasHalfOfTheWireOrAllOfASmallOne) {
    for (const std::uint32_t in_flight : {1U, 64U, 65U, 1000U}) {
        NamedSchedule schedule({.in_flight = in_flight, .in_flight_per_client = 0});
        for (std::size_t i = 0; i < 100; ++i)
            schedule.addMany(std::to_string(i) + ".", endpointOf(i), 16, kStarted);
        EXPECT_EQ(schedule.take(kStarted, 2'000).size(),
                  in_flight <= 64 ? in_flight : in_flight / 2);
    }
}

TEST(ScheduleTurns, AClientThatIsFullTakesOneMoreWhenOneEnds) {
    NamedSchedule schedule({.in_flight_per_client = 3});
    schedule.addMany("a", kA, 10, kStarted, "x");
    schedule.addMany("b", kB, 10, kStarted, "x");
    EXPECT_EQ(schedule.take(kStarted, 100), (Names{"a0", "b0", "a1"}));
    EXPECT_EQ(schedule.nextDue(kStarted), std::nullopt);
    schedule.finish(kA, 1, Feedback::kFailed, kStarted);
    EXPECT_EQ(schedule.nextDue(kStarted), kStarted);
    EXPECT_EQ(schedule.take(kStarted, 100), Names{"b1"}) << "whose turn it is";
}

TEST(ScheduleTurns, FourHundredHangingEndpointsOfOneClientDelayNoOther) {
    NamedSchedule schedule(Schedule::Limits{});
    for (std::size_t i = 0; i < 400; ++i)
        schedule.addMany("x" + std::to_string(i) + ".", endpointOf(i), 100, kStarted, "x");
    EXPECT_EQ(schedule.take(kStarted, 10'000).size(), 2048u) << "its share, and all of it hangs";
    schedule.add("y0", kA, at(1s), "y");
    EXPECT_EQ(schedule.nextDue(kStarted), at(1s));
    EXPECT_EQ(schedule.take(at(1s), 10), Names{"y0"});
    schedule.add("y1", endpointOf(399), at(2s), "y");
    EXPECT_EQ(schedule.take(at(2s), 10), Names{"y1"}) << "to one that has room, too";
}

TEST(ScheduleTurns, AClientThatIsFullKeepsNoRoomOfAnEndpointFromOthers) {
    NamedSchedule schedule({.in_flight_per_endpoint = 1, .in_flight_per_client = 1});
    schedule.add("x0", kA, kStarted, "x");
    EXPECT_EQ(schedule.take(kStarted, 10), Names{"x0"});
    schedule.addMany("y", kA, 2, kStarted, "y");
    schedule.addMany("z", kA, 2, kStarted, "z");
    schedule.add("y9", kB, kStarted, "y");
    EXPECT_EQ(schedule.take(kStarted, 10), Names{"y9"})
        << "of those that wait for a, y is full now";
    schedule.finish(kA, 1, Feedback::kFailed, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{"z0"});
}

// ---- what an endpoint is to several clients

TEST(ScheduleTurns, ClientsShareTheWindowOfAnEndpointInTurns) {
    NamedSchedule schedule({.in_flight_per_endpoint = 2});
    schedule.addMany("x", kA, 10, kStarted, "x");
    schedule.addMany("y", kA, 10, kStarted, "y");
    schedule.addMany("z", kA, 10, kStarted, "z");
    Names taken = schedule.take(kStarted, 100);
    EXPECT_EQ(taken.size(), 2u);
    for (int i = 0; i < 4; ++i) {
        schedule.finish(kA, 1, Feedback::kFailed, kStarted);
        for (const std::string& name : schedule.take(kStarted, 100))
            taken.push_back(name);
    }
    EXPECT_EQ(counts(taken), (Counts{{'x', 2}, {'y', 2}, {'z', 2}}));
}

TEST(ScheduleTurns, APauseHoldsWhatAnyClientSendsThere) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("x", kA, kStarted, "x");
    schedule.pause(kA);
    schedule.add("y", kA, kStarted, "y");
    EXPECT_EQ(schedule.nextDue(kStarted), std::nullopt);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{});
    schedule.resume(kA);
    EXPECT_EQ(counts(schedule.take(kStarted, 10)), (Counts{{'x', 1}, {'y', 1}}));
}

// ---- what is put back

TEST(ScheduleTurns, WhatIsPutBackWaitsAsBefore) {
    NamedSchedule schedule({.in_flight_per_client = 1});
    schedule.addMany("a", kA, 2, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{"a0"});
    schedule.putBackFirst(kA);
    EXPECT_EQ(schedule.inFlight(), 0u);
    EXPECT_EQ(schedule.waiting(), 2u);
    EXPECT_EQ(schedule.oldestDue(), kStarted);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{"a0"}) << "before what came after it";
}

TEST(ScheduleTurns, WhatIsPutBackForAWhileHoldsNobodyElse) {
    NamedSchedule schedule({.in_flight = 2});
    schedule.addMany("x", kA, 2, kStarted, "x");
    schedule.add("y", kA, kStarted, "y");
    schedule.add("z", kB, kStarted, "x");
    EXPECT_EQ(schedule.take(kStarted, 1), Names{"x0"});
    schedule.putBackFirst(kA, at(50ms));
    EXPECT_EQ(schedule.take(kStarted, 10), Names{"y"}) << "x has no room, wherever it sends";
    schedule.finish(kA, 1, Feedback::kAnswered, kStarted);
    EXPECT_EQ(schedule.nextDue(kStarted), at(50ms));
    EXPECT_EQ(schedule.take(at(50ms), 10), (Names{"x0", "z"})) << "what had no room comes first";
}

TEST(ScheduleTurns, OneLookTellsThatAClientHasNoRoomHoweverManyEndpointsItSendsTo) {
    NamedSchedule schedule({});
    for (int i = 0; i < 100; ++i)
        schedule.add("x" + std::to_string(i), "https://" + std::to_string(i), kStarted, "x");
    for (MonotonicTime now = kStarted; now < at(1s); now += 10ms) {
        EXPECT_EQ(schedule.take(now, 1), Names{"x0"});
        schedule.putBackFirst("https://0", now + 10ms);
        EXPECT_EQ(schedule.take(now, 1), Names{}) << "the others would have no room either";
        EXPECT_EQ(schedule.nextDue(now), now + 10ms);
        EXPECT_EQ(schedule.heldBack(), 0u) << "it is not its rate";
    }
    EXPECT_EQ(schedule.take(at(1s), 1000).size(), 100u);
}

// ---- clocks that are set

TEST(ScheduleTurns, WhatWasRecordedIsOnlyMovedToAnEarlierTimeAndNothingElseWithIt) {
    NamedSchedule schedule({});
    schedule.add("recorded", kA, at(24h + 5s), "x", true);
    schedule.add("ours", kA, at(8s), "x");
    schedule.add("recorded", kA, at(5s), "x", true);
    schedule.add("recorded", kA, at(7s), "x", true);
    schedule.add("ours", kA, at(1s), "x", true);
    EXPECT_EQ(schedule.waiting(), 2u);
    EXPECT_EQ(schedule.take(at(4s), 10), Names{});
    EXPECT_EQ(schedule.take(at(6s), 10), Names{"recorded"});
    EXPECT_EQ(schedule.take(at(8s), 10), Names{"ours"});
}

// ---- what cannot start, and what is over, costs nothing

TEST(ScheduleTurns, AHundredThousandClientsOfOneSlowEndpointAreServedInTime) {
    // Looking at all of them for each that ends would take minutes.
    constexpr Schedule::Key kClients = 100'000;
    Schedule schedule{{.in_flight_per_endpoint = 1}};
    for (Schedule::Key key = 0; key < kClients; ++key)
        schedule.add(key, std::to_string(key), kA, kStarted);
    for (Schedule::Key taken = 0; taken < kClients; ++taken) {
        const auto key = schedule.takeNext(kStarted);
        ASSERT_TRUE(key);
        ASSERT_EQ(schedule.nextDue(kStarted), std::nullopt);
        schedule.finished(*key, Feedback::kAnswered, kStarted);
    }
    EXPECT_EQ(schedule.waiting(), 0u);
}

TEST(ScheduleTurns, AHundredThousandEndpointsOfAClientThatIsFullCostOthersNothing) {
    constexpr Schedule::Key kMany = 100'000;
    Schedule schedule{{.in_flight_per_client = 10}};
    for (Schedule::Key key = 0; key < kMany; ++key)
        schedule.add(key, "x", endpointOf(key), kStarted);
    while (schedule.takeNext(kStarted)) {
    }
    EXPECT_EQ(schedule.inFlight(), 10u);
    for (Schedule::Key key = kMany; key < 2 * kMany; ++key) {
        schedule.add(key, "y", endpointOf(key - kMany), kStarted);
        ASSERT_EQ(schedule.takeNext(kStarted), key);
        schedule.finished(key, Feedback::kAnswered, kStarted);
    }
}

TEST(ScheduleTurns, ClientsAndEndpointsAreForgottenAndOnlySomeThousandWindowsKept) {
    Schedule schedule{Schedule::Limits{}};
    schedule.pause(kA);
    for (Schedule::Key key = 0; key < 50'000; ++key) {
        schedule.add(key, std::to_string(key), endpointOf(key), kStarted);
        if (key % 3 == 0) {
            ASSERT_TRUE(schedule.remove(key));
        } else {
            ASSERT_EQ(schedule.takeNext(kStarted), key);
            schedule.finished(key, Feedback::kAnswered, kStarted);
        }
    }
    EXPECT_EQ(schedule.clients(), 0u);
    EXPECT_LE(schedule.endpoints(), 4097u);
    EXPECT_TRUE(schedule.paused(kA));
    schedule.resume(kA);
    EXPECT_LE(schedule.endpoints(), 4096u) << "it is at rest like the others now";
}

TEST(ScheduleTurns, LanesThatWaitAtAPausedEndpointAreForgottenWhenNothingWaits) {
    Schedule schedule{Schedule::Limits{}};
    schedule.pause(kA);
    for (Schedule::Key key = 0; key < 1'000; ++key)
        schedule.add(key, std::to_string(key), kA, kStarted);
    EXPECT_EQ(schedule.takeNext(kStarted), std::nullopt);
    EXPECT_EQ(schedule.clients(), 1'000u);
    for (Schedule::Key key = 0; key < 1'000; ++key)
        EXPECT_TRUE(schedule.remove(key));
    EXPECT_EQ(schedule.clients(), 0u);
    EXPECT_FALSE(schedule.remove(7));
    EXPECT_EQ(schedule.waiting(), 0u);
}

TEST(ScheduleTurns, EveryLaneGetsItsTurnWhereverItHasToWait) {
    // Clients and endpoints that are nearly always full, in all combinations.
    constexpr Schedule::Key kClients = 7;
    constexpr Schedule::Key kEndpoints = 5;
    Schedule schedule{{.in_flight = 9, .in_flight_per_endpoint = 2, .in_flight_per_client = 3}};
    const auto again = [&](Schedule::Key lane) {
        schedule.add(lane, std::to_string(lane % kClients), endpointOf(lane / kClients), kStarted);
    };
    for (Schedule::Key lane = 0; lane < kClients * kEndpoints; ++lane)
        again(lane);
    std::map<Schedule::Key, int> taken;
    std::vector<Schedule::Key> on_wire;
    for (int step = 0; step < 20'000; ++step) {
        while (const auto lane = schedule.takeNext(kStarted)) {
            ++taken[*lane];
            on_wire.push_back(*lane);
        }
        ASSERT_FALSE(on_wire.empty());
        const auto ends = on_wire.begin() + (step * 7 % static_cast<int>(on_wire.size()));
        const Schedule::Key lane = *ends;
        on_wire.erase(ends);
        schedule.finished(lane, Feedback::kFailed, kStarted);
        again(lane);
    }
    ASSERT_EQ(taken.size(), kClients * kEndpoints);
    for (const auto& [lane, times] : taken)
        EXPECT_GE(times, 20'000 / 35 / 4) << lane;
}

}  // namespace
}  // namespace waybill::test
