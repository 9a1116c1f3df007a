// Does each client get what it may have, no more, and nobody else less?
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <utility>
#include <vector>

#include "engine/client_accounts.h"
#include "engine/schedule.h"
#include "engine/token_bucket.h"
#include "support/named_schedule.h"
#include "support/ring.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

const MonotonicTime kNow{1000s};

// ---- a token bucket

TEST(TokenBucket, GivesABurstAndThenOneEachInterval) {
    const Rate rate = Rate::of(10, 1s, 2s);  // 10 a second, 20 at once
    TokenBucket bucket;
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(bucket.has(rate, kNow)) << i;
        bucket.take(rate, kNow);
    }
    struct Row {
        Duration later;
        bool has;
    };
    for (const auto& [later, has] :
         {Row{0s, false}, {99999us, false}, {100ms, true}, {1s, true}, {1h, true}})
        EXPECT_EQ(bucket.has(rate, kNow + later), has) << later.count();
    EXPECT_EQ(bucket.nextAt(rate), kNow + 100ms);
    EXPECT_FALSE(bucket.isFull(kNow + 2s - 1us));
    EXPECT_TRUE(bucket.isFull(kNow + 2s));
}

TEST(TokenBucket, OwesNoMoreThanOneMoreBurst) {
    const Rate rate = Rate::of(10, 1s, 2s);
    TokenBucket bucket;
    for (int i = 0; i < 1000; ++i)
        bucket.take(rate, kNow);
    EXPECT_FALSE(bucket.has(rate, kNow + 2s));
    EXPECT_EQ(bucket.nextAt(rate), kNow + 2s + 100ms);
}

TEST(TokenBucket, GivesOneEachIntervalWhereThatIsLongerThanTheBurst) {
    const Rate rate = Rate::of(1, 1min, 1s);
    TokenBucket bucket;
    EXPECT_TRUE(bucket.has(rate, kNow));
    bucket.take(rate, kNow);
    EXPECT_FALSE(bucket.has(rate, kNow + 1min - 1us));
    EXPECT_TRUE(bucket.has(rate, kNow + 1min));
}

