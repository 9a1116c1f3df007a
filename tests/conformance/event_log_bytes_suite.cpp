// Do the bytes beside the log come back, and go when they are erased?
#include "conformance/event_log_suite.h"
#include "support/batch_builder.h"
#include "support/stream_names.h"

namespace waybill::test {

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

}  // namespace waybill::test
