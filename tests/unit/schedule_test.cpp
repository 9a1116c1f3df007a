// Is what is due taken in order, within the limits, and fairly between endpoints?
#include "schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <unordered_map>

#include "waybill/endpoint.h"
#include "waybill/ids.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<StreamId>;

constexpr auto kA = "https://a.example:443";
constexpr auto kB = "https://b.example:443";
constexpr auto kC = "https://c.example:443";

MonotonicTime at(Duration time) {
    return MonotonicTime(1h + time);
}

const MonotonicTime kNow = at(0s);

/// A schedule whose entries have names.
class NamedSchedule : public Schedule {
public:
    explicit NamedSchedule(Limits limits) : Schedule(limits) {}

    void add(const StreamId& name, const std::string& endpoint, MonotonicTime due) {
        Named& entry = entries_[name];
        entry.name = name;
        Schedule::add(entry, endpoint, due);
    }
    void remove(const StreamId& name) { Schedule::remove(entries_[name]); }
    Ids takeDue(MonotonicTime now, std::size_t limit) {
        Ids taken;
        for (const Entry* entry : Schedule::takeDue(now, limit))
            taken.push_back(static_cast<const Named*>(entry)->name);
        return taken;
    }

private:
    struct Named : Entry {
        StreamId name;
    };
    std::unordered_map<StreamId, Named> entries_;
};

/// `count` deliveries `prefix`0, `prefix`1 … that are due now.
void addMany(NamedSchedule& schedule, const std::string& prefix, const std::string& endpoint,
             std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        schedule.add(prefix + std::to_string(i), endpoint, kNow);
}

std::size_t countOf(const Ids& ids, char prefix) {
    return static_cast<std::size_t>(
        std::count_if(ids.begin(), ids.end(), [&](const StreamId& id) { return id[0] == prefix; }));
}

void finishMany(NamedSchedule& schedule, const std::string& endpoint, std::size_t count,
                Feedback feedback) {
    for (std::size_t i = 0; i < count; ++i)
        schedule.finished(endpoint, feedback);
}

// ---- order

TEST(Schedule, TakesTheEarliestFirstAndEqualsInOrderOfTheirComing) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("late", kA, at(3s));
    schedule.add("first", kA, at(1s));
    schedule.add("second", kA, at(1s));
    schedule.add("between", kA, at(2s));
    EXPECT_EQ(schedule.waiting(), 4u);
    EXPECT_EQ(schedule.takeDue(at(3s), 10), (Ids{"first", "second", "between", "late"}));
    EXPECT_EQ(schedule.waiting(), 0u);
    EXPECT_EQ(schedule.inFlight(), 4u);
}

TEST(Schedule, TakesNothingBeforeItIsDue) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(5s));
    EXPECT_EQ(schedule.takeDue(at(5s) - 1us, 10), Ids{});
    EXPECT_EQ(schedule.takeDue(at(5s), 10), Ids{"one"});
    EXPECT_EQ(schedule.takeDue(at(1h), 10), Ids{}) << "and nothing twice";
}

TEST(Schedule, TakesNoMoreThanIsAskedFor) {
    NamedSchedule schedule(Schedule::Limits{});
    addMany(schedule, "a", kA, 5);
    EXPECT_EQ(schedule.takeDue(kNow, 2), (Ids{"a0", "a1"}));
    EXPECT_EQ(schedule.takeDue(kNow, 0), Ids{});
    EXPECT_EQ(schedule.takeDue(kNow, 10), (Ids{"a2", "a3", "a4"}));
}

// ---- limits

TEST(Schedule, TheWireIsNeverFullerThanTheLimit) {
    NamedSchedule schedule({.in_flight = 3, .in_flight_per_endpoint = 2});
    for (const char* endpoint : {kA, kB, kC})
        addMany(schedule, endpoint, endpoint, 4);
    EXPECT_EQ(schedule.takeDue(kNow, 100).size(), 3u);
    EXPECT_EQ(schedule.takeDue(kNow, 100), Ids{});
    schedule.finished(kA, Feedback::kFailed);
    EXPECT_EQ(schedule.takeDue(kNow, 100).size(), 1u);
    EXPECT_EQ(schedule.inFlight(), 3u);
}

