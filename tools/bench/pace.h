// Doing something at a steady rate, whatever becomes of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

#include "bench/cpu_time.h"

namespace waybill::bench {

/// Calls `each` `per_second` times a second for as long as `duration`; what was late is made up for
/// at once, so that a slow answer does not make the next request later.
template <typename F>
void atPace(double per_second, std::chrono::nanoseconds duration, F&& each) {
    const auto begin = monotonicNow();
    const auto count =
        static_cast<std::uint64_t>(per_second * std::chrono::duration<double>(duration).count());
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::chrono::duration<double> offset(static_cast<double>(i) / per_second);
        const auto due = begin + std::chrono::duration_cast<std::chrono::nanoseconds>(offset);
        const auto whole = std::chrono::floor<std::chrono::seconds>(due);
        const timespec until{whole.count(), (due - whole).count()};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
        each();
    }
}

}  // namespace waybill::bench
