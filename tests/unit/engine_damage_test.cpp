// Is one thing's damage one thing's failure, and a later version's stream left alone?
#include <gtest/gtest.h>

#include "support/batch_builder.h"
#include "support/ring.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

class EngineDamageTest : public RingTest {
protected:
    /// Three deliveries that failed once and wait; the memory of the ring that did that is gone.
    void leaveThreeWaiting() {
        start();
        for (StreamId* const id : {&first_, &damaged_, &last_}) {
            *id = submitTo("http://" + std::to_string(++hosts_) + ".example/");
            answerOldest(answered(500));
        }
        ring_.reset();
    }
    void goOn() {
        start();
        for (int i = 0; i < 10; ++i) {
            ring_->pass(1s);
            while (wire_.onWire() > 0)
                wire_.finishOldest(answered(200));
        }
        ring_->tick();
    }
    void expectTheOthersDelivered() {
        EXPECT_TRUE(ring_->health().ready) << ring_->health().problem;
        EXPECT_EQ(stateOf(first_).status, DeliveryStatus::kDelivered);
        EXPECT_EQ(stateOf(last_).status, DeliveryStatus::kDelivered);
        EXPECT_EQ(ring_->health().in_flight, 0u);
        const StreamId later = submitTo("http://later.example/");
        answerOldest(answered(200));
        EXPECT_EQ(stateOf(later).status, DeliveryStatus::kDelivered);
    }
    /// With a reason on record, and nothing of it sent.
    void expectFailedAsDamaged(const StreamId& id, std::uint32_t attempts) {
        const Delivery state = stateOf(id);
        EXPECT_EQ(state.status, DeliveryStatus::kFailed);
        EXPECT_EQ(state.round_end, RoundEnd::kDamaged);
        EXPECT_EQ(state.last_attempt.reason, FailureReason::kDamaged);
        for (std::uint32_t attempt = state.attempts; attempt > attempts; --attempt)
            EXPECT_EQ(wire_.sendsOf(id, static_cast<int>(attempt)), 0) << attempt;
    }

    int hosts_ = 0;
    StreamId first_;
    StreamId damaged_;
    StreamId last_;
};

TEST_F(EngineDamageTest, ADamagedPayloadFailsItsDeliveryAndNoOther) {
    leaveThreeWaiting();
    log_->damage(stateOf(damaged_).accepted_position);
    goOn();
    expectFailedAsDamaged(damaged_, 1);
    expectTheOthersDelivered();
    goOn();
    expectFailedAsDamaged(damaged_, 1);
    expectTheOthersDelivered();
}

/// The token that does not open and the URL that is another are read with it.
TEST_F(EngineDamageTest, ADamagedDestinationFailsItsDeliveryAndNoOther) {
    leaveThreeWaiting();
    Asked<Delivery> redelivered;
    start();
    ring_->redeliver({.delivery = damaged_, .actor = kActor, .url = "http://else.example/"},
                     into(redelivered));
    ring_->tick();
    ASSERT_TRUE(redelivered.ok());
    answerOldest(answered(500));
    ASSERT_NE(stateOf(damaged_).destination_position, stateOf(damaged_).accepted_position);
    log_->damage(stateOf(damaged_).destination_position);
    goOn();
    expectFailedAsDamaged(damaged_, 2);
    expectTheOthersDelivered();

    Asked<AttemptRequest> checked;
    ring_->checkRequest(damaged_, into(checked));
    ring_->tick();
    EXPECT_EQ(checked.answers, 1);
    EXPECT_FALSE(checked.ok()) << "what does not fit is not shown as if it did";
    expectTheOthersDelivered();
}

TEST_F(EngineDamageTest, ADamagedObjectFailsTheCallbackThatWouldSendIt) {
    start();
    Asked<Response> made;
    ring_->createResponse({.id = "resp_1", .created = {.kind = "response", .client = "acme"}},
                          into(made));
    ring_->completeResponse({.id = "resp_1",
                             .object_id = "resp_1",
                             .status = "completed",
                             .object = makeBytes("{}"),
                             .callback = Destination{"http://hooks.example/", ""}},
                            into(made));
    ring_->tick();
    ASSERT_TRUE(made.ok());
    const StreamId callback = (*made.last)->delivery;
    answerOldest(answered(500));
    log_->damage((*made.last)->payload_position);
    leaveThreeWaiting();
    goOn();
    expectFailedAsDamaged(callback, 1);
    expectTheOthersDelivered();
}

