// Does memory hold only what it must: payloads until they are sent, and of what waits next to
// nothing?
#include <gtest/gtest.h>

#include <algorithm>

#include "support/batch_builder.h"
#include "support/heap.h"
#include "support/ring.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPayload = 4096;

/// Writes payloads away, as a log on a disk does, and keeps none of those it is handed.
class CopyingLog : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;

    LogHead append(Batch& batch, const LogHead& expected_head) override {
        Batch written = batch;
        for (NewEvent& event : written)
            event.attachments.payload = copied(event.attachments.payload);
        const LogHead head = ForwardingLog::append(written, expected_head);
        for (std::size_t i = 0; i < batch.size(); ++i)
            batch[i].recorded = written[i].recorded;
        return head;
    }
    Bytes readPayload(std::uint64_t position) const override {
        return watched(ForwardingLog::readPayload(position));
    }
    Bytes readPayloadOf(const Delivery& delivery) const override {
        return watched(ForwardingLog::readPayloadOf(delivery));
    }

    /// Of the payloads that were read, or passed through `watch`: bytes still held by anybody.
    std::size_t held() const {
        std::size_t bytes = 0;
        for (const auto& payload : given_) {
            if (const auto alive = payload.lock()) bytes += alive->size();
        }
        return bytes;
    }
    void watch(const Bytes& payload) const { given_.push_back(payload); }

private:
    static Bytes copied(const Bytes& payload) { return payload ? makeBytes(*payload) : nullptr; }
    Bytes watched(const Bytes& stored) const {
        const Bytes given = copied(stored);
        if (given) watch(given);
        return given;
    }

    mutable std::vector<std::weak_ptr<const std::string>> given_;
};

/// Sends at once and drops its copy, as the HTTP transport does; answers when it is told.
class DroppingWire : public CountingWire {
public:
    void send(AttemptRequest request, Completion done) override {
        request.body.reset();
        CountingWire::send(std::move(request), std::move(done));
    }
};

class EngineMemoryTest : public RingTest {
protected:
    template <typename Wire>
    void startOn(Wire& wire) {
        ring_.reset();
        options_.payload_memory = budget_;
        ring_ = std::make_unique<Ring>(copying_, wire, options_, clock_, entropy_);
        ring_->recover();
        ring_->tick();
    }
    void submitMany(int count, std::size_t bytes = kPayload) {
        for (int i = 0; i < count; ++i) {
            // To endpoints of their own: none has more than an endpoint's first share.
            Submission submission = submissionTo(
                "http://h" + std::to_string(endpoints_++) + ".example/", std::string(bytes, 'p'));
            copying_.watch(submission.payload);
            ring_->submit(std::move(submission), into(accepted_));
            ring_->tick();
        }
        EXPECT_EQ(accepted_.answers, endpoints_);
        EXPECT_TRUE(accepted_.ok()) << accepted_.message();
    }

    CopyingLog copying_{*memory_};
    std::shared_ptr<ByteBudget> budget_ = std::make_shared<ByteBudget>(16 * kPayload);
    DroppingWire dropping_;
    Asked<Accepted> accepted_;
    int endpoints_ = 0;
};

TEST_F(EngineMemoryTest, APayloadLeavesMemoryOnceItIsSent) {
    startOn(dropping_);
    submitMany(100);
    EXPECT_EQ(dropping_.onWire(), 100u) << "what is sent takes no room from what is to be sent";
    EXPECT_EQ(budget_->used(), 0u);
    EXPECT_EQ(copying_.held(), 0u);
    EXPECT_EQ(ring_->health().payload_bytes, 0u);
}

TEST_F(EngineMemoryTest, AttemptsThatKeepTheirPayloadsHoldNoMoreThanTheBudget) {
    startOn(wire_);
    submitMany(50);
    std::size_t delivered = 0;
    for (int i = 0; i < 1000 && delivered < 50; ++i) {
        ASSERT_LE(copying_.held(), budget_->limit());
        ASSERT_LE(budget_->used(), budget_->limit());
        ASSERT_EQ(ring_->health().payload_bytes, budget_->used());
        ASSERT_GT(wire_.onWire(), 0u) << "what does not fit waits until something is given back";
        wire_.finishOldest(answered(200));
        ring_->pass(10ms);
        ring_->pass(10ms);
        ++delivered;
    }
    EXPECT_EQ(countOf("attempt_succeeded"), 50u);
    EXPECT_EQ(budget_->used(), 0u);
}

TEST_F(EngineMemoryTest, APayloadLargerThanTheWholeBudgetIsSentAlone) {
    startOn(wire_);
    submitMany(1, 20 * kPayload);
    ASSERT_EQ(wire_.onWire(), 1u);
    submitMany(3);
    ASSERT_EQ(wire_.onWire(), 1u);
    for (int i = 0; i < 4; ++i) {
        ring_->pass(1s);
        ASSERT_GT(wire_.onWire(), 0u);
        answerOldest(answered(200));
    }
    EXPECT_EQ(countOf("attempt_succeeded"), 4u);
}

