// Waiting for what another thread or process does.
#pragma once

#include <Poco/Exception.h>

#include <chrono>
#include <thread>
#include <utility>

#include "bench/cpu_time.h"

namespace waybill::bench {

/// Until `condition()` holds. Throws Poco::TimeoutException, with `what` is wrong, after
/// `patience`.
template <typename F>
void await(const char* what, std::chrono::nanoseconds patience, F&& condition) {
    const auto deadline = monotonicNow() + patience;
    while (!condition()) {
        if (monotonicNow() > deadline) throw Poco::TimeoutException(what);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

/// Until this process has next to nothing to do any more.
inline void awaitQuiet(std::chrono::nanoseconds patience) {
    constexpr auto kWhile = std::chrono::milliseconds(300);
    auto before = cpuTime();
    auto looked_at = monotonicNow();
    await("the process does not come to rest", patience, [&] {
        if (monotonicNow() - looked_at < kWhile) return false;
        const auto used = cpuTime() - std::exchange(before, cpuTime());
        looked_at = monotonicNow();
        return used < kWhile / 20;
    });
}

}  // namespace waybill::bench
