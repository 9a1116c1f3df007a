// Are retries made at the right time, whatever the wall clock was when they were decided?
#include <gtest/gtest.h>

#include "support/ring.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kDay = 24h;

class EngineClockTest : public RingTest {
protected:
    /// A delivery that has failed once: its retry is due in 5 s.
    StreamId failOnce() {
        const StreamId id = submitTo(kUrl);
        answerOldest(answered(500));
        EXPECT_EQ(*stateOf(id).next_attempt_at, clock_.now().wall + 5s);
        return id;
    }
};

TEST_F(EngineClockTest, AWallClockThatIsSetRightAfterTheStartMakesNoEarlierRetryLate) {
    start();
    failOnce();
    const Timestamp due = clock_.now().wall + 5s;
    ring_.reset();
    clock_.jumpWall(-kDay);  // the machine boots, and knows no better
    start();
    ring_->pass(1s);
    clock_.jumpWall(kDay);
    while (clock_.now().wall + 1s < due) {
        ring_->pass(1s);
        ASSERT_EQ(wire_.onWire(), 0u) << "not before it is due";
    }
    ring_->passInSteps(3s);
    EXPECT_EQ(wire_.onWire(), 1u);
}

TEST_F(EngineClockTest, WhatWasDueWhileTheMachineWasOffIsSentOnceTheClockIsRight) {
    start();
    failOnce();
    ring_.reset();
    clock_.advance(1h);
    clock_.jumpWall(-kDay);
    start();
    ring_->pass(1s);
    clock_.jumpWall(kDay);
    ring_->passInSteps(2s);
    EXPECT_EQ(wire_.onWire(), 1u);
}

TEST_F(EngineClockTest, ARetryOfThisRunIsNotEarlyByTheMonotonicClock) {
    clock_.jumpWall(-kDay);
    start();
    failOnce();
    ring_->pass(1s);
    clock_.jumpWall(kDay);  // by the wall clock it is late now
    ring_->pass(1s);
    ring_->pass(1s);
    ring_->pass(2s - 1us);
    EXPECT_EQ(wire_.onWire(), 0u);
    ring_->pass(1us);
    EXPECT_EQ(wire_.onWire(), 1u);
}

TEST_F(EngineClockTest, ARetryOfThisRunIsNotLateWhenTheWallClockIsSetBack) {
    start();
    failOnce();
    ring_->pass(1s);
    clock_.jumpWall(-kDay);
    ring_->passInSteps(4s);
    EXPECT_EQ(wire_.onWire(), 1u);
}

TEST_F(EngineClockTest, ARetryThatWasRecordedByAClockADayAheadWaitsNoLongerThanItsOwnDelay) {
    clock_.jumpWall(kDay);
    start();
    failOnce();
    ring_.reset();
    clock_.jumpWall(-kDay);
    start();
    EXPECT_EQ(wire_.onWire(), 0u);
    ring_->passInSteps(5s);
    EXPECT_EQ(wire_.onWire(), 1u);
}

/// The clock is set right only after the start.
TEST_F(EngineClockTest, AClockThatIsSetBackADayAfterTheStartMakesNoRetryADayLate) {
    clock_.jumpWall(kDay);
    start();
    failOnce();
    start();
    ring_->pass(1s);
    clock_.jumpWall(-kDay);
    ring_->passInSteps(6s);
    EXPECT_EQ(wire_.onWire(), 1u);
}

TEST_F(EngineClockTest, AnHourOfSmallStepsMovesNoRetry) {
    options_.retry_policy.delays = {30min};
    start();
    submitTo(kUrl);
    answerOldest(answered(500));
    const Duration delay =
        *stateOf(memory_->readAll(0, 1).front().stream).next_attempt_at - clock_.now().wall;
    for (Duration passed{}; passed + 1min < delay; passed += 1min) {
        clock_.jumpWall(-700ms);
        ring_->pass(1min);
        ASSERT_EQ(wire_.onWire(), 0u);
    }
    ring_->pass(1min + 2s);
    EXPECT_EQ(wire_.onWire(), 1u);
}

}  // namespace
}  // namespace waybill::test
