// The folded state of a stream, whatever it is about.
#pragma once

#include <cstdint>
#include <variant>

#include "waybill/bulk_redelivery.h"
#include "waybill/delivery.h"
#include "waybill/endpoint.h"
#include "waybill/event.h"
#include "waybill/response.h"

namespace waybill {

/// The log's own stream: that the log goes on from an archive, and which losses were accepted.
struct LogState {
    StreamId id;
    std::uint64_t position = 0;

    friend bool operator==(const LogState&, const LogState&) = default;
};

LogState fold(LogState log, const RecordedEvent& event);

/// A stream that an event of a later version opened: nobody here knows what it is about.
struct UnknownStream {
    StreamId id;
    std::uint64_t position = 0;

    friend bool operator==(const UnknownStream&, const UnknownStream&) = default;
};

/// Only positions are checked.
UnknownStream fold(UnknownStream stream, const RecordedEvent& event);

/// `std::monostate`: the stream has no event yet. Its first event decides what kind it is.
using StreamState = std::variant<std::monostate, Delivery, Response, EndpointState, BulkRedelivery,
                                 LogState, UnknownStream>;

/// What both logs, `verify` and a rebuild do with an event: the fold of its stream's kind. Throws
/// CorruptLog as that does, and for a first event that opens no kind of stream.
StreamState fold(StreamState state, const RecordedEvent& event);

/// The same in place, for who folds many. When it throws, `state` must not be used again.
void foldInto(StreamState& state, const RecordedEvent& event);

/// The position of the newest event folded in; 0: none yet.
std::uint64_t positionOf(const StreamState& state) noexcept;

/// Whether a stream has an event that this version does not know: nothing is decided on it.
bool isFromLaterVersion(const StreamState& state) noexcept;

/// What an append refuses: throws CorruptLog for an event that this version knows after one that it
/// does not. Who copies a log may append more of the latter.
void requireMayFollow(const StreamState& state, const RecordedEvent& event);

}  // namespace waybill