TEST(Schedule, NoEndpointHasMoreThanItsOwnLimit) {
    NamedSchedule schedule({.in_flight = 100, .in_flight_per_endpoint = 2});
    addMany(schedule, "a", kA, 10);
    addMany(schedule, "b", kB, 1);
    EXPECT_EQ(schedule.takeDue(kNow, 100), (Ids{"a0", "b0", "a1"}));
    EXPECT_EQ(schedule.takeDue(kNow, 100), Ids{});
    schedule.finished(kB, Feedback::kAnswered);
    EXPECT_EQ(schedule.takeDue(kNow, 100), Ids{}) << "another's end makes no room";
    schedule.finished(kA, Feedback::kAnswered);
    EXPECT_EQ(schedule.takeDue(kNow, 100), Ids{"a2"});
}

TEST(Schedule, AnAttemptThatWasOnTheWireBeforeCounts) {
    NamedSchedule schedule({.in_flight = 100, .in_flight_per_endpoint = 2});
    schedule.resumeInFlight(kA);
    EXPECT_EQ(schedule.inFlight(), 1u);
    addMany(schedule, "a", kA, 5);
    EXPECT_EQ(schedule.takeDue(kNow, 100), Ids{"a0"});
    schedule.finished(kA, Feedback::kAnswered);
    EXPECT_EQ(schedule.takeDue(kNow, 100), Ids{"a1"});
}

// ---- fairness

TEST(Schedule, EndpointsTakeTurns) {
    NamedSchedule schedule(Schedule::Limits{});
    addMany(schedule, "a", kA, 10);
    addMany(schedule, "b", kB, 10);
    addMany(schedule, "c", kC, 10);
    const Ids taken = schedule.takeDue(kNow, 9);
    EXPECT_EQ(countOf(taken, 'a'), 3u);
    EXPECT_EQ(countOf(taken, 'b'), 3u);
    EXPECT_EQ(countOf(taken, 'c'), 3u);
}

TEST(Schedule, ABacklogOfAHundredThousandDelaysNoOtherEndpoint) {
    NamedSchedule schedule(Schedule::Limits{});
    addMany(schedule, "a", kA, 100'000);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000).size(), 16u) << "a hangs; its gentle start is used up";

    schedule.add("b0", kB, at(1s));
    EXPECT_EQ(schedule.nextDue(kNow), at(1s));
    EXPECT_EQ(schedule.takeDue(at(1s), 1), Ids{"b0"}) << "at once and before any other of a";

    finishMany(schedule, kA, 8, Feedback::kFailed);
    schedule.add("b1", kB, at(2s));
    const Ids taken = schedule.takeDue(at(2s), 2);
    EXPECT_EQ(countOf(taken, 'b'), 1u) << "in its first turn, whatever waits for a";
}

TEST(Schedule, AHangingEndpointLosesItsShareToTheOthers) {
    NamedSchedule schedule({.in_flight = 64, .in_flight_per_endpoint = 64});
    addMany(schedule, "a", kA, 1'000);
    std::size_t in_flight = schedule.takeDue(kNow, 1'000).size();
    for (int i = 0; i < 10; ++i) {
        finishMany(schedule, kA, in_flight, Feedback::kPushedBack);
        in_flight = schedule.takeDue(kNow, 1'000).size();
    }
    EXPECT_EQ(in_flight, 1u);
}

// ---- the window

TEST(Window, GrowsByOneWithEveryAnswerUpToItsLimit) {
    Window window(2, 4);
    EXPECT_EQ(window.size(), 2u);
    window.grow();
    EXPECT_EQ(window.size(), 3u);
    window.grow();
    EXPECT_EQ(window.size(), 4u);
    window.grow();
    EXPECT_EQ(window.size(), 4u);
}

TEST(Window, HalvesAndIsNeverUnderOne) {
    Window window(16, 256);
    for (const std::uint32_t size : {8u, 4u, 2u, 1u, 1u, 1u}) {
        window.halve();
        EXPECT_EQ(window.size(), size);
    }
}

TEST(Window, AfterHalvingItGrowsByOneAWindowful) {
    Window window(16, 256);
    window.halve();
    for (std::uint32_t size = 8; size < 12; ++size) {
        EXPECT_EQ(window.size(), size);
        // Each answer adds 1/size, of a size that grows a little on the way: one answer more.
        for (std::uint32_t answer = 0; answer <= size; ++answer)
            window.grow();
    }
    EXPECT_EQ(window.size(), 12u);
}

TEST(Schedule, ABurstIntoANewEndpointBeginsGentlyAndGrowsWithItsAnswers) {
    NamedSchedule schedule({.in_flight = 4096, .in_flight_per_endpoint = 40});
    addMany(schedule, "a", kA, 1'000);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000).size(), 16u);
    finishMany(schedule, kA, 16, Feedback::kAnswered);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000).size(), 32u);
    finishMany(schedule, kA, 32, Feedback::kAnswered);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000).size(), 40u) << "never over the limit";
}

TEST(Schedule, FailuresAtOnceSayNothingAboutLoad) {
    NamedSchedule schedule(Schedule::Limits{});
    addMany(schedule, "a", kA, 1'000);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000).size(), 16u);
    finishMany(schedule, kA, 16, Feedback::kFailed);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000).size(), 16u);
}

