// Figures of endpoints over time, counted from events in their order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "figures/event_facts.h"
#include "figures/latency_histogram.h"

namespace waybill::sqlite::figures {

/// A small number for an endpoint's name; 0: all endpoints together.
using EndpointNumber = std::int64_t;
inline constexpr EndpointNumber kAllEndpoints = 0;

/// What happened in one stretch of time.
struct Figures {
    std::uint64_t accepted = 0;   ///< deliveries
    std::uint64_t delivered = 0;  ///< deliveries
    std::uint64_t failed = 0;     ///< deliveries
    std::uint64_t attempts_succeeded = 0;
    std::uint64_t attempts_failed = 0;
    LatencyHistogram latency{};

    /// An abandoned attempt is neither a success nor a failure: nobody knows.
    void add(const EventFacts& facts);
    void add(const Figures& other);
    bool anything() const { return accepted + delivered + failed + attempts() > 0; }
    std::uint64_t attempts() const { return attempts_succeeded + attempts_failed; }

    friend bool operator==(const Figures&, const Figures&) = default;
};

/// How an endpoint's newest attempts went.
struct Streak {
    std::uint64_t newest = 0;      ///< outcomes, the newest in the lowest bit; 1: failed
    std::uint32_t known = 0;       ///< how many of these there have been; at most 64
    std::uint64_t last_error = 0;  ///< global position of the newest failure; 0: none
    std::optional<Timestamp> last_error_at{};
    std::optional<Timestamp> last_success_at{};
    std::optional<Timestamp> failing_since{};  ///< start of the present run of nothing but failures

    void add(const EventFacts& facts);

    /// The newest few all failed (or all there were).
    bool fails() const;
    /// Some of the newest failed.
    bool falters() const;

    friend bool operator==(const Streak&, const Streak&) = default;
};

/// Minutes since 1970.
using Minute = std::int64_t;
Minute minuteOf(Timestamp time);
Timestamp timeOf(Minute minute);
inline constexpr std::int64_t kMinutesInHour = 60;

/// Counts by endpoint and minute. Every event counts for its endpoint and for kAllEndpoints.
class Tally {
public:
    using Key = std::pair<Minute, EndpointNumber>;

    void add(const EventFacts& facts, EndpointNumber endpoint);
    const std::map<Key, Figures>& minutes() const { return minutes_; }

private:
    std::map<Key, Figures> minutes_;
};

}  // namespace waybill::sqlite::figures
