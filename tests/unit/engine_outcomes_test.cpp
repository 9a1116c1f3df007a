// Is an outcome that was known recorded as known, however the log fails?
#include <gtest/gtest.h>

#include <ostream>

#include "support/batch_builder.h"
#include "support/open_deliveries.h"
#include "support/ring.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

class EngineOutcomesTest : public RingTest {
protected:
    /// To endpoints of their own: none has more on the wire than an endpoint's first share.
    static std::string urlOf(int number) {
        return "http://h" + std::to_string(number) + ".example/";
    }
    /// Deliveries with an attempt on the wire that nobody has heard of yet.
    std::vector<StreamId> fly(int count) {
        std::vector<StreamId> ids;
        Asked<Accepted> asked;
        for (int i = 0; i < count; ++i)
            ids.push_back(ring_->submit(submissionTo(urlOf(i)), into(asked)));
        ring_->passInSteps(3s);
        EXPECT_EQ(wire_.onWire(), ids.size());
        return ids;
    }
    void expectNothingAttempting(const std::string& when = "at the end") {
        for (const Delivery& delivery : openDeliveries(*memory_))
            EXPECT_FALSE(delivery.attempt_open) << delivery.id << ", " << when;
        EXPECT_EQ(ring_->health().in_flight, 0u) << when;
    }
};

class FailedCommits : public EngineOutcomesTest,
                      public ::testing::WithParamInterface<AppendFault> {};

TEST_P(FailedCommits, LeaveKnownOutcomesKnown) {
    constexpr int kOutcomes = 200;
    start();
    const std::vector<StreamId> ids = fly(kOutcomes);
    for (int i = 0; i < kOutcomes; ++i)
        wire_.finishOldest(i % 4 == 0 ? answered(500) : answered(200));
    memory_->failNextAppend(GetParam());
    ring_->tick();
    EXPECT_FALSE(ring_->health().ready);
    ring_->passInSteps(3s);
    EXPECT_TRUE(ring_->health().ready);
    for (int i = 0; i < kOutcomes; ++i) {
        const StreamId& id = ids[static_cast<std::size_t>(i)];
        const std::vector<std::string> expected = {
            "delivery_accepted", "attempt_started",
            i % 4 == 0 ? "attempt_failed" : "attempt_succeeded"};
        EXPECT_EQ(typesOf(id), expected) << id;
        EXPECT_EQ(wire_.sendsOf(id, 1), 1) << id;
        EXPECT_EQ(wire_.sendsOf(id, 2), 0) << id;
    }
    expectNothingAttempting();
}

INSTANTIATE_TEST_SUITE_P(EngineOutcomesTest, FailedCommits,
                         ::testing::Values(AppendFault::kUnavailable,
                                           AppendFault::kIndeterminateKept,
                                           AppendFault::kIndeterminateLost),
                         [](const auto& tested) {
                             switch (tested.param) {
                                 case AppendFault::kUnavailable:
                                     return "NothingWritten";
                                 case AppendFault::kIndeterminateKept:
                                     return "KeptHalfway";
                                 default:
                                     return "LostHalfway";
                             }
                         });

TEST_F(EngineOutcomesTest, CommitsThatFailAgainAndAgainLoseNoOutcome) {
    start();
    const std::vector<StreamId> ids = fly(20);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        wire_.finishOldest(answered(200));
        memory_->failNextAppend(i % 2 == 0 ? AppendFault::kUnavailable
                                           : AppendFault::kIndeterminateKept);
        memory_->failNextReopens(static_cast<int>(i % 3));
        ring_->pass(1s);
    }
    ring_->passInSteps(10s);
    EXPECT_EQ(countOf("attempt_abandoned"), 0u);
    EXPECT_EQ(countOf("attempt_succeeded"), ids.size());
    EXPECT_EQ(wire_.sent(), ids.size());
}

