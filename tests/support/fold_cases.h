// The states and events of core/EVENTS.md, by the names its tables use: a state as history makes
// it, an event as it would come next, so that nothing but the state can make it impossible.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/stream_state.h"

namespace waybill::test {

/// When the tests of decisions take place.
inline constexpr Timestamp kDecidedAt = Timestamp(std::chrono::seconds(1'795'000'000));

/// `event` at the next position of `state`'s stream.
template <typename State>
RecordedEvent nextEvent(const State& state, Event event) {
    RecordedEvent recorded;
    recorded.stream = "the_stream";
    recorded.position = state.position + 1;
    recorded.global_position = 100 + recorded.position;
    recorded.recorded_at = Timestamp(std::chrono::seconds(1'000'000 + recorded.position));
    recorded.actor = "operator:kim";
    recorded.event = std::move(event);
    return recorded;
}

/// What is decided can always be folded.
template <typename State>
State folded(const State& state, const Event& event) {
    return fold(state, nextEvent(state, event));
}

template <typename State>
State after(State state, std::vector<Event> events) {
    for (Event& event : events) {
        const RecordedEvent recorded = nextEvent(state, std::move(event));
        state = fold(std::move(state), recorded);
    }
    return state;
}

/// Every name of an event type, in the order of `Event`.
std::vector<std::string> allEventTypes();

/// An event of this type with nothing set that may be missing.
Event emptyEvent(std::string_view type);

/// The states in their tables. `stateIn<Delivery>("cancelled, on the wire")`; throws for a name it
/// does not know.
template <typename State>
State stateIn(const std::string& name);
template <>
Delivery stateIn(const std::string& name);
template <>
Response stateIn(const std::string& name);
template <>
EndpointState stateIn(const std::string& name);
template <>
BulkRedelivery stateIn(const std::string& name);

/// The inverse.
std::string nameOf(const Delivery& delivery);
std::string nameOf(const Response& response);
std::string nameOf(const EndpointState& endpoint);
std::string nameOf(const BulkRedelivery& bulk);

/// The event of a table's row, fit to come next: `attempt_started`, `attempt_failed with retry_at`.
Event eventFor(const std::string& row, const Delivery& delivery);
Event eventFor(const std::string& row, const Response& response);
Event eventFor(const std::string& row, const EndpointState& endpoint);
Event eventFor(const std::string& row, const BulkRedelivery& bulk);

}  // namespace waybill::test