TEST(TokenBucket, KeepsRatesOfMillionsASecond) {
    const Rate rate = Rate::of(3'000'000, 1s, 10ms);
    TokenBucket bucket;
    int taken = 0;
    for (; bucket.has(rate, kNow) && taken < 40'000; ++taken)
        bucket.take(rate, kNow);
    EXPECT_NEAR(taken, 30'000, 50);
}

TEST(TokenBucket, WhatIsGivenBackCanBeTakenAgain) {
    const Rate rate = Rate::of(1, 1min, 1s);
    TokenBucket bucket;
    bucket.take(rate, kNow);
    bucket.giveBack(rate);
    EXPECT_TRUE(bucket.has(rate, kNow));
}

// ---- accounts

TEST(ClientAccounts, AreForgottenOnceTheyAreAtRest) {
    ClientAccounts accounts({.deliveries_per_second = 5, .pending_bytes = 100});
    for (int i = 0; i < 1000; ++i) {
        const std::string client = "c" + std::to_string(i);
        accounts.accepted(client, kNow);
        accounts.opened(client, 7);
        if (i != 0) accounts.closed(client, 7);
    }
    accounts.forgetResting(kNow);
    EXPECT_EQ(accounts.size(), 1000u) << "they could begin anew otherwise";
    accounts.forgetResting(kNow + 1s);
    EXPECT_EQ(accounts.size(), 1u) << "one has something pending";
    accounts.closed("c0", 7);
    accounts.forgetResting(kNow + 1s);
    EXPECT_EQ(accounts.size(), 0u);
}

// ---- the schedule

class ScheduleRates : public ::testing::Test {
protected:
    /// Ten attempts at once, then one each six seconds.
    ClientAccounts accounts_{{.attempts_per_minute = 10}};
    NamedSchedule schedule_{Schedule::Limits{}, &accounts_};
};

TEST_F(ScheduleRates, AttemptsOverTheRateWaitAndDelayNoOtherClient) {
    schedule_.addMany("slow", "a", 30, kNow, "slow");
    EXPECT_EQ(schedule_.take(kNow, 100).size(), 10u);
    EXPECT_EQ(schedule_.heldBack("slow"), 20u);
    EXPECT_EQ(schedule_.heldBack(), 20u);
    schedule_.addMany("other", "a", 5, kNow, "other");
    EXPECT_EQ(schedule_.take(kNow, 100).size(), 5u);
    EXPECT_EQ(schedule_.heldBack("other"), 0u);
    EXPECT_EQ(schedule_.nextDue(kNow), kNow + 6s);
    EXPECT_TRUE(schedule_.take(kNow + 6s - 1us, 100).empty());
    EXPECT_EQ(schedule_.take(kNow + 6s, 100), Names{"slow10"});
}

TEST_F(ScheduleRates, NothingThatWaitsForItsRateIsLost) {
    schedule_.addMany("s", "a", 30, kNow);
    schedule_.addMany("t", "b", 30, kNow);
    std::size_t taken = 0;
    MonotonicTime now = kNow;
    while (const auto next = schedule_.nextDue(now)) {
        now = std::max(now, *next);
        for (const std::string& name : schedule_.take(now, 1)) {
            ++taken;
            schedule_.finish(name[0] == 's' ? "a" : "b", 1, Feedback::kAnswered, now);
        }
    }
    EXPECT_EQ(taken, 60u);
    EXPECT_EQ(now, kNow + 50 * 6s);
    EXPECT_EQ(schedule_.waiting(), 0u);
}

TEST_F(ScheduleRates, AClientThatComesBackHasNotItsAttemptsAnew) {
    for (int i = 0; i < 10; ++i) {
        schedule_.add("d" + std::to_string(i), "a", kNow);
        ASSERT_EQ(schedule_.take(kNow, 1).size(), 1u);
        schedule_.finish("a", 1, Feedback::kAnswered, kNow);
    }
    EXPECT_EQ(schedule_.clients(), 0u);
    accounts_.forgetResting(kNow);
    schedule_.add("again", "a", kNow);
    EXPECT_TRUE(schedule_.take(kNow, 1).empty());
    ASSERT_TRUE(schedule_.remove("again"));
    EXPECT_EQ(schedule_.clients(), 0u);
    EXPECT_FALSE(schedule_.nextDue(kNow)) << "nobody waits";
}

TEST_F(ScheduleRates, WhatIsPutBackHasCostNothing) {
    schedule_.addMany("d", "a", 20, kNow);
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(schedule_.take(kNow, 1).size(), 1u) << i;
        schedule_.putBackFirst("a");
    }
    EXPECT_EQ(schedule_.take(kNow, 100).size(), 10u);
}

// ---- the ring

class ClientLimitsTest : public RingTest {
protected:
    /// Nothing where it was accepted.
    std::optional<Refusal> submit(const std::string& client = "alice",
                                  const std::string& payload = "{}") {
        Submission submission = submissionTo(kUrl, payload);
        submission.client = client;
        Asked<Accepted> asked;
        const StreamId id = ring_->submit(std::move(submission), into(asked));
        ring_->tick();
        EXPECT_EQ(asked.answers, 1);
        if (!asked.ok()) return asked.last->refusal();
        newest_ = id;
        return std::nullopt;
    }
    void expectLimited(const std::optional<Refusal>& refusal, Duration retry_after,
                       const std::string& words) {
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->code, RefusalCode::kLimited);
        EXPECT_EQ(refusal->retry_after, retry_after);
        EXPECT_NE(refusal->message.find(words), std::string::npos) << refusal->message;
    }
    /// With a limit of a hundred, where some are.
    void expectPending(std::size_t bytes) {
        expectLimited(submit("alice", std::string(101, 'x')), 5s,
                      "payloads of " + std::to_string(bytes) + " bytes pending");
    }
    void expectNothingPending() { EXPECT_FALSE(submit("alice", std::string(101, 'x'))); }

    StreamId newest_;
};

TEST_F(ClientLimitsTest, DeliveriesOverTheRateAreRefusedUntilThereIsRoomAndLeaveNoTrace) {
    options_.client_limits.deliveries_per_second = 2;
    start();
    for (int i = 0; i < 20; ++i)
        EXPECT_FALSE(submit()) << i;
    const auto events = memory_->head().global_position;
    expectLimited(submit(), 1s, "at most 2 a second");
    EXPECT_EQ(countOf("delivery_accepted"), 20u);
    EXPECT_EQ(memory_->head().global_position, events);
    EXPECT_FALSE(submit("bob")) << "another client has limits of its own";
    ring_->pass(500ms);
    EXPECT_FALSE(submit());
    EXPECT_TRUE(submit());
    EXPECT_EQ(ring_->health().refused.deliveries, 2u);
}

TEST_F(ClientLimitsTest, ACallbackIsNeverRefusedAndCounts) {
    options_.client_limits.deliveries_per_second = 1;
    options_.client_limits.pending_bytes = 2;
    start();
    for (int i = 0; i < 12; ++i) {
        const StreamId id = "resp_" + std::to_string(i);
        Asked<Response> made;
        ring_->createResponse({.id = id, .created = {.kind = "response", .client = "alice"}},
                              into(made));
        ring_->completeResponse({.id = id,
                                 .object_id = id,
                                 .status = "completed",
                                 .object = makeBytes("{}"),
                                 .callback = Destination{kUrl, ""}},
                                into(made));
        ring_->tick();
        EXPECT_TRUE(made.ok()) << made.message();
    }
    EXPECT_EQ(countOf("delivery_accepted"), 12u);
    EXPECT_EQ(countOf("callback_ignored"), 0u);
    expectLimited(submit(), 3s, "at most 1 a second");
    ring_->pass(3s);
    expectLimited(submit(), 5s, "payloads of 24 bytes pending (at most 2)");
}

