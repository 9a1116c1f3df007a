// A queue between threads whose reader waits for descriptors.
#pragma once

#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace waybill {

/// An eventfd(2) that is only ever written to: watch it edge-triggered, and read nothing.
class Doorbell {
public:
    /// Throws Poco::SystemException when there is no descriptor to be had.
    Doorbell();
    ~Doorbell();
    Doorbell(const Doorbell&) = delete;
    Doorbell& operator=(const Doorbell&) = delete;

    /// Any thread. One system call.
    void ring() noexcept;
    int fd() const { return fd_; }

private:
    const int fd_;
};

/// Any thread posts, one reads, which sleeps on `fd`. A writer makes a system call only when the
/// reader sleeps and nobody has woken it yet, so many letters of one moment wake it once.
/// Unbounded: who posts sees to it that there are never too many.
template <typename Letter>
class Mailbox {
public:
    /// Any thread.
    void post(Letter letter) {
        bool wake = false;
        {
            const std::lock_guard lock(mutex_);
            letters_.push_back(std::move(letter));
            wake = std::exchange(asleep_, false);
        }
        if (wake) doorbell_.ring();
    }

    /// For the reader: appends what has come in. It is awake from now on.
    void take(std::vector<Letter>& letters) {
        const std::lock_guard lock(mutex_);
        asleep_ = false;
        if (letters.empty()) {
            letters.swap(letters_);
        } else {
            std::move(letters_.begin(), letters_.end(), std::back_inserter(letters));
            letters_.clear();
        }
    }

    /// For the reader: it is about to wait for the descriptor. False when it must not, because
    /// something is there.
    bool fallAsleep() {
        const std::lock_guard lock(mutex_);
        asleep_ = letters_.empty();
        return asleep_;
    }

    /// See Doorbell.
    int fd() const { return doorbell_.fd(); }

private:
    Doorbell doorbell_;
    std::mutex mutex_;
    std::vector<Letter> letters_;
    bool asleep_ = false;
};

}  // namespace waybill
