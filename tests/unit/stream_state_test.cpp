// Does a stream's first event decide what the stream is about?
#include "waybill/stream_state.h"

#include <gtest/gtest.h>

#include <map>

#include "support/fold_cases.h"
#include "waybill/errors.h"

namespace waybill::test {
namespace {

RecordedEvent firstEvent(Event event) {
    RecordedEvent recorded = nextEvent(Delivery{}, std::move(event));
    recorded.global_position = 1;
    return recorded;
}

TEST(StreamState, SevenEventsOpenAStreamAndNoOtherDoes) {
    const std::map<std::string, std::size_t> kinds = {
        {"delivery_accepted", 1}, {"response_created", 2},
        {"endpoint_paused", 3},   {"bulk_redelivery_requested", 4},
        {"log_continued", 5},     {"loss_accepted", 5},
        {"access_recorded", 5}};
    for (const std::string& type : allEventTypes()) {
        const RecordedEvent event = firstEvent(emptyEvent(type));
        const auto kind = kinds.find(type);
        if (kind == kinds.end()) {
            try {
                fold(StreamState{}, event);
                FAIL() << type << " opened a stream";
            } catch (const CorruptLog& error) {
                EXPECT_EQ(error.rule(), type + " breaks the rule: it opens no stream");
            }
        } else {
            const StreamState state = fold(StreamState{}, event);
            EXPECT_EQ(state.index(), kind->second) << type;
            EXPECT_EQ(positionOf(state), 1u) << type;
        }
    }
    EXPECT_EQ(positionOf(StreamState{}), 0u);
}

TEST(StreamState, AStreamStaysWhatItWasOpenedAs) {
    StreamState state = fold(StreamState{}, firstEvent(DeliveryAccepted{.policy = RetryPolicy{}}));
    RecordedEvent second = firstEvent(AttemptStarted{1, 1, AttemptCause::kFirst});
    second.position = 2;
    state = fold(std::move(state), second);
    EXPECT_EQ(std::get<Delivery>(state).status, DeliveryStatus::kAttempting);
    EXPECT_EQ(positionOf(state), 2u);

    RecordedEvent third = firstEvent(EndpointPaused{});
    third.position = 3;
    EXPECT_THROW(fold(std::move(state), third), CorruptLog);
}

/// In every state that a table of core/EVENTS.md has for this kind of stream.
template <typename State>
void expectNothingIsInterpretedAfterAnUnknownEvent(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const State known = stateIn<State>(name);
        State later = fold(known, nextEvent(known, UnknownEvent{"moved_away", "{}"}));
        EXPECT_TRUE(later.from_later_version) << name;
        for (const std::string& type : allEventTypes())
            later = fold(later, nextEvent(later, emptyEvent(type)));
        EXPECT_EQ(later.position, known.position + 1 + allEventTypes().size());
        EXPECT_EQ(nameOf(later), name) << "it is still what was known of it";
        EXPECT_TRUE(isFromLaterVersion(later));
        EXPECT_FALSE(isFromLaterVersion(known));
        RecordedEvent skipping = nextEvent(later, UnknownEvent{"moved_back", "{}"});
        ++skipping.position;
        EXPECT_THROW(fold(later, skipping), CorruptLog) << "positions are still checked";
    }
}

TEST(StreamState, NothingIsInterpretedAfterAnUnknownEvent) {
    expectNothingIsInterpretedAfterAnUnknownEvent<Delivery>({"pending", "attempting", "delivered",
                                                             "failed", "cancelled, on the wire",
                                                             "failed, erased"});
    expectNothingIsInterpretedAfterAnUnknownEvent<Response>(
        {"created", "created, background", "completed", "call_failed", "deleted, erased"});
    expectNothingIsInterpretedAfterAnUnknownEvent<EndpointState>({"paused", "running"});
    expectNothingIsInterpretedAfterAnUnknownEvent<BulkRedelivery>(
        {"running", "paused", "finished"});
}

TEST(StreamState, ADeliveryWithAnUnknownEventIsNotLive) {
    for (const char* name : {"pending", "attempting", "cancelled, on the wire"}) {
        const Delivery known = stateIn<Delivery>(name);
        EXPECT_TRUE(known.live()) << name;
        EXPECT_FALSE(fold(known, nextEvent(known, UnknownEvent{"held", "{}"})).live()) << name;
    }
}

TEST(StreamState, AnUnknownEventOpensAStreamOfWhichOnlyPositionsAreKnown) {
    StreamState state = fold(StreamState{}, firstEvent(UnknownEvent{"key_rotated", "{}"}));
    ASSERT_TRUE(std::holds_alternative<UnknownStream>(state));
    EXPECT_TRUE(isFromLaterVersion(state));
    RecordedEvent second = firstEvent(EndpointPaused{});
    second.position = 2;
    state = fold(std::move(state), second);
    EXPECT_EQ(positionOf(state), 2u);
    EXPECT_THROW(fold(std::move(state), second), CorruptLog);
}

TEST(StreamState, NothingThisVersionKnowsIsAppendedAfterAnUnknownEvent) {
    const StreamState known = stateIn<Delivery>("pending");
    const RecordedEvent cancelled = nextEvent(stateIn<Delivery>("pending"), DeliveryCancelled{});
    EXPECT_NO_THROW(requireMayFollow(known, cancelled));
    EXPECT_NO_THROW(requireMayFollow(StreamState{}, cancelled));
    const StreamState later =
        fold(known, nextEvent(stateIn<Delivery>("pending"), UnknownEvent{"held", "{}"}));
    EXPECT_THROW(requireMayFollow(later, cancelled), CorruptLog);
    EXPECT_NO_THROW(requireMayFollow(
        later, nextEvent(stateIn<Delivery>("pending"), UnknownEvent{"released", "{}"})));
}

TEST(StreamState, AnOpeningEventHasPositionOne) {
    RecordedEvent event = firstEvent(DeliveryAccepted{});
    event.position = 2;
    EXPECT_THROW(fold(StreamState{}, event), CorruptLog);
}

TEST(StreamState, ALogGoesOnFromAnArchiveOnlyAtItsStart) {
    RecordedEvent event = firstEvent(LogContinued{});
    EXPECT_EQ(fold(LogState{}, event).position, 1u);
    event.global_position = 2;
    EXPECT_THROW(fold(LogState{}, event), CorruptLog);
    EXPECT_THROW(fold(LogState{}, firstEvent(EndpointPaused{})), CorruptLog);
    event = firstEvent(UnknownEvent{"head_signed", "{}"});
    event.global_position = 2;
    EXPECT_EQ(fold(LogState{}, event).position, 1u) << "a later version says more in it";
}

TEST(StreamState, LossesAndAccessesAreRecordedAtAnyPlaceOfALog) {
    RecordedEvent event = firstEvent(LossAccepted{});
    for (event.position = 1; event.position < 4; ++event.position, event.global_position += 100)
        EXPECT_EQ(fold(LogState{event.stream, event.position - 1}, event).position, event.position);
    event = firstEvent(AccessRecorded{});
    EXPECT_EQ(fold(LogState{event.stream, event.position - 1}, event).position, event.position);
}

}  // namespace
}  // namespace waybill::test
