// Are events read as they were appended, in order, and to the end?
#include "conformance/event_log_suite.h"
#include "support/batch_builder.h"
#include "support/stream_names.h"
#include "waybill/event_codec.h"

namespace waybill::test {

TEST_P(EventLogSuite, AStreamIsReadInOrderAndComplete) {
    BatchBuilder builder(log());
    builder.accept(kOne).accept(kTwo).start(kTwo).start(kOne).commit();
    builder.succeed(kTwo).fail(kOne, 1, epoch() + std::chrono::seconds(5)).commit();

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
                      .fail(kOne, 1, epoch() + std::chrono::seconds(5))
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

}  // namespace waybill::test