/// A schedule with 64 attempts on the wire, 16 each to four endpoints, and more that wait.
void fillTheWire(NamedSchedule& schedule) {
    for (const std::string name : {"a", "b", "c", "d"})
        addMany(schedule, name, "https://" + name + ".example:443", 100);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000).size(), 64u);
}

TEST(Schedule, OurOwnExhaustionLeavesAsManyAsThereIsRoomFor) {
    NamedSchedule schedule({.in_flight = 256, .in_flight_per_endpoint = 16});
    fillTheWire(schedule);
    finishMany(schedule, kA, 10, Feedback::kLocalFault);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000), Ids{}) << "54 is what there is room for";
    schedule.finished(kB, Feedback::kPushedBack);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000).size(), 1u) << "not an endpoint's, everybody's";
    for (int answer = 0; answer < 54; ++answer) {
        schedule.finished(kC, Feedback::kAnswered);
        EXPECT_LE(schedule.takeDue(kNow, 1'000).size(), 2u);
    }
    EXPECT_EQ(schedule.inFlight(), 55u) << "a window later one more is tried";
}

TEST(Schedule, OurOwnExhaustionLeavesAFewToEverybodyWhateverHangs) {
    NamedSchedule schedule({.in_flight = 256, .in_flight_per_endpoint = 16});
    fillTheWire(schedule);
    for (const auto endpoint : {kA, kB, kC})
        finishMany(schedule, endpoint, 16, Feedback::kLocalFault);
    finishMany(schedule, "https://d.example:443", 10, Feedback::kLocalFault);
    EXPECT_EQ(schedule.inFlight(), 6u);
    EXPECT_EQ(schedule.takeDue(kNow, 1'000).size(), 10u);
}

// ---- pausing

TEST(Schedule, WhatIsPausedWaitsAndOthersDoNot) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.pause(kA);
    EXPECT_TRUE(schedule.paused(kA));
    EXPECT_FALSE(schedule.paused(kB));
    addMany(schedule, "a", kA, 2);
    addMany(schedule, "b", kB, 1);
    EXPECT_EQ(schedule.takeDue(kNow, 10), Ids{"b0"});
    EXPECT_EQ(schedule.takeDue(at(24h), 10), Ids{});
    EXPECT_EQ(schedule.waiting(), 2u);

    schedule.resume(kA);
    EXPECT_FALSE(schedule.paused(kA));
    EXPECT_EQ(schedule.takeDue(at(24h), 10), (Ids{"a0", "a1"}));
}

TEST(Schedule, AllEndpointsCanBeHeldBesideSingleOnes) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.pause(std::string(kEveryEndpoint));
    schedule.pause(kB);
    addMany(schedule, "a", kA, 1);
    addMany(schedule, "b", kB, 1);
    EXPECT_EQ(schedule.takeDue(kNow, 10), Ids{});
    EXPECT_EQ(schedule.nextDue(kNow), std::nullopt);
    schedule.resume(std::string(kEveryEndpoint));
    EXPECT_EQ(schedule.takeDue(kNow, 10), Ids{"a0"});
    schedule.resume(kB);
    EXPECT_EQ(schedule.takeDue(kNow, 10), Ids{"b0"});
}

TEST(Schedule, PausingHoldsWhatIsAlreadyInLine) {
    NamedSchedule schedule(Schedule::Limits{});
    addMany(schedule, "a", kA, 3);
    EXPECT_EQ(schedule.takeDue(kNow, 1), Ids{"a0"});
    schedule.pause(kA);
    EXPECT_EQ(schedule.takeDue(kNow, 10), Ids{});
    schedule.finished(kA, Feedback::kAnswered);
    EXPECT_EQ(schedule.takeDue(kNow, 10), Ids{});
    schedule.resume(kA);
    EXPECT_EQ(schedule.takeDue(kNow, 10), (Ids{"a1", "a2"}));
}

TEST(Schedule, ResumingMakesNothingEarly) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(5s));
    schedule.pause(kA);
    schedule.resume(kA);
    schedule.resume(kB);
    EXPECT_EQ(schedule.takeDue(at(4s), 10), Ids{});
    EXPECT_EQ(schedule.takeDue(at(5s), 10), Ids{"one"});
}

