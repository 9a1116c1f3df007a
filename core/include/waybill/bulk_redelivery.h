// What the log says about a bulk re-delivery.
#pragma once

#include <cstdint>
#include <string>

#include "waybill/event.h"

namespace waybill {

/// The folded state of one bulk re-delivery's stream.
struct BulkRedelivery {
    StreamId id{};
    bool requested = false;
    bool paused = false;
    bool finished = false;
    bool stopped = false;
    std::string filter{};
    std::uint64_t matched = 0;
    std::uint64_t rate_per_minute = 0;  ///< 0: no limit of its own
    std::string reason{};
    std::uint64_t done = 0;
    std::uint64_t refused = 0;
    std::string actor{};
    Timestamp created_at{};
    Timestamp updated_at{};
    std::uint64_t position = 0;
    /// Has an event that this version does not know: nothing is decided on it any more.
    bool from_later_version = false;

    friend bool operator==(const BulkRedelivery&, const BulkRedelivery&) = default;
};

/// The one interpreter of a bulk re-delivery's events.
BulkRedelivery fold(BulkRedelivery bulk, const RecordedEvent& event);

}  // namespace waybill
