// A clock that moves when it is told to.
#pragma once

#include <mutex>

#include "waybill/clock.h"

namespace waybill::test {

/// Starts at a fixed moment. Wall and monotonic time advance together; `jumpWall` moves only the
/// first, as an operator or NTP does. Any thread.
class VirtualClock : public Clock {
public:
    Instant now() override {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    void advance(Duration by) {
        const std::lock_guard lock(mutex_);
        now_.wall += by;
        now_.monotonic += by;
    }
    void jumpWall(Duration by) {
        const std::lock_guard lock(mutex_);
        now_.wall += by;
    }

private:
    std::mutex mutex_;
    Instant now_{Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)),
                 MonotonicTime(std::chrono::hours(1))};
};

}  // namespace waybill::test
