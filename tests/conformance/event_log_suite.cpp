#include "conformance/event_log_suite.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "support/batch_builder.h"
#include "support/open_deliveries.h"
#include "waybill/event_codec.h"
#include "waybill/stream_state.h"

namespace waybill::test {

namespace {

const StreamId kOne = "dlv_00000000000000000000000001";
const StreamId kTwo = "dlv_00000000000000000000000002";
const StreamId kThree = "dlv_00000000000000000000000003";
const StreamId kResponse = "resp_0000000000000000000000001";
const StreamId kEndpoint = "https://example.com:443";
const StreamId kBulk = "blk_00000000000000000000000001";

std::vector<StreamId> idsOf(const std::vector<Delivery>& deliveries) {
    std::vector<StreamId> ids;
    for (const Delivery& delivery : deliveries)
        ids.push_back(delivery.id);
    return ids;
}

Timestamp in(std::chrono::seconds seconds) {
    return epoch() + seconds;
}

/// Folded from the events that the log gives back.
template <typename State>
State refolded(const EventLog& log, const StreamId& stream) {
    State state;
    for (const RecordedEvent& event : log.readStream(stream))
        state = fold(std::move(state), event);
    return state;
}

/// The chain, computed from what the log gives back.
Digest recomputedHead(const EventLog& log) {
    Digest hash = genesisHash(log.logId());
    for (const RecordedEvent& event : log.readAll(0, 1'000'000)) {
        hash = chainHash(hash, event, encodeData(event.event));
    }
    return hash;
}

/// Everything a reader can see: two equal texts mean that nothing has changed.
std::string contents(const EventLog& log) {
    std::string text;
    for (const RecordedEvent& event : log.readAll(0, 1'000'000)) {
        text += std::to_string(event.global_position) + ' ' + event.stream + ' ' +
                std::to_string(event.position) + ' ' + formatTimestamp(event.recorded_at) + ' ' +
                event.actor + ' ' + encodeData(event.event) + ' ' + toHex(event.hash) + '\n';
    }
    for (const Delivery& delivery : openDeliveries(log))
        text += delivery.id + " is open\n";
    for (const StreamId& response : log.openResponses())
        text += response + " is open\n";
    for (const EndpointState& endpoint : log.pausedEndpoints())
        text += endpoint.id + " is paused\n";
    return text;
}

}  // namespace

// ---- birth

TEST_P(EventLogSuite, ANewLogIsEmptyAndChainedToItsOwnId) {
    EXPECT_EQ(log().logId().size(), 32u);
    EXPECT_EQ(log().head(), (LogHead{0, genesisHash(log().logId())}));
    EXPECT_TRUE(log().readAll(0, 100).empty());
    EXPECT_TRUE(openDeliveries(log()).empty());
}

TEST_P(EventLogSuite, TheIdSurvivesARestart) {
    const std::string id = log().logId();
    restart();
    EXPECT_EQ(log().logId(), id);
}

// ---- append

TEST_P(EventLogSuite, AppendNumbersAndChainsTheEvents) {
    BatchBuilder builder(log());
    Batch batch = builder.accept(kOne).accept(kTwo).start(kOne).take();
    const LogHead head = log().append(batch, log().head());

    EXPECT_EQ(head.global_position, 3u);
    EXPECT_EQ(head, log().head());
    EXPECT_EQ(head.hash, batch.back().recorded.hash);
    for (std::size_t i = 0; i < batch.size(); ++i)
        EXPECT_EQ(batch[i].recorded.global_position, i + 1);
    EXPECT_EQ(recomputedHead(log()), head.hash);
}

TEST_P(EventLogSuite, TheChainGoesOnAfterARestart) {
    BatchBuilder(log()).accept(kOne).commit();
    const LogHead before = log().head();
    restart();
    EXPECT_EQ(log().head(), before);

    const LogHead after = BatchBuilder(log()).start(kOne).commit();
    EXPECT_EQ(after.global_position, 2u);
    EXPECT_EQ(recomputedHead(log()), after.hash);
}

TEST_P(EventLogSuite, AnEmptyBatchChangesNothing) {
    BatchBuilder(log()).accept(kOne).commit();
    Batch nothing;
    EXPECT_EQ(log().append(nothing, log().head()), log().head());
    EXPECT_EQ(log().readAll(0, 10).size(), 1u);
}

// ---- fencing

TEST_P(EventLogSuite, AnotherHeadThanExpectedIsFenced) {
    const LogHead old = log().head();
    BatchBuilder(log()).accept(kOne).commit();
    const std::string before = contents(log());

    Batch batch = BatchBuilder(log()).accept(kTwo).take();
    EXPECT_THROW(log().append(batch, old), Fenced);
    EXPECT_THROW(log().append(batch, LogHead{1, Digest{}}), Fenced);
    EXPECT_EQ(contents(log()), before);
}

TEST_P(EventLogSuite, APositionThatIsNotItsStreamsNextIsFenced) {
    BatchBuilder(log()).accept(kOne).commit();
    const std::string before = contents(log());

    for (const std::uint64_t position : {0, 1, 3}) {
        Batch batch = BatchBuilder(log()).accept(kTwo).start(kOne).take();
        batch.back().recorded.position = position;
        EXPECT_THROW(log().append(batch, log().head()), Fenced) << position;
    }
    Batch unknown = BatchBuilder(log()).start(kThree).take();
    unknown.back().recorded.position = 2;
    EXPECT_THROW(log().append(unknown, log().head()), Fenced);
    EXPECT_EQ(contents(log()), before);
}

TEST_P(EventLogSuite, AStreamIsOpenedOnlyOnce) {
    BatchBuilder(log()).accept(kOne).start(kOne).succeed(kOne).commit();
    restart();  // an implementation that remembers open streams has forgotten this one
    const std::string before = contents(log());
    Batch again = BatchBuilder(log()).accept(kTwo).accept(kOne).take();
    again.back().recorded.position = 1;
    EXPECT_THROW(log().append(again, log().head()), Fenced);
    EXPECT_EQ(contents(log()), before);
}

// ---- atomicity

TEST_P(EventLogSuite, AnEventThatCannotFollowIsRefusedWithItsWholeBatch) {
    BatchBuilder(log()).accept(kOne).commit();
    const std::string before = contents(log());

    Batch batch = BatchBuilder(log())
                      .accept(kTwo)
                      .start(kOne)
                      .succeed(kOne, 7)  // attempt 1 is on the wire
                      .accept(kThree)
                      .take();
    try {
        log().append(batch, log().head());
        FAIL() << "an outcome of an attempt that never started was taken";
    } catch (const CorruptLog& error) {
        EXPECT_EQ(error.stream(), kOne);
        EXPECT_EQ(error.position(), 3u);
        EXPECT_FALSE(error.rule().empty());
    }
    EXPECT_EQ(contents(log()), before);
    EXPECT_FALSE(log().findDelivery(kTwo));
    EXPECT_FALSE(log().readPayload(2));
}

TEST_P(EventLogSuite, AnEventThatOpensNoStreamIsRefused) {
    Batch batch = BatchBuilder(log()).start(kOne).take();
    EXPECT_THROW(log().append(batch, log().head()), CorruptLog);
    EXPECT_EQ(log().head().global_position, 0u);
}

TEST_P(EventLogSuite, AfterARefusedBatchTheNextOneIsTaken) {
    BatchBuilder(log()).accept(kOne).start(kOne).commit();
    Batch refused = BatchBuilder(log()).succeed(kOne).succeed(kOne).take();
    EXPECT_THROW(log().append(refused, log().head()), CorruptLog);

    BatchBuilder(log()).accept(kTwo).succeed(kOne).commit();
    EXPECT_EQ(log().findDelivery(kOne)->status, DeliveryStatus::kDelivered);
    EXPECT_EQ(recomputedHead(log()), log().head().hash);
}

// ---- reading

TEST_P(EventLogSuite, AStreamIsReadInOrderAndComplete) {
    BatchBuilder builder(log());
    builder.accept(kOne).accept(kTwo).start(kTwo).start(kOne).commit();
    builder.succeed(kTwo).fail(kOne, 1, in(std::chrono::seconds(5))).commit();

    const auto events = log().readStream(kOne);
    ASSERT_EQ(events.size(), 3u);
    EXPECT_TRUE(std::holds_alternative<DeliveryAccepted>(events[0].event));
    EXPECT_TRUE(std::holds_alternative<AttemptStarted>(events[1].event));
    EXPECT_TRUE(std::holds_alternative<AttemptFailed>(events[2].event));
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i].stream, kOne);
        EXPECT_EQ(events[i].position, i + 1);
    }
    EXPECT_TRUE(log().readStream("dlv_unknown").empty());
}

