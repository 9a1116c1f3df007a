// The stretch of time that figures are asked for, cut into equal steps.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "figures/tally.h"

namespace waybill::sqlite::figures {

/// Whole buckets, the last of which holds the present.
struct Window {
    Minute since = 0;         ///< first minute
    Minute until = 0;         ///< first minute after it
    std::int64_t bucket = 1;  ///< minutes: of the figures it is put together from
    std::int64_t step = 1;    ///< minutes; a multiple of `bucket`

    std::size_t steps() const { return static_cast<std::size_t>((until - since) / step); }
    bool contains(Minute minute) const { return since <= minute && minute < until; }
    std::size_t stepOf(Minute minute) const {
        return static_cast<std::size_t>((minute - since) / step);
    }
};

/// Minutes are kept this long, hours longer.
inline constexpr std::int64_t kKeptMinutes = 2 * 24 * kMinutesInHour;
inline constexpr std::int64_t kKeptHours = 90 * 24 * kMinutesInHour;

/// For a series: steps lie on multiples of `step`, rounded up to what is kept.
Window seriesWindow(Duration length, Duration step, Timestamp now);

/// For endpoints: of minutes up to six hours, else of hours, with at most `kHistorySteps` steps.
Window healthWindow(Duration length, Timestamp now);
inline constexpr std::int64_t kHistorySteps = 48;

}  // namespace waybill::sqlite::figures