TEST_F(ClientLimitsTest, AttemptsOverTheRateWaitAndSubmissionsAreRefusedMeanwhile) {
    options_.client_limits.attempts_per_minute = 60;
    options_.retry_policy = {.max_retries = 100, .delays = {0s}};
    start();
    EXPECT_FALSE(submit());
    for (int i = 0; i < 59; ++i)
        answerOldest(answered(500));
    EXPECT_EQ(wire_.sent(), 60u);
    answerOldest(answered(500));
    EXPECT_EQ(wire_.sent(), 60u) << "the next one waits for its turn";
    expectLimited(submit(), 1s, "at most 60 a minute");
    EXPECT_FALSE(submit("bob"));
    EXPECT_EQ(wire_.sent(), 61u) << "nobody else waits for it";
    ring_->pass(1s);
    EXPECT_EQ(wire_.sent(), 62u);
    EXPECT_EQ(ring_->health().refused.attempts, 1u);
}

TEST_F(ClientLimitsTest, ARefusalSaysHowLongThoseWhoWaitTake) {
    options_.client_limits.attempts_per_minute = 10;
    start();
    for (int i = 0; i < 7; ++i) {
        EXPECT_FALSE(submit()) << i;
        answerOldest(answered(200));
    }
    for (int i = 0; i < 6; ++i) {
        Asked<Delivery> redelivered;
        ring_->redeliver({.delivery = newest_, .actor = kActor}, into(redelivered));
        ring_->tick();
        EXPECT_TRUE(redelivered.ok()) << "an operator is not refused";
        if (i < 3) answerOldest(answered(200));
    }
    EXPECT_EQ(wire_.sent(), 10u);
    EXPECT_EQ(wire_.onWire(), 0u) << "it waits, and opens another round each time";
    ring_->pass(1s);
    EXPECT_EQ(ring_->health().held_back, 1u);
    expectLimited(submit(), 6s, "wait for theirs: 1); submit again in 6 seconds");
}

TEST_F(ClientLimitsTest, PendingBytesAreThoseOfWhatIsNotOver) {
    options_.client_limits.pending_bytes = 100;
    options_.retry_policy = {.max_retries = 1, .delays = {1s}};
    start();
    EXPECT_FALSE(submit("alice", std::string(60, 'x')));
    const StreamId id = newest_;
    expectLimited(submit("alice", std::string(41, 'x')), 5s,
                  "payloads of 60 bytes pending (at most 100), and this one has 41 more");
    answerOldest(answered(500));
    expectPending(60);
    ring_->pass(1s);
    expectPending(60);
    answerOldest(answered(500));
    ASSERT_EQ(stateOf(id).status, DeliveryStatus::kFailed);

    EXPECT_FALSE(submit("alice", std::string(7, 'x')));
    const StreamId cancelled_one = newest_;
    expectPending(7);
    Asked<Delivery> redelivered;
    ring_->redeliver({.delivery = id, .actor = kActor}, into(redelivered));
    ring_->tick();
    ASSERT_TRUE(redelivered.ok()) << redelivered.message();
    expectPending(67);
    Asked<Delivery> cancelled;
    ring_->cancel({.delivery = cancelled_one, .actor = kActor}, into(cancelled));
    ring_->tick();
    ASSERT_TRUE(cancelled.ok()) << cancelled.message();
    expectPending(67);
    answerOldest(answered(500));  // what was cancelled on the wire is over now
    expectPending(60);
    answerOldest(answered(200));
    EXPECT_FALSE(submit("bob", std::string(100, 'x')));
    expectNothingPending();
}

TEST_F(ClientLimitsTest, OneThatIsLargerThanTheLimitIsTakenAlone) {
    options_.client_limits.pending_bytes = 100;
    start();
    EXPECT_FALSE(submit("alice", std::string(1000, 'x')));
    EXPECT_TRUE(submit("alice", "x"));
    answerOldest(answered(200));
    EXPECT_FALSE(submit("alice", "x"));
}

