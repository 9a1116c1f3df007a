// How often something may happen.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "waybill/time.h"

namespace waybill {

/// So many in a period, and how much of that may come at once.
struct Rate {
    std::chrono::nanoseconds interval{};  ///< between two of them; zero: no limit
    std::chrono::nanoseconds burst{};     ///< how long an empty bucket takes to fill

    /// `count` 0: no limit. `burst` is at least the time of one.
    static Rate of(std::uint32_t count, Duration period, Duration burst) {
        if (count == 0) return {};
        const std::chrono::nanoseconds interval = std::chrono::nanoseconds(period) / count;
        return {interval, std::max<std::chrono::nanoseconds>(burst, interval)};
    }
    bool limits() const { return interval != std::chrono::nanoseconds::zero(); }
};

/// A token bucket as the generic cell rate algorithm keeps it (ITU-T I.371): the time at which it
/// is full again says everything, so nothing has to fill it. Pure; 8 bytes. Each call is given the
/// same rate, which limits.
class TokenBucket {
public:
    bool has(const Rate& rate, MonotonicTime now) const {
        return full_at_ <= now.time_since_epoch() ||
               full_at_ + rate.interval <= now.time_since_epoch() + rate.burst;
    }

    /// One less, also where there is none. What is owed is at most one more burst.
    void take(const Rate& rate, MonotonicTime now) {
        const std::chrono::nanoseconds at = now.time_since_epoch();
        full_at_ = std::min(std::max(full_at_, at) + rate.interval, at + 2 * rate.burst);
    }

    /// What was taken was not used.
    void giveBack(const Rate& rate) { full_at_ -= rate.interval; }

    /// When there is one again, where there is none now.
    MonotonicTime nextAt(const Rate& rate) const {
        return MonotonicTime(std::chrono::ceil<Duration>(full_at_ + rate.interval - rate.burst));
    }

    bool isFull(MonotonicTime now) const { return full_at_ <= now.time_since_epoch(); }

private:
    std::chrono::nanoseconds full_at_{};  ///< on the monotonic clock
};

}  // namespace waybill