// ---- entries that change

TEST(Schedule, AnEntryIsReplacedByALaterOne) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(1s));
    schedule.add("one", kA, at(5s));
    EXPECT_EQ(schedule.waiting(), 1u);
    EXPECT_EQ(schedule.takeDue(at(4s), 10), Ids{});
    EXPECT_EQ(schedule.takeDue(at(5s), 10), Ids{"one"});
    EXPECT_EQ(schedule.takeDue(at(1h), 10), Ids{});
}

TEST(Schedule, AnEntryIsReplacedByAnEarlierOne) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(1h));
    schedule.add("one", kA, at(1s));
    EXPECT_EQ(schedule.takeDue(at(1s), 10), Ids{"one"});
    schedule.finished(kA, Feedback::kAnswered);
    EXPECT_EQ(schedule.takeDue(at(2h), 10), Ids{}) << "nothing is left of the earlier entry";
}

TEST(Schedule, AnEntryMovesToAnotherEndpoint) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(1s));
    schedule.add("one", kB, at(1s));
    schedule.pause(kA);
    EXPECT_EQ(schedule.takeDue(at(1s), 10), Ids{"one"});
    schedule.resume(kA);
    EXPECT_EQ(schedule.takeDue(at(1s), 10), Ids{});
}

TEST(Schedule, WhatIsRemovedIsNotTaken) {
    NamedSchedule schedule(Schedule::Limits{});
    addMany(schedule, "a", kA, 3);
    schedule.remove("a1");
    schedule.remove("unknown");
    EXPECT_EQ(schedule.waiting(), 2u);
    EXPECT_EQ(schedule.takeDue(kNow, 10), (Ids{"a0", "a2"}));
}

TEST(Schedule, WhatWasRemovedMayComeBack) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.add("one", kA, at(1s));
    schedule.remove("one");
    schedule.add("one", kA, at(2s));
    EXPECT_EQ(schedule.takeDue(at(1s), 10), Ids{});
    EXPECT_EQ(schedule.takeDue(at(2s), 10), Ids{"one"});
}

// ---- when to look again

TEST(Schedule, SaysWhenItCanNextYieldSomething) {
    NamedSchedule schedule({.in_flight = 2, .in_flight_per_endpoint = 1});
    EXPECT_EQ(schedule.nextDue(kNow), std::nullopt) << "nothing waits";
    schedule.add("a0", kA, at(5s));
    schedule.add("a1", kA, at(6s));
    schedule.add("b0", kB, at(7s));
    EXPECT_EQ(schedule.nextDue(kNow), at(5s));

    EXPECT_EQ(schedule.takeDue(at(5s), 10), Ids{"a0"});
    EXPECT_EQ(schedule.nextDue(at(5s)), at(7s)) << "a1 waits for a0 to end";
    EXPECT_EQ(schedule.takeDue(at(7s), 10), Ids{"b0"});
    EXPECT_EQ(schedule.nextDue(at(7s)), std::nullopt) << "the wire is full";

    schedule.finished(kA, Feedback::kAnswered);
    ASSERT_TRUE(schedule.nextDue(at(8s)));
    EXPECT_LE(*schedule.nextDue(at(8s)), at(8s)) << "a1 is overdue";
    EXPECT_EQ(schedule.takeDue(at(8s), 10), Ids{"a1"});
}

TEST(Schedule, IsWantedAgainAtOnceWhenItWasAskedForLessThanIsDue) {
    NamedSchedule schedule(Schedule::Limits{});
    addMany(schedule, "a", kA, 3);
    schedule.takeDue(kNow, 2);
    EXPECT_EQ(schedule.nextDue(kNow), kNow);
    schedule.takeDue(kNow, 2);
    EXPECT_EQ(schedule.nextDue(kNow), std::nullopt);
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
    schedule.takeDue(at(3s), 10);
    EXPECT_EQ(schedule.oldestDue(), at(9s));
}

// ---- very many

TEST(Schedule, AHundredThousandEndpointsAreServedInTime) {
    // Looking at all of them for each that comes would take minutes.
    constexpr std::size_t kEndpoints = 100'000;
    NamedSchedule schedule({.in_flight = kEndpoints, .in_flight_per_endpoint = 1});
    for (std::size_t i = 0; i < kEndpoints; ++i)
        schedule.add("d" + std::to_string(i), "https://" + std::to_string(i), at(1s));
    EXPECT_EQ(schedule.takeDue(at(1s), 2 * kEndpoints).size(), kEndpoints);
}

