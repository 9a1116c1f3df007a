// Is what lies beside the log held against its event whenever it is read?
#include "conformance/event_log_suite.h"
#include "support/batch_builder.h"
#include "support/stream_names.h"
#include "waybill/errors.h"

namespace waybill::test {

namespace {

const std::string kUrl = "https://example.com/hook?key=in-the-query";
const std::string kSalt = "another salt";

/// With which an operator corrects what is given, and repeats the rest.
RedeliveryRequested correction(std::uint32_t round, bool url, bool token) {
    RedeliveryRequested event{.round = round, .token_changed = token, .due_at = epoch()};
    if (url) {
        event.endpoint = "https://example.org:443";
        event.url_digest = saltedSha256(kSalt, "https://example.org/new");
    }
    return event;
}

}  // namespace

TEST_P(EventLogSuite, APayloadThatIsNotWhatWasStoredIsNeverRead) {
    const StreamId kFour = "dlv_00000000000000000000000004";
    BatchBuilder(log())
        .accept(kOne, "payload 1")
        .accept(kTwo, "payload 2")
        .accept(kThree, "payload 3")
        .accept(kFour, "payload 4")
        .commit();
    damage(1, Damage::kPayloadChanged);
    damage(2, Damage::kPayloadLonger);
    damage(3, Damage::kPayloadMissing);
    for (const std::uint64_t position : {1, 2, 3}) {
        EXPECT_THROW(log().readPayload(position), DamagedBytes) << position;
        EXPECT_EQ(log().readDestination(position)->url, kUrl) << "the rest is sound";
    }
    for (const StreamId& id : {kOne, kTwo, kThree})
        EXPECT_THROW(log().readPayloadOf(*log().findDelivery(id)), DamagedBytes) << id;
    EXPECT_EQ(*log().readPayloadOf(*log().findDelivery(kFour)), "payload 4");
}

TEST_P(EventLogSuite, AnObjectThatIsNotWhatWasStoredIsNeverSent) {
    DeliveryAccepted accepted = acceptedEvent("{\"id\":\"x\"}");
    accepted.payload_stream = kResponse;
    BatchBuilder builder(log());
    builder.add(kResponse, createdEvent()).commit();
    builder
        .add(kResponse, completedEvent("x", "{\"id\":\"x\"}"),
             {.payload = makeBytes("{\"id\":\"x\"}")})
        .add(kOne, accepted)
        .commit();
    DeliveryAccepted of_another = acceptedEvent("{\"id\":\"y\"}");
    of_another.payload_stream = kResponse;
    DeliveryAccepted of_none = acceptedEvent("{}");
    of_none.payload_stream = "resp_0000000000000000000000009";
    BatchBuilder(log()).add(kTwo, of_another).add(kThree, of_none).commit();
    EXPECT_EQ(*log().readPayloadOf(*log().findDelivery(kOne)), "{\"id\":\"x\"}");
    EXPECT_THROW(log().readPayloadOf(*log().findDelivery(kTwo)), DamagedBytes);
    EXPECT_THROW(log().readPayloadOf(*log().findDelivery(kThree)), DamagedBytes);
    damage(2, Damage::kPayloadChanged);
    EXPECT_THROW(log().readPayloadOf(*log().findDelivery(kOne)), DamagedBytes);
}

TEST_P(EventLogSuite, ADestinationThatIsNotWhatWasStoredIsNeverRead) {
    BatchBuilder builder(log());
    constexpr int kDeliveries = 7;
    for (int i = 0; i < kDeliveries; ++i)
        builder.accept("dlv_" + std::to_string(i), "{}", i == 5 ? "" : "s3cret");
    builder.commit();
    damage(1, Damage::kUrlChanged);
    damage(2, Damage::kSaltChanged);
    damage(3, Damage::kDestinationMissing);
    damage(4, Damage::kTokenChanged);
    damage(5, Damage::kTokenMissing);
    damage(6, Damage::kTokenAdded);
    for (std::uint64_t position = 1; position < kDeliveries; ++position) {
        EXPECT_THROW(log().readDestination(position), DamagedBytes) << position;
        EXPECT_EQ(*log().readPayload(position), "{}") << "the rest is sound";
    }
    EXPECT_EQ(log().readDestination(kDeliveries), (Destination{kUrl, "s3cret"}));
}

TEST_P(EventLogSuite, ACorrectedTokenGoesWithTheUrlInForce) {
    BatchBuilder builder(log());
    builder.accept(kOne, "{}", "old").start(kOne).succeed(kOne).commit();
    builder
        .add(kOne, correction(2, false, true),
             {.destination = Destination{kUrl, "new"}, .salt = kSalt})
        .commit();
    EXPECT_EQ(log().readDestination(4), (Destination{kUrl, "new"}));
    damage(4, Damage::kUrlChanged);
    EXPECT_THROW(log().readDestination(4), DamagedBytes);
    EXPECT_EQ(log().readDestination(1), (Destination{kUrl, "old"}));
}

TEST_P(EventLogSuite, ACorrectedUrlGoesWithTheTokenInForce) {
    BatchBuilder builder(log());
    builder.accept(kOne, "{}", "old").start(kOne).succeed(kOne).commit();
    builder
        .add(kOne, correction(2, true, false),
             {.destination = Destination{"https://example.org/new", "old"}, .salt = kSalt})
        .commit();
    EXPECT_EQ(log().readDestination(4), (Destination{"https://example.org/new", "old"}));
    damage(4, Damage::kTokenMissing);
    EXPECT_THROW(log().readDestination(4), DamagedBytes);
}

TEST_P(EventLogSuite, ATokenThatStayedBehindGoesWithNoLaterUrl) {
    RedeliveryRequested there = correction(2, true, true);
    there.previous_endpoint = "https://example.com:443";
    there.token_dropped = true;
    const Destination bare{"https://example.org/new", ""};
    BatchBuilder(log()).accept(kOne, "{}", "old").start(kOne).succeed(kOne).commit();
    BatchBuilder(log()).add(kOne, there, {.destination = bare, .salt = kSalt}).commit();
    BatchBuilder(log())
        .add(kOne, correction(3, true, false), {.destination = bare, .salt = kSalt})
        .commit();
    for (const std::uint64_t position : {4, 5}) {
        EXPECT_EQ(log().readDestination(position), bare);
        damage(position, Damage::kTokenAdded);
        EXPECT_THROW(log().readDestination(position), DamagedBytes) << position;
    }
}

TEST_P(EventLogSuite, ARequestThatIsNotWhatWasStoredIsNeverRead) {
    const StoredRequest request{"{\"model\":\"echo\"}", "{}", "{\"status\":\"queued\"}", "a key"};
    BatchBuilder builder(log());
    for (const char* id : {"resp_1", "resp_2", "resp_3", "resp_4"})
        builder.add(id, createdEvent(true), {.request = request});
    builder.commit();
    damage(1, Damage::kRequestNoJson);
    damage(2, Damage::kRequestMissing);
    damage(3, Damage::kClientKeyChanged);
    for (const std::uint64_t position : {1, 2, 3})
        EXPECT_THROW(log().readRequest(position), DamagedBytes) << position;
    EXPECT_EQ(log().readRequest(4), request);
}

TEST_P(EventLogSuite, WhatIsDamagedKeepsNobodyFromAppending) {
    BatchBuilder(log()).accept(kOne, "{}", "s3cret").accept(kTwo).commit();
    damage(1, Damage::kPayloadMissing);
    damage(1, Damage::kTokenChanged);
    BatchBuilder(log()).start(kOne).start(kTwo).succeed(kTwo).commit();
    AttemptFailed failed = failedEvent(1, std::nullopt);
    failed.reason = FailureReason::kDamaged;
    failed.round_end = RoundEnd::kDamaged;
    BatchBuilder(log()).add(kOne, failed).commit();
    restart();
    EXPECT_EQ(log().findDelivery(kOne)->round_end, RoundEnd::kDamaged);
    EXPECT_EQ(log().findDelivery(kOne)->last_attempt.reason, FailureReason::kDamaged);
    EXPECT_EQ(log().findDelivery(kTwo)->status, DeliveryStatus::kDelivered);
}

}  // namespace waybill::test