TEST_F(EngineDamageTest, AStreamThatContradictsItselfIsSetAsideAndNoOther) {
    leaveThreeWaiting();
    log_->corrupt(damaged_);
    goOn();
    expectTheOthersDelivered();
    EXPECT_EQ(wire_.sendsOf(damaged_, 2), 0);
    EXPECT_TRUE(ring_->health().set_aside == 1 ||
                stateOf(damaged_).round_end == RoundEnd::kDamaged);

    Asked<Delivery> asked;
    ring_->redeliver({.delivery = damaged_, .actor = kActor}, into(asked));
    ring_->tick();
    EXPECT_EQ(asked.answers, 1);
    EXPECT_FALSE(asked.ok());
    EXPECT_FALSE(asked.message().empty());
    Asked<Delivery> cancelled;
    ring_->cancel({damaged_, kActor, ""}, into(cancelled));
    ring_->tick();
    EXPECT_EQ(cancelled.answers, 1);
    expectTheOthersDelivered();
}

TEST_F(EngineDamageTest, ARedeliveryOfDamagedBytesIsRefusedOrFailsAsDamaged) {
    leaveThreeWaiting();
    log_->damage(stateOf(damaged_).accepted_position);
    goOn();
    Asked<Delivery> asked;
    ring_->redeliver({.delivery = damaged_, .actor = kActor}, into(asked));
    ring_->tick();
    ring_->pass(1s);
    EXPECT_EQ(asked.answers, 1);
    expectFailedAsDamaged(damaged_, 1);
    expectTheOthersDelivered();
}

// ---- events of a later version

class LaterVersionTest : public EngineDamageTest {
protected:
    /// What another program wrote; the ring that reads it starts afterwards.
    void appendUnknown(const StreamId& stream) {
        BatchBuilder(*memory_)
            .add(stream, UnknownEvent{"delivery_marked", R"({"colour":"red"})"})
            .commit();
    }
    template <typename T>
    void expectRefusedAsConflict(const Asked<T>& asked, const std::string& what) {
        EXPECT_EQ(asked.answers, 1) << what;
        EXPECT_EQ(asked.refused(), RefusalCode::kConflict) << what << ": " << asked.message();
        EXPECT_NE(asked.message().find("later version"), std::string::npos)
            << what << ": " << asked.message();
    }
};

TEST_F(LaterVersionTest, ADeliveryIsNeitherAttemptedNorChanged) {
    leaveThreeWaiting();
    appendUnknown(damaged_);
    const auto before = typesOf(damaged_);
    goOn();
    EXPECT_EQ(wire_.sendsOf(damaged_, 2), 0);
    Asked<Delivery> redelivered;
    Asked<Delivery> cancelled;
    ring_->redeliver({.delivery = damaged_, .actor = kActor}, into(redelivered));
    ring_->cancel({damaged_, kActor, ""}, into(cancelled));
    ring_->tick();
    expectRefusedAsConflict(redelivered, "redeliver");
    expectRefusedAsConflict(cancelled, "cancel");
    expectTheOthersDelivered();
    EXPECT_EQ(typesOf(damaged_), before);
}

TEST_F(LaterVersionTest, ResponsesRunsAndEndpointsAreLeftAsTheyAre) {
    leaveThreeWaiting();
    start();
    Asked<Response> response;
    Asked<BulkRedelivery> bulk;
    Asked<EndpointState> endpoint;
    ring_->createResponse(
        {.id = "resp_1", .created = {.kind = "response", .client = "a", .background = true}},
        into(response));
    ring_->recordBulk({"blk_1", kActor, BulkRedeliveryRequested{.filter = "{}"}}, into(bulk));
    ring_->pause({"http://paused.example:80", kActor, ""}, into(endpoint));
    ring_->tick();
    ASSERT_TRUE(response.ok() && bulk.ok() && endpoint.ok());
    ring_.reset();
    for (const char* stream : {"resp_1", "blk_1", "http://paused.example:80", "later_1"})
        appendUnknown(stream);
    const std::size_t events = memory_->head().global_position;
    start();

    response = {};
    bulk = {};
    endpoint = {};
    ring_->completeResponse(
        {.id = "resp_1", .object_id = "resp_1", .status = "completed", .object = makeBytes("{}")},
        into(response));
    Asked<Response> again;
    ring_->createResponse(
        {.id = "resp_1", .created = {.kind = "response", .client = "a", .background = true}},
        into(again));
    Asked<Response> deleted;
    ring_->deleteResponse({"resp_1", kActor, ""}, into(deleted));
    Asked<Delivery> called;
    ring_->callResponseBack({.response = "resp_1", .actor = kActor, .url = kUrl}, into(called));
    ring_->recordBulk({"blk_1", kActor, BulkRedeliveryPaused{}}, into(bulk));
    ring_->resume({"http://paused.example:80", kActor, ""}, into(endpoint));
    ring_->tick();
    expectRefusedAsConflict(response, "complete");
    expectRefusedAsConflict(again, "create");
    expectRefusedAsConflict(deleted, "delete");
    expectRefusedAsConflict(called, "call back");
    expectRefusedAsConflict(bulk, "bulk");
    expectRefusedAsConflict(endpoint, "resume");
    EXPECT_EQ(memory_->head().global_position, events) << "nothing was decided";
    goOn();
    expectTheOthersDelivered();
}