TEST(Schedule, APausedEndpointIsNotForgottenAmongManyIdleOnes) {
    NamedSchedule schedule(Schedule::Limits{});
    schedule.pause(kA);
    for (int i = 0; i < 20'000; ++i) {
        const std::string endpoint = "https://" + std::to_string(i);
        schedule.add("one", endpoint, kNow);
        ASSERT_EQ(schedule.takeDue(kNow, 10), Ids{"one"});
        schedule.finished(endpoint, Feedback::kAnswered);
    }
    EXPECT_TRUE(schedule.paused(kA));
    schedule.add("two", kA, kNow);
    EXPECT_EQ(schedule.takeDue(kNow, 10), Ids{});
}

TEST(Schedule, MovesWithAllThatWaits) {
    NamedSchedule schedule(Schedule::Limits{});
    addMany(schedule, "a", kA, 2);
    schedule.takeDue(kNow, 1);
    NamedSchedule moved = std::move(schedule);
    EXPECT_EQ(moved.takeDue(kNow, 10), Ids{"a1"});
    EXPECT_EQ(moved.inFlight(), 2u);
}

/// What the schedule should know, kept as plainly as possible.
struct Model {
    struct Entry {
        std::string endpoint;
        MonotonicTime due;
    };
    std::map<StreamId, Entry> waiting;
    std::multiset<std::string> in_flight;
    std::set<std::string> paused;
};

TEST(Schedule, WhateverHappensEachIsTakenOnceInTimeAndWithinTheLimits) {
    constexpr Schedule::Limits kLimits{.in_flight = 20, .in_flight_per_endpoint = 4};
    const std::vector<std::string> endpoints = {kA, kB, kC, "https://d.example:443"};
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 chance(seed);
        const auto pick = [&](std::size_t below) { return chance() % below; };
        NamedSchedule schedule(kLimits);
        Model model;
        Duration time{};
        for (int step = 0; step < 2'000; ++step) {
            const std::string endpoint = endpoints[pick(endpoints.size())];
            const StreamId id = std::to_string(pick(50));
            switch (pick(8)) {
                case 0:
                case 1:
                case 2: {
                    const MonotonicTime due = at(time + std::chrono::seconds(pick(20)) - 5s);
                    schedule.add(id, endpoint, due);
                    model.waiting[id] = {endpoint, due};
                    break;
                }
                case 3:
                    schedule.remove(id);
                    model.waiting.erase(id);
                    break;
                case 4:
                    schedule.pause(endpoint);
                    model.paused.insert(endpoint);
                    break;
                case 5:
                    schedule.resume(endpoint);
                    model.paused.erase(endpoint);
                    break;
                case 6:
                    if (const auto flying = model.in_flight.find(endpoint);
                        flying != model.in_flight.end()) {
                        schedule.finished(endpoint, Feedback::kAnswered);
                        model.in_flight.erase(flying);
                    }
                    break;
                case 7:
                    time += 1s;
                    break;
            }
            for (const StreamId& taken : schedule.takeDue(at(time), 1 + pick(5))) {
                const auto entry = model.waiting.find(taken);
                ASSERT_NE(entry, model.waiting.end()) << taken << " does not wait";
                ASSERT_LE(entry->second.due, at(time));
                ASSERT_FALSE(model.paused.contains(entry->second.endpoint));
                model.in_flight.insert(entry->second.endpoint);
                ASSERT_LE(model.in_flight.count(entry->second.endpoint),
                          kLimits.in_flight_per_endpoint);
                model.waiting.erase(entry);
            }
            ASSERT_LE(model.in_flight.size(), kLimits.in_flight);
            ASSERT_EQ(schedule.inFlight(), model.in_flight.size());
            ASSERT_EQ(schedule.waiting(), model.waiting.size());
        }

        // In the end everything that waits is taken, and nextDue never says to stop too early.
        for (const std::string& endpoint : endpoints)
            schedule.resume(endpoint);
        for (const std::string& endpoint : model.in_flight)
            schedule.finished(endpoint, Feedback::kAnswered);
        while (const auto due = schedule.nextDue(at(time))) {
            time = std::max(time, *due - at(0s));
            for (const StreamId& taken : schedule.takeDue(at(time), 5)) {
                schedule.finished(model.waiting.at(taken).endpoint, Feedback::kAnswered);
                model.waiting.erase(taken);
            }
        }
        EXPECT_TRUE(model.waiting.empty());
        EXPECT_EQ(schedule.waiting(), 0u);
    }
}

}  // namespace
}  // namespace waybill::test
