// Is a batch appended whole or not at all, at the one place where it belongs?
#include "conformance/event_log_suite.h"
#include "support/batch_builder.h"
#include "support/log_contents.h"
#include "support/open_deliveries.h"
#include "support/stream_names.h"
#include "waybill/event_codec.h"

namespace waybill::test {

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

TEST_P(EventLogSuite, AnotherHeadThanExpectedIsFenced) {
    const LogHead old = log().head();
    BatchBuilder(log()).accept(kOne).commit();
    const std::string before = contentsOf(log());

    Batch batch = BatchBuilder(log()).accept(kTwo).take();
    EXPECT_THROW(log().append(batch, old), Fenced);
    EXPECT_THROW(log().append(batch, LogHead{1, Digest{}}), Fenced);
    EXPECT_EQ(contentsOf(log()), before);
}

TEST_P(EventLogSuite, APositionThatIsNotItsStreamsNextIsFenced) {
    BatchBuilder(log()).accept(kOne).commit();
    const std::string before = contentsOf(log());

    for (const std::uint64_t position : {0, 1, 3}) {
        Batch batch = BatchBuilder(log()).accept(kTwo).start(kOne).take();
        batch.back().recorded.position = position;
        EXPECT_THROW(log().append(batch, log().head()), Fenced) << position;
    }
    Batch unknown = BatchBuilder(log()).start(kThree).take();
    unknown.back().recorded.position = 2;
    EXPECT_THROW(log().append(unknown, log().head()), Fenced);
    EXPECT_EQ(contentsOf(log()), before);
}

TEST_P(EventLogSuite, AStreamIsOpenedOnlyOnce) {
    BatchBuilder(log()).accept(kOne).start(kOne).succeed(kOne).commit();
    restart();  // an implementation that remembers open streams has forgotten this one
    const std::string before = contentsOf(log());
    Batch again = BatchBuilder(log()).accept(kTwo).accept(kOne).take();
    again.back().recorded.position = 1;
    EXPECT_THROW(log().append(again, log().head()), Fenced);
    EXPECT_EQ(contentsOf(log()), before);
}

TEST_P(EventLogSuite, AnEventThatCannotFollowIsRefusedWithItsWholeBatch) {
    BatchBuilder(log()).accept(kOne).commit();
    const std::string before = contentsOf(log());

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
    EXPECT_EQ(contentsOf(log()), before);
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

TEST_P(EventLogSuite, HousekeepingAndReopeningChangeNothing) {
    BatchBuilder builder(log());
    builder.accept(kOne, "{}", "s3cret").start(kOne).commit();
    const std::string before = contentsOf(log());
    log().maintain(false);
    log().maintain(true);
    log().reopen();
    EXPECT_EQ(contentsOf(log()), before);
    builder.succeed(kOne).commit();
    EXPECT_EQ(recomputedHead(log()), log().head().hash);
}

}  // namespace waybill::test