TEST_F(ClientLimitsTest, PendingBytesAreRightAfterARestartAndAfterTheLogFailed) {
    options_.client_limits.pending_bytes = 100;
    options_.retry_policy = {.max_retries = 5, .delays = {1h}};
    start();
    EXPECT_FALSE(submit("alice", std::string(30, 'x')));
    EXPECT_FALSE(submit("alice", std::string(40, 'x')));
    answerOldest(answered(500));
    expectPending(70);
    start();  // with one that waits, and one that is abandoned
    expectPending(70);

    for (const auto fault : {AppendFault::kUnavailable, AppendFault::kIndeterminateLost,
                             AppendFault::kIndeterminateKept}) {
        memory_->failNextAppend(fault);
        Submission submission = submissionTo(kUrl, std::string(10, 'x'));
        submission.client = "alice";
        Asked<Accepted> lost;
        ring_->submit(std::move(submission), into(lost));
        ring_->tick();
        EXPECT_FALSE(lost.ok());
        ring_->passInSteps(3s);
        ASSERT_TRUE(ring_->health().ready) << ring_->health().problem;
        expectPending(fault == AppendFault::kIndeterminateKept ? 80 : 70);
    }
    ring_->passInSteps(2h);
    answerEverything(answered(200));
    expectNothingPending();
}

TEST_F(ClientLimitsTest, WhatIsReadLaterAfterAStartIsCountedOnce) {
    constexpr std::size_t kMany = 13'000;
    options_.client_limits.pending_bytes = 2'000'000;
    options_.retry_policy = {.max_retries = 5, .delays = {24h}};
    start();
    std::vector<Asked<Accepted>> asked(kMany);
    for (auto& one : asked) {
        Submission submission = submissionTo(kUrl, std::string(100, 'x'));
        submission.client = "alice";
        newest_ = ring_->submit(std::move(submission), into(one));
    }
    while (!asked.back().last)
        ring_->tick();
    start();
    // It is among those that are not read yet.
    Asked<Delivery> cancelled;
    ring_->cancel({.delivery = newest_, .actor = kActor}, into(cancelled));
    EXPECT_FALSE(submit("alice", std::string(50, 'x')));
    ASSERT_TRUE(cancelled.ok()) << cancelled.message();
    ring_->passInSteps(5s);
    clock_.jumpWall(10s);  // all are read again
    ring_->passInSteps(5s);
    expectLimited(submit("alice", std::string(2'000'000, 'x')), 5s,
                  "payloads of " + std::to_string((kMany - 1) * 100 + 50) + " bytes");
}

TEST_F(ClientLimitsTest, WhatCannotBeSentIsPendingNoLonger) {
    options_.client_limits.pending_bytes = 100;
    start();
    EXPECT_FALSE(submit("alice", std::string(60, 'x')));
    const StreamId id = newest_;
    answerOldest(answered(500));
    log_->damage(stateOf(id).accepted_position);
    start();
    expectPending(60);
    ring_->passInSteps(10s);
    ASSERT_EQ(stateOf(id).round_end, RoundEnd::kDamaged);
    expectNothingPending();
}

// ---- the engine

TEST(ClientShares, AClientThatFillsTheInboxLeavesRoomForAnother) {
    MemoryLog log;
    FakeTransport wire;
    std::promise<void> busy;
    std::promise<void> go_on;
    EngineOptions options;
    options.max_in_flight = 100;
    options.max_in_flight_per_client = 50;
    options.max_waiting_commands = 8;
    options.on_event = [&, first = true](const RecordedEvent&) mutable {
        if (!std::exchange(first, false)) return;
        busy.set_value();
        go_on.get_future().wait();
    };
    Engine engine(log, wire, options);
    engine.start();
    std::vector<Asked<Accepted>> asked(8);
    const auto submit = [&](std::size_t number, const std::string& client) {
        Submission submission{.destination = {"http://hooks.example/", ""},
                              .payload = makeBytes("{}"),
                              .client = client};
        engine.submit(std::move(submission), [&asked, number](Result<Accepted> result) {
            ++asked[number].answers;
            asked[number].last = std::move(result);
        });
    };
    submit(0, "loud");
    busy.get_future().wait();
    for (std::size_t i = 1; i <= 4; ++i)
        submit(i, "loud");
    EXPECT_EQ(asked[4].answers, 0) << "it waits";
    submit(5, "loud");
    ASSERT_EQ(asked[5].refused(), RefusalCode::kLimited);
    EXPECT_EQ(asked[5].last->refusal().retry_after, Duration(1s));
    submit(6, "other");
    EXPECT_EQ(asked[6].answers, 0) << "it is taken";
    EXPECT_EQ(engine.health().refused.waiting, 1u);
    go_on.set_value();
    engine.stop();
    for (std::size_t i : {0u, 1u, 4u, 6u})
        EXPECT_EQ(asked[i].answers, 1) << i;
}

}  // namespace
}  // namespace waybill::test
