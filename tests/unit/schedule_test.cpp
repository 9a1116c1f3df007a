// Is what is due taken in order, within the limits, and fairly between endpoints?
#include "engine/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/named_schedule.h"
#include "waybill/endpoint.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

std::size_t countOf(const Names& ids, char prefix) {
    return static_cast<std::size_t>(std::count_if(
        ids.begin(), ids.end(), [&](const std::string& id) { return id[0] == prefix; }));
}

// ---- order

TEST(Schedule, TakesTheEarliestFirstAndEqualsInTheOrderOfTheirKeys) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("late", kA, at(3s));
    schedule.add("first", kA, at(1s));
    schedule.add("second", kA, at(1s));
    schedule.add("between", kA, at(2s));
    EXPECT_EQ(schedule.waiting(), 4u);
    EXPECT_EQ(schedule.take(at(3s), 10), (Names{"first", "second", "between", "late"}));
    EXPECT_EQ(schedule.waiting(), 0u);
    EXPECT_EQ(schedule.inFlight(), 4u);
}

TEST(Schedule, TakesNothingBeforeItIsDue) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(5s));
    EXPECT_EQ(schedule.take(at(5s) - 1us, 10), Names{});
    EXPECT_EQ(schedule.take(at(5s), 10), Names{"one"});
    EXPECT_EQ(schedule.take(at(1h), 10), Names{}) << "and nothing twice";
}

TEST(Schedule, TakesNoMoreThanIsAskedFor) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.addMany("a", kA, 5, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 2), (Names{"a0", "a1"}));
    EXPECT_EQ(schedule.take(kStarted, 0), Names{});
    EXPECT_EQ(schedule.take(kStarted, 10), (Names{"a2", "a3", "a4"}));
}

// ---- limits

TEST(Schedule, TheWireIsNeverFullerThanTheLimit) {
    NamedSchedule schedule({.in_flight = 3, .in_flight_per_endpoint = 2});
    for (const char* endpoint : {kA, kB, kC})
        schedule.addMany(endpoint, endpoint, 4, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 100).size(), 3u);
    EXPECT_EQ(schedule.take(kStarted, 100), Names{});
    schedule.finish(kA, 1, Feedback::kFailed, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 100).size(), 1u);
    EXPECT_EQ(schedule.inFlight(), 3u);
}

TEST(Schedule, NoEndpointHasMoreThanItsOwnLimit) {
    NamedSchedule schedule({.in_flight = 100, .in_flight_per_endpoint = 2});
    schedule.addMany("a", kA, 10, kStarted);
    schedule.addMany("b", kB, 1, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 100), (Names{"a0", "b0", "a1"}));
    EXPECT_EQ(schedule.take(kStarted, 100), Names{});
    schedule.finish(kB, 1, Feedback::kAnswered, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 100), Names{}) << "another's end makes no room";
    schedule.finish(kA, 1, Feedback::kAnswered, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 100), Names{"a2"});
}

TEST(Schedule, AnAttemptThatWasOnTheWireBeforeCounts) {
    NamedSchedule schedule({.in_flight = 100, .in_flight_per_endpoint = 2});
    schedule.resumeInFlight(kA, kStarted);
    EXPECT_EQ(schedule.inFlight(), 1u);
    schedule.addMany("a", kA, 5, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 100), Names{"a0"});
    schedule.finish(kA, 1, Feedback::kAnswered, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 100), Names{"a1"});
}

// ---- fairness

TEST(Schedule, EndpointsTakeTurns) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.addMany("a", kA, 10, kStarted);
    schedule.addMany("b", kB, 10, kStarted);
    schedule.addMany("c", kC, 10, kStarted);
    const Names taken = schedule.take(kStarted, 9);
    EXPECT_EQ(countOf(taken, 'a'), 3u);
    EXPECT_EQ(countOf(taken, 'b'), 3u);
    EXPECT_EQ(countOf(taken, 'c'), 3u);
}

TEST(Schedule, ABacklogOfAHundredThousandDelaysNoOtherEndpoint) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.addMany("a", kA, 100'000, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1'000).size(), 16u) << "a hangs; its gentle start is used up";

    schedule.add("b0", kB, at(1s));
    EXPECT_EQ(schedule.nextDue(kStarted), at(1s));
    EXPECT_EQ(schedule.take(at(1s), 1), Names{"b0"}) << "at once and before any other of a";

    schedule.finish(kA, 8, Feedback::kFailed, kStarted);
    schedule.add("b1", kB, at(2s));
    const Names taken = schedule.take(at(2s), 2);
    EXPECT_EQ(countOf(taken, 'b'), 1u) << "in its first turn, whatever waits for a";
}

