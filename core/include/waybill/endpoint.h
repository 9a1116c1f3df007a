// What the log says about an endpoint, `scheme://host:port`, or about all of them, `*`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "waybill/event.h"

namespace waybill {

/// The stream that pauses all endpoints at once.
inline constexpr std::string_view kEveryEndpoint = "*";

/// The folded state of one endpoint's stream. An endpoint without events is not paused.
struct EndpointState {
    StreamId id{};
    bool paused = false;
    std::string reason{};
    std::string actor{};
    Timestamp updated_at{};
    std::uint64_t position = 0;
    /// Has an event that this version does not know: nothing is decided on it any more.
    bool from_later_version = false;

    friend bool operator==(const EndpointState&, const EndpointState&) = default;
};

/// The one interpreter of an endpoint's events. Pausing the paused and resuming the running are ✗.
EndpointState fold(EndpointState endpoint, const RecordedEvent& event);

}  // namespace waybill
