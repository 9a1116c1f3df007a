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

TEST(StreamState, FiveEventsOpenAStreamAndNoOtherDoes) {
    const std::map<std::string, std::size_t> kinds = {{"delivery_accepted", 1},
                                                      {"response_created", 2},
                                                      {"endpoint_paused", 3},
                                                      {"bulk_redelivery_requested", 4},
                                                      {"log_continued", 5}};
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
}

}  // namespace
}  // namespace waybill::test
