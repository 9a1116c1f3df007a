#include "waybill/stream_state.h"

#include <type_traits>
#include <utility>

#include "domain/fold_rules.h"

namespace waybill {

namespace {

/// The state before the first event, of the kind of stream that this event opens.
StreamState emptyStateFor(const RecordedEvent& first) {
    const Event& event = first.event;
    if (std::holds_alternative<DeliveryAccepted>(event)) return Delivery{};
    if (std::holds_alternative<ResponseCreated>(event)) return Response{};
    if (std::holds_alternative<EndpointPaused>(event)) return EndpointState{};
    if (std::holds_alternative<BulkRedeliveryRequested>(event)) return BulkRedelivery{};
    if (std::holds_alternative<LogContinued>(event)) return LogState{};
    if (std::holds_alternative<LossAccepted>(event)) return LogState{};
    if (std::holds_alternative<AccessRecorded>(event)) return LogState{};
    if (std::holds_alternative<UnknownEvent>(event)) return UnknownStream{};
    throw CorruptLog(first.stream, first.position,
                     std::string(typeName(event)) + " breaks the rule: it opens no stream");
}

}  // namespace

LogState fold(LogState log, const RecordedEvent& event) {
    requireNextPosition(log.position, event);
    const bool continued = std::holds_alternative<LogContinued>(event.event);
    requireRule(continued || std::holds_alternative<LossAccepted>(event.event) ||
                    std::holds_alternative<AccessRecorded>(event.event) ||
                    std::holds_alternative<UnknownEvent>(event.event),
                event, "the log's own stream is about the log");
    requireRule(!continued || event.global_position == 1, event,
                "a log goes on from an archive at its start");
    log.id = event.stream;
    log.position = event.position;
    return log;
}

UnknownStream fold(UnknownStream stream, const RecordedEvent& event) {
    requireNextPosition(stream.position, event);
    return {event.stream, event.position};
}

StreamState fold(StreamState state, const RecordedEvent& event) {
    foldInto(state, event);
    return state;
}

void foldInto(StreamState& state, const RecordedEvent& event) {
    if (std::holds_alternative<std::monostate>(state)) state = emptyStateFor(event);
    std::visit(
        [&event](auto& held) {
            using State = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<State, Delivery>) {
                foldInto(held, event);
            } else if constexpr (!std::is_same_v<State, std::monostate>) {
                held = fold(std::move(held), event);
            }
        },
        state);
}

std::uint64_t positionOf(const StreamState& state) noexcept {
    return std::visit(
        [](const auto& held) -> std::uint64_t {
            if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
                return 0;
            } else {
                return held.position;
            }
        },
        state);
}

bool isFromLaterVersion(const StreamState& state) noexcept {
    return std::visit(
        [](const auto& held) {
            using State = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<State, UnknownStream>) {
                return true;
            } else if constexpr (std::is_same_v<State, std::monostate> ||
                                 std::is_same_v<State, LogState>) {
                return false;
            } else {
                return held.from_later_version;
            }
        },
        state);
}

void requireMayFollow(const StreamState& state, const RecordedEvent& event) {
    requireRule(!isFromLaterVersion(state) || std::holds_alternative<UnknownEvent>(event.event),
                event, "nothing is decided on a stream with an event of a later version");
}

}  // namespace waybill
