#include "bench/cpu_time.h"

#include <ctime>

#include "bench/system_failure.h"

namespace waybill::bench {

namespace {

std::chrono::nanoseconds read(clockid_t clock) {
    timespec time{};
    require(clock_gettime(clock, &time), "clock_gettime");
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

std::chrono::nanoseconds cpuTime() {
    return read(CLOCK_PROCESS_CPUTIME_ID);
}

std::chrono::nanoseconds cpuTimeOf(pid_t process) {
    clockid_t clock{};
    if (const int error = clock_getcpuclockid(process, &clock); error != 0) {
        errno = error;
        failSystemCall("clock_getcpuclockid");
    }
    return read(clock);
}

std::chrono::nanoseconds monotonicNow() {
    return read(CLOCK_MONOTONIC);
}

}  // namespace waybill::bench