/// An id that names a stream of another kind is its caller's mistake.
TEST_F(EngineDamageTest, ANameOfAnotherKindIsRefusedAndHarmsNobody) {
    leaveThreeWaiting();
    start();
    Asked<Response> made;
    ring_->createResponse({.id = "resp_1", .created = {.kind = "response", .client = "acme"}},
                          into(made));
    ring_->tick();
    Asked<Response> deleted;
    Asked<Response> created;
    Asked<Response> completed;
    Asked<BulkRedelivery> bulk;
    Asked<EndpointState> paused;
    Asked<EndpointState> resumed;
    Asked<Delivery> redelivered;
    Asked<Delivery> cancelled;
    Asked<Delivery> called;
    Asked<AttemptRequest> checked;
    ring_->deleteResponse({first_, kActor, ""}, into(deleted));
    ring_->createResponse({.id = first_, .created = {.kind = "response", .client = "a"}},
                          into(created));
    ring_->completeResponse({.id = first_, .object_id = "x", .status = "completed"},
                            into(completed));
    ring_->recordBulk({first_, kActor, BulkRedeliveryPaused{}}, into(bulk));
    ring_->pause({first_, kActor, ""}, into(paused));
    ring_->resume({first_, kActor, ""}, into(resumed));
    ring_->redeliver({.delivery = "resp_1", .actor = kActor}, into(redelivered));
    ring_->cancel({"resp_1", kActor, ""}, into(cancelled));
    ring_->callResponseBack({.response = first_, .actor = kActor, .url = kUrl}, into(called));
    ring_->checkRequest("resp_1", into(checked));
    ring_->tick();
    EXPECT_TRUE(deleted.refused() && created.refused() && completed.refused());
    EXPECT_TRUE(bulk.refused() && paused.refused() && resumed.refused());
    EXPECT_TRUE(redelivered.refused() && cancelled.refused() && called.refused());
    EXPECT_TRUE(checked.refused());
    goOn();
    expectTheOthersDelivered();
}

// ---- one stream's damage never keeps the engine down

TEST_F(EngineDamageTest, AWatchedStreamThatContradictsItselfIsAnsweredAndStopsNothing) {
    start();
    const StreamId watched = submitTo(kUrl);
    Asked<Delivery> watcher;
    ring_->watch(watched, into(watcher));
    ring_->tick();
    log_->corrupt(watched);
    memory_->failNextAppend(AppendFault::kUnavailable);
    Asked<Accepted> other;
    ring_->submit(submissionTo("http://other.example/"), into(other));
    ring_->passInSteps(10s);
    EXPECT_TRUE(ring_->health().ready) << ring_->health().problem;
    EXPECT_EQ(watcher.answers, 1);
}

/// Refuses every event of one stream.
class RefusingLog : public ForwardingLog {
public:
    RefusingLog(EventLog& log, StreamId refused)
        : ForwardingLog(log), refused_(std::move(refused)) {}
    LogHead append(Batch& batch, const LogHead& expected_head) override {
        for (const NewEvent& event : batch)
            if (event.recorded.stream == refused_) throw CorruptLog(refused_, 2, "cannot follow");
        return ForwardingLog::append(batch, expected_head);
    }

private:
    StreamId refused_;
};

TEST_F(EngineDamageTest, AStreamThatTakesNoEventIsTriedOnceAndStopsNothing) {
    start();
    const StreamId flying = submitTo(kUrl);
    ring_.reset();
    wire_.forgetAll();
    RefusingLog log(*memory_, flying);
    ring_ = std::make_unique<Ring>(log, wire_, options_, clock_, entropy_);
    ring_->recover();  // abandons it
    ring_->passInSteps(10s);
    EXPECT_TRUE(ring_->health().ready) << ring_->health().problem;
    EXPECT_EQ(ring_->health().set_aside, 1u);
    Asked<Accepted> other;
    ring_->submit(submissionTo("http://other.example/"), into(other));
    ring_->tick();
    EXPECT_TRUE(other.ok()) << other.message();
}

TEST_F(EngineDamageTest, NoResponseIsWrittenIntoTheStreamOfTheLog) {
    start();
    ResponseCreation creation{.id = "log"};
    creation.created = {.kind = "response", .client = "tester", .model = "m"};
    Asked<Response> created;
    ring_->createResponse(std::move(creation), into(created));
    ring_->tick();
    EXPECT_TRUE(created.refused());
    EXPECT_TRUE(memory_->readStream("log").empty());
}

}  // namespace
}  // namespace waybill::test