TEST_P(EventLogSuite, EventsComeBackAsTheyWereAppended) {
    Batch batch = BatchBuilder(log())
                      .accept(kOne)
                      .start(kOne)
                      .fail(kOne, 1, in(std::chrono::seconds(5)))
                      .add(kEndpoint, EndpointPaused{"is being mended"}, {}, "operator:ada")
                      .take();
    log().append(batch, log().head());
    restart();
    const auto events = log().readAll(0, 10);
    ASSERT_EQ(events.size(), batch.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        const RecordedEvent& appended = batch[i].recorded;
        EXPECT_EQ(events[i].stream, appended.stream);
        EXPECT_EQ(events[i].position, appended.position);
        EXPECT_EQ(events[i].recorded_at, appended.recorded_at);
        EXPECT_EQ(events[i].actor, appended.actor);
        EXPECT_EQ(events[i].hash, appended.hash);
        EXPECT_EQ(encodeData(events[i].event), encodeData(appended.event));
    }
}

TEST_P(EventLogSuite, TheWholeLogIsReadInPages) {
    BatchBuilder(log()).accept(kOne).accept(kTwo).start(kOne).start(kTwo).succeed(kOne).commit();
    std::vector<std::uint64_t> positions;
    std::uint64_t after = 0;
    for (auto page = log().readAll(after, 2); !page.empty(); page = log().readAll(after, 2)) {
        EXPECT_LE(page.size(), 2u);
        for (const RecordedEvent& event : page)
            positions.push_back(event.global_position);
        after = page.back().global_position;
    }
    EXPECT_EQ(positions, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
    EXPECT_TRUE(log().readAll(5, 10).empty());
    EXPECT_TRUE(log().readAll(1000, 10).empty());
    EXPECT_TRUE(log().readAll(0, 0).empty());
}

// ---- folded state

TEST_P(EventLogSuite, OpenDeliveriesAreThoseWithSomethingStillToHappen) {
    BatchBuilder builder(log());
    builder.accept(kTwo).accept(kOne).accept(kThree).commit();
    builder.start(kOne).start(kTwo).commit();
    builder.succeed(kOne).fail(kTwo, 1, in(std::chrono::seconds(5))).commit();
    EXPECT_EQ(log().openDeliveryCount(), 2u);
    EXPECT_EQ(idsOf(openDeliveries(log())), (std::vector<StreamId>{kTwo, kThree}))
        << "in order of acceptance";

    builder.start(kTwo, 2, AttemptCause::kRetry).fail(kTwo, 2, std::nullopt).commit();
    builder.add(kThree, DeliveryCancelled{"no longer wanted"}, {}, "operator:ada").commit();
    EXPECT_TRUE(openDeliveries(log()).empty());
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
    DeliveryAccepted accepted = acceptedEvent("{}", in(std::chrono::seconds(1)));
    accepted.policy.max_retries = 7;
    accepted.policy.delays = {std::chrono::milliseconds(250), std::chrono::hours(1)};
    accepted.policy.final_statuses = {410, 422};
    accepted.payload_stream = kResponse;
    accepted.subject = "Grüße, \"quoted\"";
    AttemptFailed stale = failedEvent(1, in(std::chrono::seconds(2)));
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
                              .due_at = in(std::chrono::seconds(9))};
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

// ---- bytes beside the log

TEST_P(EventLogSuite, AttachmentsComeBackUnderThePositionOfTheirEvent) {
    const std::string payload("{\"zero\":\"\0\xff\"}", 13);
    BatchBuilder(log()).accept(kOne, payload, "s3cret").accept(kTwo, "").commit();
    restart();
    ASSERT_TRUE(log().readPayload(1));
    EXPECT_EQ(*log().readPayload(1), payload);
    EXPECT_EQ(log().readDestination(1)->token, "s3cret");
    EXPECT_EQ(log().readDestination(1)->url, log().readDestination(2)->url);
    EXPECT_EQ(log().readDestination(2)->token, "");
    ASSERT_TRUE(log().readPayload(2)) << "an empty payload is not the same as none";
    EXPECT_EQ(*log().readPayload(2), "");

    EXPECT_FALSE(log().readPayload(3));
    EXPECT_FALSE(log().readDestination(3));
    EXPECT_FALSE(log().readRequest(1));
}

TEST_P(EventLogSuite, ADeliverySendsTheBytesOfTheResponseItNames) {
    DeliveryAccepted accepted = acceptedEvent("{\"id\":\"x\"}");
    accepted.payload_stream = kResponse;
    BatchBuilder builder(log());
    builder.add(kResponse, createdEvent()).commit();
    builder
        .add(kResponse, completedEvent("x", "{\"id\":\"x\"}"),
             {.payload = makeBytes("{\"id\":\"x\"}")})
        .add(kOne, accepted)
        .accept(kTwo, "own bytes")
        .commit();
    restart();
    EXPECT_EQ(*log().readPayloadOf(*log().findDelivery(kOne)), "{\"id\":\"x\"}");
    EXPECT_EQ(*log().readPayloadOf(*log().findDelivery(kTwo)), "own bytes");
}

TEST_P(EventLogSuite, ARequestIsKeptUntilItsResponseIsCompleted) {
    const StoredRequest request{"{\"model\":\"echo\"}", "{\"anthropic-version\":\"1\"}",
                                "{\"status\":\"queued\"}", "a client's key"};
    ResponseCreated second_run = createdEvent(true);
    second_run.run = 2;
    BatchBuilder builder(log());
    builder
        .add(kResponse, createdEvent(true),
             {.destination = Destination{"https://example.com/", "token"}, .request = request})
        .commit();
    restart();
    EXPECT_EQ(log().readRequest(1), request);
    EXPECT_EQ(log().readDestination(1), (Destination{"https://example.com/", "token"}));

    BatchBuilder(log()).add(kResponse, second_run, {.request = request}).commit();
    BatchBuilder(log())
        .add(kResponse, completedEvent(kResponse, "{}"), {.payload = makeBytes("{}")})
        .commit();
    EXPECT_FALSE(log().readRequest(1));
    EXPECT_FALSE(log().readRequest(2));
    EXPECT_EQ(*log().readPayload(3), "{}");
}

TEST_P(EventLogSuite, AnErasedPayloadIsGoneAndItsEventStays) {
    BatchBuilder builder(log());
    builder.accept(kOne, "to be erased").accept(kTwo, "to stay").commit();
    builder.start(kOne).succeed(kOne).commit();
    builder.add(kOne, PayloadErased{"retention"}, {.erase_payload = true}).commit();
    restart();
    EXPECT_FALSE(log().readPayload(1));
    EXPECT_FALSE(log().readPayloadOf(*log().findDelivery(kOne)));
    EXPECT_EQ(*log().readPayload(2), "to stay");
    EXPECT_TRUE(log().findDelivery(kOne)->payload_erased);
    EXPECT_EQ(log().findDelivery(kOne)->payload_digest, sha256("to be erased"));
}

TEST_P(EventLogSuite, AnErasedResponseTakesTheBytesOfItsDeliveries) {
    DeliveryAccepted accepted = acceptedEvent("{}");
    accepted.payload_stream = kResponse;
    BatchBuilder builder(log());
    builder.add(kResponse, createdEvent()).commit();
    builder.add(kResponse, completedEvent("x", "{}"), {.payload = makeBytes("{}")})
        .add(kOne, accepted)
        .commit();
    builder.add(kResponse, ResponseDeleted{})
        .add(kResponse, PayloadErased{}, {.erase_payload = true})
        .commit();
    EXPECT_FALSE(log().readPayload(2));
    EXPECT_FALSE(log().readPayloadOf(*log().findDelivery(kOne)));
}

// ---- many

TEST_P(EventLogSuite, ManyStreamsInOneBatchAreAllThere) {
    constexpr int kStreams = 2000;
    const auto name = [](int i) {
        std::string digits = std::to_string(i);
        return kDeliveryPrefix.data() + std::string(26 - digits.size(), '0') + digits;
    };
    BatchBuilder builder(log());
    for (int i = 0; i < kStreams; ++i)
        builder.accept(name(i)).start(name(i));
    builder.commit();
    for (int i = 0; i < kStreams; i += 2)
        builder.succeed(name(i));
    builder.commit();
    restart();
    EXPECT_EQ(openDeliveries(log()).size(), kStreams / 2u);
    EXPECT_EQ(log().head().global_position, kStreams * 2u + kStreams / 2u);
    EXPECT_EQ(recomputedHead(log()), log().head().hash);
}

TEST_P(EventLogSuite, HousekeepingAndReopeningChangeNothing) {
    BatchBuilder builder(log());
    builder.accept(kOne, "{}", "s3cret").start(kOne).commit();
    const std::string before = contents(log());
    log().maintain(false);
    log().maintain(true);
    log().reopen();
    EXPECT_EQ(contents(log()), before);
    builder.succeed(kOne).commit();
    EXPECT_EQ(recomputedHead(log()), log().head().hash);
}

}  // namespace waybill::test
