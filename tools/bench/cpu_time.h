// How much CPU was used.
#pragma once

#include <sys/types.h>

#include <chrono>

namespace waybill::bench {

/// User and system time of all threads of this process so far.
std::chrono::nanoseconds cpuTime();

/// The same of another process of this user.
std::chrono::nanoseconds cpuTimeOf(pid_t process);

/// A clock that all processes of the machine share.
std::chrono::nanoseconds monotonicNow();

}  // namespace waybill::bench