TEST(Schedule, AHangingEndpointLosesItsShareToTheOthers) {
    NamedSchedule schedule({.in_flight = 64, .in_flight_per_endpoint = 64});
    schedule.addMany("a", kA, 1'000, kStarted);
    std::size_t in_flight = schedule.take(kStarted, 1'000).size();
    for (int i = 0; i < 10; ++i) {
        schedule.finish(kA, in_flight, Feedback::kPushedBack, kStarted);
        in_flight = schedule.take(kStarted, 1'000).size();
    }
    EXPECT_EQ(in_flight, 1u);
}

// ---- the windows

TEST(Schedule, ABurstIntoANewEndpointBeginsGentlyAndGrowsWithItsAnswers) {
    NamedSchedule schedule({.in_flight = 4096, .in_flight_per_endpoint = 40});
    schedule.addMany("a", kA, 1'000, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1'000).size(), 16u);
    schedule.finish(kA, 16, Feedback::kAnswered, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1'000).size(), 32u);
    schedule.finish(kA, 32, Feedback::kAnswered, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1'000).size(), 40u) << "never over the limit";
}

TEST(Schedule, FailuresAtOnceSayNothingAboutLoad) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.addMany("a", kA, 1'000, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1'000).size(), 16u);
    schedule.finish(kA, 16, Feedback::kFailed, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1'000).size(), 16u);
}

/// Takes what it can. How many are on the wire then.
std::uint32_t usedUp(NamedSchedule& schedule, MonotonicTime now) {
    schedule.take(now, 1'000);
    return schedule.inFlight();
}

TEST(Schedule, TroubleOfOneRoundTripHalvesAWindowOnce) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.addMany("a", kA, 2'000, kStarted);
    while (usedUp(schedule, kStarted) < 256)
        schedule.finish(kA, 16, Feedback::kAnswered, kStarted);
    schedule.finish(kA, 8, Feedback::kPushedBack, at(1s));
    schedule.finish(kA, 248, Feedback::kFailed, at(1s));
    ASSERT_EQ(usedUp(schedule, at(1s)), 128u) << "eight that hung at the same time";
    schedule.finish(kA, 128, Feedback::kPushedBack, at(2s));
    ASSERT_EQ(usedUp(schedule, at(2s)), 64u) << "and those that were started since";
}

TEST(Schedule, AnEndpointThatAnswersIsBackAtItsFormerWindowAfterASecond) {
    NamedSchedule schedule({.in_flight_per_endpoint = 64});
    schedule.addMany("a", kA, 20'000, kStarted);
    while (usedUp(schedule, kStarted) < 64)
        schedule.finish(kA, 16, Feedback::kAnswered, kStarted);
    schedule.finish(kA, 64, Feedback::kPushedBack, kStarted);
    EXPECT_EQ(usedUp(schedule, kStarted), 32u);
    for (Duration time = 50ms; time < 500ms; time += 50ms) {
        schedule.finish(kA, schedule.inFlight(), Feedback::kAnswered, at(time));
        ASSERT_LT(usedUp(schedule, at(time)), 64u);
    }
    for (Duration time = 500ms; time < 1100ms; time += 50ms) {
        schedule.finish(kA, schedule.inFlight(), Feedback::kAnswered, at(time));
        schedule.take(at(time), 1'000);
    }
    EXPECT_EQ(schedule.inFlight(), 64u);
}

/// A schedule with 64 attempts on the wire, 16 each to four endpoints, and more that wait.
void fillTheWire(NamedSchedule& schedule) {
    for (const std::string name : {"a", "b", "c", "d"})
        schedule.addMany(name, "https://" + name + ".example:443", 100, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1'000).size(), 64u);
}

TEST(Schedule, OurOwnExhaustionLeavesAsManyAsThereIsRoomFor) {
    NamedSchedule schedule({.in_flight = 256, .in_flight_per_endpoint = 16});
    fillTheWire(schedule);
    schedule.finish(kA, 10, Feedback::kLocalFault, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1'000), Names{}) << "54 is what there is room for";
    schedule.finish(kB, 1, Feedback::kFailed, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1'000).size(), 1u) << "not an endpoint's, everybody's";
    for (Duration time = 0s; time <= 1500ms; time += 20ms) {
        schedule.finish(kD, 1, Feedback::kAnswered, at(time));
        schedule.take(at(time), 1'000);
    }
    EXPECT_EQ(schedule.inFlight(), 64u) << "a second later as many as before are tried";
}

TEST(Schedule, OurOwnExhaustionLeavesAFewToEverybodyWhateverHangs) {
    NamedSchedule schedule({.in_flight = 256, .in_flight_per_endpoint = 16});
    fillTheWire(schedule);
    for (const auto endpoint : {kA, kB, kC})
        schedule.finish(endpoint, 16, Feedback::kLocalFault, kStarted);
    schedule.finish(kD, 10, Feedback::kLocalFault, kStarted);
    EXPECT_EQ(schedule.inFlight(), 6u);
    EXPECT_EQ(schedule.take(kStarted, 1'000).size(), 10u);
}

// ---- pausing

TEST(Schedule, WhatIsPausedWaitsAndOthersDoNot) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.pause(kA);
    EXPECT_TRUE(schedule.paused(kA));
    EXPECT_FALSE(schedule.paused(kB));
    schedule.addMany("a", kA, 2, kStarted);
    schedule.addMany("b", kB, 1, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{"b0"});
    EXPECT_EQ(schedule.take(at(24h), 10), Names{});
    EXPECT_EQ(schedule.waiting(), 2u);

    schedule.resume(kA);
    EXPECT_FALSE(schedule.paused(kA));
    EXPECT_EQ(schedule.take(at(24h), 10), (Names{"a0", "a1"}));
}

TEST(Schedule, AllEndpointsCanBeHeldBesideSingleOnes) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.pause(std::string(kEveryEndpoint));
    schedule.pause(kB);
    schedule.addMany("a", kA, 1, kStarted);
    schedule.addMany("b", kB, 1, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{});
    EXPECT_EQ(schedule.nextDue(kStarted), std::nullopt);
    schedule.resume(std::string(kEveryEndpoint));
    EXPECT_EQ(schedule.take(kStarted, 10), Names{"a0"});
    schedule.resume(kB);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{"b0"});
}

TEST(Schedule, PausingHoldsWhatIsAlreadyInLine) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.addMany("a", kA, 3, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 1), Names{"a0"});
    schedule.pause(kA);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{});
    schedule.finish(kA, 1, Feedback::kAnswered, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{});
    schedule.resume(kA);
    EXPECT_EQ(schedule.take(kStarted, 10), (Names{"a1", "a2"}));
}

TEST(Schedule, ResumingMakesNothingEarly) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(5s));
    schedule.pause(kA);
    schedule.resume(kA);
    schedule.resume(kB);
    EXPECT_EQ(schedule.take(at(4s), 10), Names{});
    EXPECT_EQ(schedule.take(at(5s), 10), Names{"one"});
}

// ---- entries that change

TEST(Schedule, AnEntryIsReplacedByALaterOne) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(1s));
    schedule.add("one", kA, at(5s));
    EXPECT_EQ(schedule.waiting(), 1u);
    EXPECT_EQ(schedule.take(at(4s), 10), Names{});
    EXPECT_EQ(schedule.take(at(5s), 10), Names{"one"});
    EXPECT_EQ(schedule.take(at(1h), 10), Names{});
}

TEST(Schedule, AnEntryIsReplacedByAnEarlierOne) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(1h));
    schedule.add("one", kA, at(1s));
    EXPECT_EQ(schedule.take(at(1s), 10), Names{"one"});
    schedule.finish(kA, 1, Feedback::kAnswered, kStarted);
    EXPECT_EQ(schedule.take(at(2h), 10), Names{}) << "nothing is left of the earlier entry";
}

