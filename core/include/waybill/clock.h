// Port: time.
#pragma once

#include "waybill/time.h"

namespace waybill {

/// Where the engine gets the time from. Must be callable from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() = 0;
};

/// The machine's clocks. Lives as long as the process.
Clock& systemClock();

/// The monotonic time of `systemClock()`.
inline MonotonicTime monotonicNow() {
    return systemClock().now().monotonic;
}

}  // namespace waybill
