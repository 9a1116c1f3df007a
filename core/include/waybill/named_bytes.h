// Bytes beside the log against the events that name them. Every log and every reader of stored
// bytes asks here. Pure; any thread; SHA-256 costs about 0.5 µs a KiB.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "waybill/event_log.h"

namespace waybill {

// Each `check…` throws DamagedBytes. Its message is a sentence that names what is damaged and the
// event, and nothing of the bytes.

/// The payload that lies beside an event; nothing for an event that names none.
std::optional<BytesDigest> payloadNamedBy(const Event& event);

/// `payload`: what lies beside `event`, which names one, or null. `erased`: its stream says that it
/// was erased, so that it may be missing.
void checkPayload(const RecordedEvent& event, const Bytes& payload, bool erased);

/// A URL as it lies beside the log, and whether a token lies with it.
struct StoredUrl {
    std::string_view url{};
    std::string_view salt{};
    bool has_token = false;
};

/// What lies beside the event with a global position. Views live until it is called again.
using FindUrl = std::function<std::optional<StoredUrl>(std::uint64_t global_position)>;

/// Whether a destination lies beside an event. Of a `response_created` nobody knows: it may.
bool mayHaveDestination(const Event& event) noexcept;

/// The destination beside the last event of `history`: a stream from its beginning (of a
/// `delivery_accepted` that is itself). A correction of the token alone repeats the URL in force,
/// one of the URL alone the token, unless that is dropped: these are held against the events before
/// it. A `response_created` names neither: nothing is checked.
void checkUrl(const std::vector<RecordedEvent>& history, const FindUrl& find);

/// Whether an answer lies beside an event.
bool namesExchange(const Event& event) noexcept;

/// `exchange`: what lies beside `event`, which names one, or nothing. `erased`: its stream says
/// that the payload, which an answer may quote, was erased, so that it may be missing.
void checkExchange(const RecordedEvent& event, const std::optional<Exchange>& exchange,
                   std::string_view salt, bool erased);

/// Whether a stored request lies beside an event.
bool hasRequest(const Event& event) noexcept;

/// Format 1 has no digest of a request: what is checked is that its parts are JSON objects (headers
/// and object may be empty).
/// `over`: its response was completed or deleted, so that it may be missing.
void checkRequest(const RecordedEvent& event, const std::optional<StoredRequest>& request,
                  bool over);

/// The object in it, which GET answers until the response is completed.
void checkRequestedObject(const RecordedEvent& event, const Bytes& object, bool over);

/// Whether an event of this stream took payloads away. What an event of a later version did is not
/// known here: it may have.
bool payloadWasErased(const std::vector<RecordedEvent>& stream) noexcept;

/// The same of stored requests.
bool requestIsOver(const std::vector<RecordedEvent>& stream) noexcept;

/// For who found a secret that does not open.
[[noreturn]] void throwSealedDamage(std::uint64_t global_position, std::string_view what);

}  // namespace waybill