TEST(Schedule, AnEntryMovesToAnotherEndpoint) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(1s));
    schedule.add("one", kB, at(1s));
    schedule.pause(kA);
    EXPECT_EQ(schedule.take(at(1s), 10), Names{"one"});
    schedule.resume(kA);
    EXPECT_EQ(schedule.take(at(1s), 10), Names{});
}

TEST(Schedule, WhatIsRemovedIsNotTaken) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.addMany("a", kA, 3, kStarted);
    schedule.remove("a1");
    schedule.remove("unknown");
    EXPECT_EQ(schedule.waiting(), 2u);
    EXPECT_EQ(schedule.take(kStarted, 10), (Names{"a0", "a2"}));
}

TEST(Schedule, WhatWasRemovedMayComeBack) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(1s));
    schedule.remove("one");
    schedule.add("one", kA, at(2s));
    EXPECT_EQ(schedule.take(at(1s), 10), Names{});
    EXPECT_EQ(schedule.take(at(2s), 10), Names{"one"});
}

// ---- when to look again

TEST(Schedule, SaysWhenItCanNextYieldSomething) {
    NamedSchedule schedule({.in_flight = 2, .in_flight_per_endpoint = 1});
    EXPECT_EQ(schedule.nextDue(kStarted), std::nullopt) << "nothing waits";
    schedule.add("a0", kA, at(5s));
    schedule.add("a1", kA, at(6s));
    schedule.add("b0", kB, at(7s));
    EXPECT_EQ(schedule.nextDue(kStarted), at(5s));

    EXPECT_EQ(schedule.take(at(5s), 10), Names{"a0"});
    EXPECT_EQ(schedule.nextDue(at(5s)), at(7s)) << "a1 waits for a0 to end";
    EXPECT_EQ(schedule.take(at(7s), 10), Names{"b0"});
    EXPECT_EQ(schedule.nextDue(at(7s)), std::nullopt) << "the wire is full";

    schedule.finish(kA, 1, Feedback::kAnswered, kStarted);
    ASSERT_TRUE(schedule.nextDue(at(8s)));
    EXPECT_LE(*schedule.nextDue(at(8s)), at(8s)) << "a1 is overdue";
    EXPECT_EQ(schedule.take(at(8s), 10), Names{"a1"});
}

