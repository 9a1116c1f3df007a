#include "http/mailbox.h"

#include <Poco/Exception.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <iterator>

namespace waybill::http {

Mailbox::Mailbox() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!descriptor_.valid()) throw Poco::SystemException("no descriptor for a mailbox", errno);
}

void Mailbox::post(Letter letter) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        letters_.push_back(std::move(letter));
        wake = std::exchange(asleep_, false);
    }
    if (wake) ::eventfd_write(fd(), 1);
}

void Mailbox::take(std::vector<Letter>& letters) {
    const std::lock_guard lock(mutex_);
    asleep_ = false;
    if (letters.empty()) {
        letters.swap(letters_);
    } else {
        std::move(letters_.begin(), letters_.end(), std::back_inserter(letters));
        letters_.clear();
    }
}

bool Mailbox::fallAsleep() {
    const std::lock_guard lock(mutex_);
    asleep_ = letters_.empty();
    return asleep_;
}

}  // namespace waybill::http
