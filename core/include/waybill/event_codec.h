// The bytes of events: their data as JSON, and the chain of hashes over them. Both logs and
// `verify` use these and nothing else. The format is described, with a worked example, in
// storage/LOG_FORMAT.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "waybill/bytes.h"
#include "waybill/event.h"

namespace waybill {

/// The event's data as one line of JSON, keys in a fixed order: the bytes that are stored and
/// hashed. `actor_claimed`: as in RecordedEvent; it is the last member.
std::string encodeData(const Event& event, bool actor_claimed = false);

/// The same into `data`, whose room is used again.
void encodeData(const Event& event, std::string& data, bool actor_claimed = false);

/// Whether the data, as stored, says that the event's actor is only claimed.
bool actorIsClaimed(std::string_view data) noexcept;

/// The inverse. Unknown keys are ignored, missing ones take their default (a policy's delays must
/// be there). A type, or a name in an enumeration, that only a later version can know
/// (core/EVENTS.md) makes an UnknownEvent; any other wrong value throws CorruptLog naming `stream`
/// and `position`.
Event decodeData(std::string_view type, std::string_view data, const StreamId& stream,
                 std::uint64_t position);

/// What event 1 is chained to: SHA-256 over a fixed prefix and the log's random id.
Digest genesisHash(std::string_view log_id);

/// The hash of an event: SHA-256 over the previous hash and the event's canonical bytes, of which
/// `data` is the stored text itself. `event.hash` is not read. About 1 µs.
Digest chainHash(const Digest& previous, const RecordedEvent& event, std::string_view data);

/// The same from the stored columns, for a reader that checks bytes before it trusts them.
struct StoredEvent {
    std::uint64_t global_position = 0;
    std::string_view stream;
    std::uint64_t position = 0;
    std::string_view type;
    std::int64_t recorded_at_us = 0;
    std::string_view actor;
    std::string_view data;
};
Digest chainHash(const Digest& previous, const StoredEvent& event);

}  // namespace waybill