TEST_F(EngineOutcomesTest, AFailedReadWhileABacklogLoadsLeavesNoneAttempting) {
    constexpr int kBacklog = 13'000;
    const std::pair<Thrown, std::uint64_t> faults[] = {{Thrown::kUnavailable, 1},
                                                       {Thrown::kNoMemory, 3}};
    for (const auto& [thrown, nth] : faults) {
        const std::string when = std::string(nameOf(thrown)) + " in call " + std::to_string(nth);
        forgetTheLog();
        // What waits was accepted, and failed once, before this process; it is due at once.
        for (int i = 0; i < kBacklog;) {
            BatchBuilder builder(*memory_);
            for (const int end = i + 1000; i < end; ++i) {
                const StreamId id = "dlv_" + std::to_string(100'000 + i);
                builder.accept(id).start(id).fail(id, 1, epoch());
            }
            builder.commit();
        }
        start();
        ASSERT_GT(wire_.onWire(), 0u) << when;
        // Outcomes come while the rest is still read.
        for (std::size_t left = wire_.onWire(); left > 0; --left)
            wire_.finishOldest(answered(500));
        log_->failCall(nth, thrown);
        ring_->tick();
        log_->calm();
        for (int i = 0; i < 30 || (i < 300 && wire_.onWire() > 0); ++i) {
            while (wire_.onWire() > 0)
                wire_.finishOldest(answered(500));
            ring_->pass(100ms);
        }
        EXPECT_EQ(wire_.onWire(), 0u) << when;
        EXPECT_TRUE(ring_->health().ready) << when;
        std::size_t attempting = 0;
        for (const Delivery& delivery : openDeliveries(*memory_))
            attempting += delivery.attempt_open ? 1u : 0u;
        EXPECT_EQ(attempting, 0u) << when;
        EXPECT_EQ(ring_->health().in_flight, 0u) << when;
        EXPECT_EQ(countOf("attempt_abandoned"), 0u) << when << ": each outcome was known";
    }
}

/// The log is told of it though it was down when the outcome came.
TEST_F(EngineOutcomesTest, AnOutcomeThatComesWhileTheLogIsDownIsRecordedAsKnown) {
    start();
    const std::vector<StreamId> ids = fly(5);
    memory_->failNextAppend(AppendFault::kUnavailable);
    memory_->failNextReopens(3);
    wire_.finishOldest(answered(200));
    ring_->tick();
    while (wire_.onWire() > 0) {
        wire_.finishOldest(answered(200));
        ring_->pass(1s);
    }
    ring_->passInSteps(5s);
    EXPECT_EQ(countOf("attempt_succeeded"), ids.size());
    EXPECT_EQ(countOf("attempt_abandoned"), 0u);
    expectNothingAttempting();
}

/// What a transport must not do.
TEST_F(EngineOutcomesTest, AnOutcomeThatIsToldTwiceIsRecordedOnce) {
    start();
    const StreamId id = submitTo(kUrl);
    const FakeTransport::Sent sent = wire_.oldest();
    wire_.finishOldest(answered(500));
    sent.done(answered(200));
    ring_->tick();
    sent.done(answered(200));
    ring_->tick();
    EXPECT_EQ(typesOf(id),
              (std::vector<std::string>{"delivery_accepted", "attempt_started", "attempt_failed"}));
    ring_->passInSteps(5s);
    sent.done(answered(200));  // of the first attempt, while the second is on the wire
    ring_->tick();
    EXPECT_EQ(typesOf(id).back(), "attempt_started");
    answerOldest(answered(200));
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kDelivered);
    EXPECT_EQ(ring_->health().in_flight, 0u);
}

TEST_F(EngineOutcomesTest, AnOutcomeThatComesAfterTheRingIsGoneIsNoFault) {
    start();
    submitTo(kUrl);
    const FakeTransport::Sent sent = wire_.oldest();
    ring_.reset();
    sent.done(answered(200));
    start();
    sent.done(answered(200));
    ring_->tick();
    EXPECT_TRUE(ring_->health().ready);
    EXPECT_EQ(countOf("attempt_succeeded"), 0u);
}

/// The next attempt, which had another token, was lost with the batch.
TEST_F(EngineOutcomesTest, AnOutcomeThatIsDecidedAgainIsMaskedWithTheTokenOfItsAttempt) {
    start();
    const StreamId id = submitTo(kUrl);
    AttemptOutcome outcome = answered(500);
    outcome.response_body = "you sent s3cret";
    wire_.finishOldest(std::move(outcome));
    Asked<Delivery> redelivered;
    ring_->redeliver({.delivery = id, .actor = kActor, .reason = "again", .token = "another"},
                     into(redelivered));
    memory_->failNextAppend(AppendFault::kUnavailable);
    ring_->tick();
    ring_->passInSteps(3s);
    std::size_t exchanges = 0;
    for (const RecordedEvent& event : memory_->readStream(id)) {
        const auto exchange = memory_->readExchange(event.global_position);
        if (!exchange) continue;
        ++exchanges;
        EXPECT_EQ(exchange->body.find("s3cret"), std::string::npos) << exchange->body;
    }
    EXPECT_GE(exchanges, 1u);
}

}  // namespace
}  // namespace waybill::test
