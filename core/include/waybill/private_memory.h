// Keeping the memory of a process to itself.
#pragma once

namespace waybill {

/// Nobody but root reads this process's memory from now on, and the system writes no image of it
/// when it crashes: PR_SET_DUMPABLE 0 (prctl(2); it also gives /proc/PID/mem and the like to root,
/// and keeps ptrace(2) out) and RLIMIT_CORE 0. For the `main` of a program, before it reads the
/// first secret; a debugger or profiler must run as root then. Where a system refuses it, nothing
/// changes.
void keepMemoryPrivate() noexcept;

}  // namespace waybill
