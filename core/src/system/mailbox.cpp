#include "waybill/mailbox.h"

#include <Poco/Exception.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace waybill {

Doorbell::Doorbell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw Poco::SystemException("no descriptor for a mailbox", errno);
}

Doorbell::~Doorbell() {
    ::close(fd_);
}

void Doorbell::ring() noexcept {
    ::eventfd_write(fd_, 1);
}

}  // namespace waybill
