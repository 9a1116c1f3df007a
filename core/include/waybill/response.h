// What the log says a stored response is now.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "waybill/event.h"

namespace waybill {

/// `kCreated`: the backend is being asked. `kCompleted`: the object is stored. `kCallFailed`: the
/// call failed and made no object. `kDeleted`: by its owner.
enum class ResponseState { kNone, kCreated, kCompleted, kCallFailed, kDeleted };

std::string_view toString(ResponseState state) noexcept;

/// The folded state of one response. Made only by `fold`.
struct Response {
    StreamId id{};
    ResponseState state = ResponseState::kNone;
    std::string
        object_id{};  ///< how clients name it; known once completed, for background from the start
    std::string kind{};
    std::string client{};
    std::string model{};
    std::string status{};  ///< as in the object: `queued` or `in_progress` until completed
    bool background = false;
    std::uint32_t run = 0;  ///< how often the backend was asked
    bool payload_erased = false;
    Digest payload_digest{};
    std::uint64_t payload_bytes = 0;
    StreamId delivery{};  ///< of its callback; empty: none
    Timestamp created_at{};
    Timestamp updated_at{};
    std::uint64_t position = 0;
    std::uint64_t created_position =
        0;  ///< global position of `response_created`: where the request lies
    std::uint64_t payload_position =
        0;  ///< global position of `response_completed`: where the object lies
    /// Has an event that this version does not know: nothing is decided on it any more.
    bool from_later_version = false;

    friend bool operator==(const Response&, const Response&) = default;
};

/// The one interpreter of a response's events; as for Delivery.
Response fold(Response response, const RecordedEvent& event);

}  // namespace waybill
