#include "http/mailbox.h"

#include <Poco/Exception.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace waybill::server {

Mailbox::Mailbox() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw Poco::SystemException("no descriptor for a mailbox", errno);
}

Mailbox::~Mailbox() {
    ::close(fd_);
}

void Mailbox::post(Letter letter) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        letters_.push_back(std::move(letter));
        wake = std::exchange(asleep_, false);
    }
    if (wake) ::eventfd_write(fd_, 1);
}

void Mailbox::take(std::vector<Letter>& letters) {
    const std::lock_guard lock(mutex_);
    asleep_ = false;
    letters.swap(letters_);
}

bool Mailbox::fallAsleep() {
    const std::lock_guard lock(mutex_);
    asleep_ = letters_.empty();
    return asleep_;
}

}  // namespace waybill::server
