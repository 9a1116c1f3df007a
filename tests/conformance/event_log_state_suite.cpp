// Is what the log says of a stream the fold of its events, also after a restart?
#include "conformance/event_log_suite.h"
#include "support/batch_builder.h"
#include "support/open_deliveries.h"
#include "support/stream_names.h"
#include "waybill/stream_state.h"

namespace waybill::test {

namespace {

std::vector<StreamId> idsOf(const std::vector<Delivery>& deliveries) {
    std::vector<StreamId> ids;
    for (const Delivery& delivery : deliveries)
        ids.push_back(delivery.id);
    return ids;
}

/// Folded from the events that the log gives back.
template <typename State>
State refolded(const EventLog& log, const StreamId& stream) {
    State state;
    for (const RecordedEvent& event : log.readStream(stream))
        state = fold(std::move(state), event);
    return state;
}

}  // namespace

TEST_P(EventLogSuite, OpenDeliveriesAreThoseWithSomethingStillToHappen) {
    BatchBuilder builder(log());
    builder.accept(kTwo).accept(kOne).accept(kThree).commit();
    builder.start(kOne).start(kTwo).commit();
    builder.succeed(kOne).fail(kTwo, 1, epoch() + std::chrono::seconds(5)).commit();
    EXPECT_EQ(log().openDeliveryCount(), 2u);
    EXPECT_EQ(idsOf(openDeliveries(log())), (std::vector<StreamId>{kTwo, kThree}))
        << "in order of acceptance";

    builder.start(kTwo, 2, AttemptCause::kRetry).fail(kTwo, 2, std::nullopt).commit();
    builder.add(kThree, DeliveryCancelled{"no longer wanted"}, {}, "operator:ada").commit();
    EXPECT_TRUE(openDeliveries(log()).empty());
}

TEST_P(EventLogSuite, OpenDeliveriesAreReadInPortions) {
    BatchBuilder builder(log());
    builder.accept(kTwo).accept(kOne).commit();
    builder.accept(kThree).start(kOne).succeed(kOne).commit();
    const std::vector<Delivery> first = openDeliveries(log(), 0, 1);
    ASSERT_EQ(idsOf(first), std::vector<StreamId>{kTwo});
    const std::vector<Delivery> rest = openDeliveries(log(), first.back().accepted_position, 2);
    ASSERT_EQ(idsOf(rest), std::vector<StreamId>{kThree});
    EXPECT_TRUE(openDeliveries(log(), rest.back().accepted_position, 2).empty());
}

TEST_P(EventLogSuite, ACancelledDeliveryIsOpenWhileItsAttemptIsOnTheWire) {
    BatchBuilder builder(log());
    builder.accept(kOne).start(kOne).add(kOne, DeliveryCancelled{}).commit();
    EXPECT_EQ(idsOf(openDeliveries(log())), std::vector<StreamId>{kOne});
    builder.succeed(kOne).commit();
    EXPECT_TRUE(openDeliveries(log()).empty());
    EXPECT_EQ(log().findDelivery(kOne)->status, DeliveryStatus::kDelivered);
}

TEST_P(EventLogSuite, FoldedStateIsTheFoldOfTheEventsAlsoAfterARestart) {
    BatchBuilder builder(log());
    DeliveryAccepted accepted = acceptedEvent("{}", epoch() + std::chrono::seconds(1));
    accepted.policy.max_retries = 7;
    accepted.policy.delays = {std::chrono::milliseconds(250), std::chrono::hours(1)};
    accepted.policy.final_statuses = {410, 422};
    accepted.payload_stream = kResponse;
    accepted.subject = "Grüße, \"quoted\"";
    AttemptFailed stale = failedEvent(1, epoch() + std::chrono::seconds(2));
    stale.reason = FailureReason::kStaleConnection;
    stale.counts = false;
    AttemptFailed answered = failedEvent(2, std::nullopt);
    answered.reason = FailureReason::kHttpStatus;
    answered.exchange.http_status = 410;
    answered.round_end = RoundEnd::kFinalStatus;
    builder.add(kOne, accepted, {.destination = Destination{"https://example.com/a", {}}})
        .start(kOne)
        .add(kOne, stale)
        .start(kOne, 2, AttemptCause::kRetry)
        .add(kOne, answered)
        .commit();
    EXPECT_EQ(log().findDelivery(kOne), refolded<Delivery>(log(), kOne));
    restart();
    EXPECT_EQ(log().findDelivery(kOne), refolded<Delivery>(log(), kOne));

    RedeliveryRequested again{.round = 2,
                              .reason = "mended",
                              .endpoint = "https://example.org:443",
                              .url_digest = sha256("salted"),
                              .due_at = epoch() + std::chrono::seconds(9)};
    BatchBuilder(log())
        .add(kOne, again, {.destination = Destination{"https://example.org/b", {}}})
        .commit();
    restart();
    EXPECT_EQ(log().findDelivery(kOne), refolded<Delivery>(log(), kOne));
    EXPECT_EQ(openDeliveries(log()), std::vector<Delivery>{refolded<Delivery>(log(), kOne)});
}

TEST_P(EventLogSuite, ADeliveryIsFoundByItsIdAndNothingElseIs) {
    BatchBuilder(log()).accept(kOne).add(kEndpoint, EndpointPaused{}).commit();
    EXPECT_EQ(log().findDelivery(kOne)->id, kOne);
    EXPECT_FALSE(log().findDelivery(kEndpoint));
    EXPECT_FALSE(log().findDelivery("dlv_unknown"));
    EXPECT_FALSE(log().findDelivery(""));
}

TEST_P(EventLogSuite, OpenResponsesAreThoseStillBeingMade) {
    const StreamId second = "resp_0000000000000000000000000";  // sorts before the first
    BatchBuilder builder(log());
    builder.add(kResponse, createdEvent(true)).add(second, createdEvent()).commit();
    EXPECT_EQ(log().openResponses(), (std::vector<StreamId>{kResponse, second}));
    builder.add(kResponse, completedEvent(kResponse, "{}"), {.payload = makeBytes("{}")}).commit();
    restart();
    EXPECT_EQ(log().openResponses(), std::vector<StreamId>{second});
    BatchBuilder(log()).add(second, ResponseDeleted{}).commit();
    EXPECT_TRUE(log().openResponses().empty());
}

TEST_P(EventLogSuite, APauseLastsAcrossARestart) {
    const StreamId other = "https://example.org:443";
    BatchBuilder builder(log());
    builder.add(kEndpoint, EndpointPaused{"broken"}, {}, "operator:ada").commit();
    builder.add(other, EndpointPaused{}).add(other, EndpointResumed{}).commit();
    restart();
    const auto paused = log().pausedEndpoints();
    ASSERT_EQ(paused.size(), 1u);
    EXPECT_EQ(paused[0], refolded<EndpointState>(log(), kEndpoint));
    EXPECT_EQ(paused[0].reason, "broken");
    EXPECT_EQ(paused[0].actor, "operator:ada");
}

TEST_P(EventLogSuite, EveryKindOfStreamGoesOnAfterARestart) {
    BatchBuilder builder(log());
    builder.accept(kOne)
        .add(kResponse, createdEvent())
        .add(kEndpoint, EndpointPaused{})
        .add(kBulk, BulkRedeliveryRequested{.filter = "{\"status\":\"failed\"}", .matched = 1})
        .commit();
    restart();
    BatchBuilder(log())
        .start(kOne)
        .add(kResponse, CallbackIgnored{"url_scheme", "only http and https"})
        .add(kEndpoint, EndpointResumed{})
        .add(kBulk, BulkRedeliveryFinished{.done = 1})
        .commit();
    EXPECT_EQ(log().head().global_position, 8u);
    Batch again = BatchBuilder(log()).add(kBulk, BulkRedeliveryFinished{}).take();
    EXPECT_THROW(log().append(again, log().head()), CorruptLog);
}

TEST_P(EventLogSuite, AStreamIsAtThePositionOfItsNewestEvent) {
    EXPECT_EQ(log().streamPosition(kOne), 0u);
    BatchBuilder(log()).accept(kOne).start(kOne).accept(kTwo).commit();
    EXPECT_EQ(log().streamPosition(kOne), 2u);
    EXPECT_EQ(log().streamPosition(kTwo), 1u);
    EXPECT_EQ(log().streamPosition("dlv_unknown"), 0u);
    EXPECT_EQ(log().streamPosition(""), 0u);
    BatchBuilder(log()).succeed(kOne).commit();
    restart();
    EXPECT_EQ(log().streamPosition(kOne), 3u);
}

TEST_P(EventLogSuite, TheLogsOwnStreamGoesOnAcrossRestarts) {
    const StreamId stream(kLogStream);
    const AccessRecorded access{AccessKind::kPayloadRead, kOne, "192.0.2.1"};
    for (std::uint64_t round = 0; round < 3; ++round) {
        BatchBuilder(log()).add(stream, access, {}, "operator:ada").add(stream, access).commit();
        EXPECT_EQ(log().streamPosition(stream), 2 * round + 2);
        Batch fenced = BatchBuilder(log()).add(stream, access).take();
        fenced.front().recorded.position += 1;
        EXPECT_THROW(log().append(fenced, log().head()), Fenced);
        restart();
    }
    const std::vector<RecordedEvent> events = log().readStream(stream);
    ASSERT_EQ(events.size(), 6u);
    EXPECT_EQ(std::get<AccessRecorded>(events[4].event).target, kOne);
    Batch foreign = BatchBuilder(log()).add(stream, EndpointPaused{}).take();
    EXPECT_THROW(log().append(foreign, log().head()), CorruptLog);
}

TEST_P(EventLogSuite, AnIdempotencyKeyLeadsToTheNewestDeliveryMadeWithIt) {
    DeliveryAccepted accepted = acceptedEvent("{}");
    accepted.idempotency = IdempotencyKey{sha256("key"), sha256("first body")};
    BatchBuilder builder(log());
    builder.add(kOne, accepted).commit();
    restart();
    auto match = log().findByIdempotencyKey(sha256("key"));
    ASSERT_TRUE(match);
    EXPECT_EQ(match->delivery, kOne);
    EXPECT_EQ(match->body, sha256("first body"));
    EXPECT_EQ(match->accepted_at, log().readStream(kOne).front().recorded_at);
    EXPECT_FALSE(log().findByIdempotencyKey(sha256("another key")));

    accepted.idempotency->body = sha256("second body");
    BatchBuilder(log()).add(kTwo, accepted).commit();
    match = log().findByIdempotencyKey(sha256("key"));
    ASSERT_TRUE(match);
    EXPECT_EQ(match->delivery, kTwo);
    EXPECT_EQ(match->body, sha256("second body"));
}

}  // namespace waybill::test
