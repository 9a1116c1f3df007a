// Descriptors 0, 1 and 2.
#pragma once

namespace waybill {

/// Opens each of the descriptors 0 to 2 that is closed on /dev/null (POSIX execve, RATIONALE, and
/// glibc's own practice for set-user-ID programs), so that no file or connection opened later gets
/// its number and with it what is printed. The first thing a `main` does, before there are threads.
void openStandardStreams() noexcept;

}  // namespace waybill