TEST(Schedule, IsWantedAgainAtOnceWhenItWasAskedForLessThanIsDue) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.addMany("a", kA, 3, kStarted);
    schedule.take(kStarted, 2);
    EXPECT_EQ(schedule.nextDue(kStarted), kStarted);
    schedule.take(kStarted, 2);
    EXPECT_EQ(schedule.nextDue(kStarted), std::nullopt);
}

TEST(Schedule, KnowsSinceWhenTheOldestIsDuePausedOrNot) {
    NamedSchedule schedule(Schedule::Limits{});
    EXPECT_EQ(schedule.oldestDue(), std::nullopt);
    schedule.add("a", kA, at(1s));
    schedule.add("b", kB, at(2s));
    schedule.add("c", kC, at(3s));
    schedule.pause(kA);
    EXPECT_EQ(schedule.oldestDue(), at(1s));
    schedule.remove("a");
    EXPECT_EQ(schedule.oldestDue(), at(2s));
    schedule.add("b", kB, at(9s));
    EXPECT_EQ(schedule.oldestDue(), at(3s));
    schedule.take(at(3s), 10);
    EXPECT_EQ(schedule.oldestDue(), at(9s));
}

// ---- very many

TEST(Schedule, AHundredThousandEndpointsAreServedInTime) {
    // Looking at all of them for each that comes would take minutes.
    constexpr std::size_t kEndpoints = 100'000;
    NamedSchedule schedule(
        {.in_flight = kEndpoints, .in_flight_per_endpoint = 1, .in_flight_per_client = kEndpoints});
    for (std::size_t i = 0; i < kEndpoints; ++i)
        schedule.add("d" + std::to_string(i), "https://" + std::to_string(i), at(1s));
    EXPECT_EQ(schedule.take(at(1s), 2 * kEndpoints).size(), kEndpoints);
}

TEST(Schedule, APausedEndpointIsNotForgottenAmongManyIdleOnes) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.pause(kA);
    for (int i = 0; i < 20'000; ++i) {
        const std::string endpoint = "https://" + std::to_string(i);
        schedule.add("one", endpoint, kStarted);
        ASSERT_EQ(schedule.take(kStarted, 10), Names{"one"});
        schedule.finish(endpoint, 1, Feedback::kAnswered, kStarted);
    }
    EXPECT_TRUE(schedule.paused(kA));
    schedule.add("two", kA, kStarted);
    EXPECT_EQ(schedule.take(kStarted, 10), Names{});
}

TEST(Schedule, MovesWithAllThatWaits) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.addMany("a", kA, 2, kStarted);
    schedule.take(kStarted, 1);
    NamedSchedule moved = std::move(schedule);
    EXPECT_EQ(moved.take(kStarted, 10), Names{"a1"});
    EXPECT_EQ(moved.inFlight(), 2u);
}

}  // namespace
}  // namespace waybill::test
