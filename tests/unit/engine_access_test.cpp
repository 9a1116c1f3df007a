// Is who acted on record, and whether the name was proven?
#include "support/ring.h"
#include "waybill/event_codec.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

class AccessTest : public RingTest {
protected:
    AccessTest() { start(); }

    static AccessNote noteOf(const std::string& target, bool claimed = false) {
        return {kActor, {AccessKind::kPayloadRead, target, "192.0.2.1"}, claimed};
    }
    std::vector<RecordedEvent> accesses() { return memory_->readStream(StreamId(kLogStream)); }
    std::vector<std::string> claimedTypes() {
        std::vector<std::string> types;
        for (const RecordedEvent& event : memory_->readAll(0, 100))
            if (event.actor_claimed) types.emplace_back(typeName(event.event));
        return types;
    }
    Asked<Done> done_;
};

TEST_F(AccessTest, AccessesFollowOneAnotherInTheLogsOwnStream) {
    for (const char* target : {"dlv_1", "dlv_2", "dlv_3"})
        ring_->recordAccess(noteOf(target), into(done_));
    ring_->tick();
    EXPECT_EQ(done_.answers, 3);
    start();
    ring_->recordAccess(noteOf("dlv_4"), into(done_));
    ring_->tick();
    ASSERT_EQ(accesses().size(), 4u);
    EXPECT_EQ(accesses()[3].position, 4u);
    EXPECT_EQ(accesses()[3].actor, kActor);
    const auto access = std::get<AccessRecorded>(accesses()[3].event);
    EXPECT_EQ(access.target, "dlv_4");
    EXPECT_EQ(access.address, "192.0.2.1");
}

TEST_F(AccessTest, WhatCannotBeRecordedIsRefusedAndTheRestIsNot) {
    ring_->recordAccess(noteOf("line\nbreak"), into(done_));
    ring_->recordAccess(noteOf("dlv_1"), into(done_));
    ring_->tick();
    EXPECT_EQ(done_.answers, 2);
    EXPECT_TRUE(done_.ok());
    EXPECT_EQ(accesses().size(), 1u);
}

TEST_F(AccessTest, NobodyIsToldOfAnAccessThatIsNotDurable) {
    memory_->failNextAppend(AppendFault::kUnavailable);
    ring_->recordAccess(noteOf("dlv_1"), into(done_));
    ring_->tick();
    EXPECT_EQ(done_.answers, 1);
    EXPECT_EQ(done_.refused(), RefusalCode::kUnavailable);
    EXPECT_TRUE(accesses().empty());
    ring_->pass(1min);
    ring_->recordAccess(noteOf("dlv_1"), into(done_));
    ring_->tick();
    EXPECT_TRUE(done_.ok()) << done_.message();
    EXPECT_EQ(accesses().size(), 1u);
}

TEST_F(AccessTest, AClaimedNameIsMarkedInEveryEventThatACommandMakes) {
    const StreamId id = submitTo(kUrl);
    Asked<Delivery> asked;
    ring_->cancel({id, kActor, "", true}, into(asked));
    ring_->tick();
    answerOldest({.reason = FailureReason::kConnect});
    ring_->redeliver({.delivery = id, .actor = kActor, .actor_claimed = true}, into(asked));
    Asked<EndpointState> endpoint;
    ring_->pause({"http://hooks.example:8080", kActor, "", true}, into(endpoint));
    ring_->resume({"http://hooks.example:8080", kActor, "", true}, into(endpoint));
    Asked<BulkRedelivery> bulk;
    ring_->recordBulk({"blk_1", kActor, BulkRedeliveryRequested{"{}", 1}, true}, into(bulk));
    ring_->recordAccess(noteOf(id, true), into(done_));
    ring_->tick();
    EXPECT_EQ(claimedTypes(),
              (std::vector<std::string>{"delivery_cancelled", "redelivery_requested",
                                        "endpoint_paused", "endpoint_resumed",
                                        "bulk_redelivery_requested", "access_recorded"}));
    ring_->redeliver({.delivery = id, .actor = kActor}, into(asked));
    ring_->tick();
    EXPECT_EQ(claimedTypes().size(), 6u) << "a proven name is not marked";
}

TEST_F(AccessTest, AClaimedNameIsMarkedInWhatBecomesOfAResponse) {
    Asked<Response> response;
    const auto completed = [&](const StreamId& id) {
        ring_->createResponse(
            {.id = id, .created = {.kind = "response", .client = "acme", .model = "m"}},
            into(response));
        ring_->completeResponse(
            {.id = id, .object_id = id, .status = "completed", .object = makeBytes("{}")},
            into(response));
        ring_->tick();
        ASSERT_TRUE(response.ok()) << response.message();
    };
    completed("resp_1");
    Asked<Delivery> delivery;
    ring_->callResponseBack(
        {.response = "resp_1", .actor = kActor, .url = kUrl, .actor_claimed = true},
        into(delivery));
    ring_->tick();
    EXPECT_TRUE(delivery.ok()) << delivery.message();
    completed("resp_2");
    ring_->deleteResponse({"resp_2", kActor, "", true}, into(response));
    ring_->tick();
    EXPECT_EQ(claimedTypes(), (std::vector<std::string>{"callback_requested", "delivery_accepted",
                                                        "response_deleted", "payload_erased"}));
}

}  // namespace
}  // namespace waybill::test
