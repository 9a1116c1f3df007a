#include "waybill/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace waybill {

void openStandardStreams() noexcept {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
        // The lowest free number is taken: those below are open by now.
        if (::fcntl(descriptor, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
}

}  // namespace waybill
