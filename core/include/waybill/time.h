// Points in time and spans of it, and how they are written.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace waybill {

/// All durations of the library; microseconds hold 292,000 years.
using Duration = std::chrono::microseconds;

/// Wall-clock time, UTC: what is recorded.
using Timestamp = std::chrono::sys_time<Duration>;

/// A point on a clock that never jumps: what is waited for. Means nothing across processes.
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// One look at both clocks.
struct Instant {
    Timestamp wall{};
    MonotonicTime monotonic{};
};

/// RFC 3339, UTC, always six decimals: `2026-11-21T20:24:38.000000Z`.
std::string formatTimestamp(Timestamp time);
/// The same, behind what `out` has already.
void appendTimestamp(std::string& out, Timestamp time);

/// Accepts what `formatTimestamp` writes, any other number of decimals, and numeric zone offsets
/// (RFC 3339 section 5.6). Nothing for anything else.
std::optional<Timestamp> parseTimestamp(std::string_view text);

/// `250ms`, `5s`, `5m`, `2h`, `1d`, `0`. A fraction, a sign, a missing unit, or more than ten
/// years: nothing.
std::optional<Duration> parseDuration(std::string_view text);

/// The shortest exact form `parseDuration` reads back, in milliseconds at the finest (rounded up).
std::string formatDuration(Duration duration);

}  // namespace waybill