TEST_F(EngineMemoryTest, WhatWaitsForItsFirstAttemptHoldsNoMoreThanTheBudget) {
    startOn(wire_);
    Asked<EndpointState> paused;
    ring_->pause({std::string(kEveryEndpoint), kActor, ""}, into(paused));
    ring_->tick();
    ASSERT_TRUE(paused.ok());
    submitMany(300);
    EXPECT_LE(copying_.held(), budget_->limit());
    EXPECT_LE(budget_->used(), budget_->limit());
    EXPECT_EQ(wire_.onWire(), 0u);
}

/// Somebody else's share counts too, and is waited for.
TEST_F(EngineMemoryTest, ABudgetThatOthersUseUpDelaysAttemptsAndLosesNone) {
    auto others = budget_->tryTake(budget_->limit());
    ASSERT_TRUE(others);
    startOn(wire_);
    submitMany(5);
    EXPECT_EQ(wire_.onWire(), 0u);
    EXPECT_EQ(countOf("attempt_started"), 0u) << "an attempt that waits has not started";
    others->giveBack();
    ring_->passInSteps(2s);
    EXPECT_EQ(wire_.onWire(), 5u);
}

/// What waits is not in memory: the ring knows which and when. Some are kept beyond that, a bounded
/// number: so the next twenty thousand are looked at.
TEST_F(EngineMemoryTest, ADeliveryThatWaitsTakesNoMoreThanAHundredBytes) {
    constexpr std::size_t kWaiting = 20'000;
    constexpr std::size_t kMost = 100;
    std::size_t written = 0;
    const auto heapOfARing = [&](std::size_t waiting) {
        while (written < waiting) {
            BatchBuilder builder(*memory_);
            for (const std::size_t end = written + 1000; written < end; ++written) {
                builder.accept("dlv_01h00000000000000000" + std::to_string(100'000 + written), "{}",
                               {}, clock_.now().wall + 24h * 30);
            }
            builder.commit();
        }
        ring_.reset();
        const std::size_t before = heapInUse();
        startOn(wire_);
        for (int i = 0; i < 100; ++i)
            ring_->pass(1ms);  // to the end of the backlog
        EXPECT_EQ(ring_->health().pending, waiting);
        return heapInUse() - before;
    };
    const std::size_t one = heapOfARing(kWaiting);
    const std::size_t two = heapOfARing(2 * kWaiting);
    EXPECT_LE((two - std::min(two, one)) / kWaiting, kMost) << "bytes each";
}

TEST_F(EngineMemoryTest, WhatOnlyWaitsGivesWayToWhatIsDue) {
    startOn(wire_);
    Asked<EndpointState> paused;
    ring_->pause({"http://h0.example:80", kActor, ""}, into(paused));
    ring_->tick();
    ASSERT_TRUE(paused.ok()) << paused.message();
    submitMany(1, 3 * kPayload);  // waits, and lies in memory for its first attempt
    submitMany(1, 7 * kPayload);  // of this client's eight
    ring_->passInSteps(1s);
    EXPECT_EQ(wire_.onWire(), 1u);
}

TEST_F(EngineMemoryTest, ALargePayloadIsNotOvertakenForEver) {
    startOn(wire_);
    const auto submit = [&](const std::string& client, std::size_t bytes) {
        Submission submission =
            submissionTo("http://" + client + ".example/", std::string(bytes, 'p'));
        submission.client = client;
        return ring_->submit(std::move(submission), into(accepted_));
    };
    for (int i = 0; i < 200; ++i) {
        submit("one", kPayload);
        submit("two", kPayload);
    }
    ring_->tick();
    const StreamId large = submit("large", 7 * kPayload);
    ring_->tick();
    int overtook = 0;
    for (; overtook < 100 && stateOf(large).attempts == 0; ++overtook) {
        wire_.finishOldest(answered(200));
        ring_->pass(20ms);
    }
    EXPECT_LT(overtook, 50);
}

TEST_F(EngineMemoryTest, WhatIsNextOnceThereIsRoomIsNotStartedWhenItsEndpointIsPausedMeanwhile) {
    startOn(wire_);
    auto others = budget_->tryTake(16 * kPayload);
    submitMany(1, 8 * kPayload);
    ASSERT_EQ(wire_.onWire(), 0u);
    Asked<EndpointState> paused;
    ring_->pause({"http://h0.example:80", kActor, ""}, into(paused));
    ring_->tick();
    ASSERT_TRUE(paused.ok()) << paused.message();
    others.reset();
    ring_->passInSteps(1s);
    EXPECT_EQ(wire_.onWire(), 0u);
    Asked<EndpointState> resumed;
    ring_->resume({"http://h0.example:80", kActor, ""}, into(resumed));
    ring_->tick();
    EXPECT_EQ(wire_.onWire(), 1u);
}

TEST(ByteBudget, WhatAShareOfAChildGrowsByCountsInTheParentToo) {
    const auto parent = std::make_shared<ByteBudget>(1000);
    ByteBudget child(500, parent);
    {
        auto share = child.tryTake(10);
        ASSERT_TRUE(share);
        EXPECT_TRUE(share->grow(90));
        EXPECT_EQ(parent->used(), 100u);
    }
    EXPECT_EQ(parent->used(), 0u);
}

}  // namespace
}  // namespace waybill::test
