// How much memory a process holds.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace waybill::bench {

/// Resident bytes, from /proc/PID/statm.
inline std::uint64_t residentMemoryOf(pid_t process) {
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    std::ifstream("/proc/" + std::to_string(process) + "/statm") >> size >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// Of this process.
inline std::uint64_t residentMemory() {
    return residentMemoryOf(getpid());
}

}  // namespace waybill::bench
