// Is an event of a later version kept as it stands, and its stream left alone?
#include "conformance/event_log_suite.h"
#include "support/batch_builder.h"
#include "support/log_contents.h"
#include "support/open_deliveries.h"
#include "support/stream_names.h"
#include "waybill/errors.h"
#include "waybill/event_codec.h"

namespace waybill::test {

namespace {

const UnknownEvent kHeldBack{"held_back", R"({ "until":1.50, "by":"\u00e9", "by":"x" })"};

}  // namespace

TEST_P(EventLogSuite, AnUnknownEventComesBackByteForByte) {
    BatchBuilder(log()).accept(kOne).add(kOne, kHeldBack).add("key_1", kHeldBack).commit();
    restart();
    EXPECT_EQ(recomputedHead(log()), log().head().hash);
    for (const RecordedEvent& event : {log().readStream(kOne).back(), log().readAll(2, 1).at(0)}) {
        ASSERT_TRUE(std::holds_alternative<UnknownEvent>(event.event));
        EXPECT_EQ(typeName(event.event), kHeldBack.type);
        EXPECT_EQ(encodeData(event.event), kHeldBack.data);
    }
}

TEST_P(EventLogSuite, ADeliveryWithAnUnknownEventIsNotOpen) {
    BatchBuilder(log()).accept(kOne).accept(kTwo).start(kTwo).accept(kThree).commit();
    BatchBuilder(log()).add(kOne, kHeldBack).add(kTwo, kHeldBack).commit();
    for (int life = 0; life < 2; ++life) {
        const std::vector<Delivery> open = openDeliveries(log());
        ASSERT_EQ(open.size(), 1u);
        EXPECT_EQ(open.front().id, kThree);
        EXPECT_EQ(log().openDeliveryCount(), 1u);
        EXPECT_TRUE(log().findDelivery(kOne)->from_later_version);
        EXPECT_EQ(log().findDelivery(kTwo)->status, DeliveryStatus::kAttempting);
        EXPECT_FALSE(log().findDelivery(kThree)->from_later_version);
        restart();
    }
}

TEST_P(EventLogSuite, AResponseWithAnUnknownEventIsNotOpen) {
    BatchBuilder(log()).add(kResponse, createdEvent()).add(kResponse, kHeldBack).commit();
    EXPECT_TRUE(log().openResponses().empty());
    restart();
    EXPECT_TRUE(log().openResponses().empty());
}

TEST_P(EventLogSuite, AnEndpointThatIsPausedStaysPausedAfterAnUnknownEvent) {
    BatchBuilder(log()).add(kEndpoint, EndpointPaused{}).add(kEndpoint, kHeldBack).commit();
    restart();
    ASSERT_EQ(log().pausedEndpoints().size(), 1u);
    EXPECT_TRUE(log().pausedEndpoints().front().from_later_version);
}

TEST_P(EventLogSuite, NothingThisVersionKnowsFollowsAnUnknownEvent) {
    BatchBuilder(log())
        .accept(kOne)
        .add(kOne, kHeldBack)
        .add("key_1", kHeldBack)
        .add(kEndpoint, EndpointPaused{})
        .add(kEndpoint, kHeldBack)
        .commit();
    for (int life = 0; life < 2; ++life) {
        const std::string before = contentsOf(log());
        Batch start = BatchBuilder(log()).accept(kTwo).start(kOne).take();
        EXPECT_THROW(log().append(start, log().head()), CorruptLog);
        Batch unknown = BatchBuilder(log()).add("key_1", EndpointPaused{}).take();
        EXPECT_THROW(log().append(unknown, log().head()), CorruptLog);
        Batch resume = BatchBuilder(log()).add(kEndpoint, EndpointResumed{}).take();
        EXPECT_THROW(log().append(resume, log().head()), CorruptLog);
        EXPECT_EQ(contentsOf(log()), before);
        restart();
    }
    BatchBuilder(log()).accept(kTwo).add(kOne, kHeldBack).add("key_1", kHeldBack).commit();
    EXPECT_EQ(recomputedHead(log()), log().head().hash) << "others go on";
}

}  // namespace waybill::test
