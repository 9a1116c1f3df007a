// epoll(7), edge-triggered.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "http/descriptor.h"
#include "waybill/time.h"

namespace waybill::http {

/// Tells when descriptors become ready. Each is registered once, for everything and edge-triggered,
/// so that a connection costs no further system call however often it is used.
class Poller {
public:
    static constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    static constexpr std::uint32_t kHungUp = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

    /// Throws Poco::SystemException when there is no descriptor to be had.
    Poller();

    /// Until the descriptor is closed. 0 or an errno.
    int add(int fd, void* tag);

    /// Reports again whatever is ready now.
    void rearm(int fd, void* tag);

    /// Waits until something is ready or `timeout` (nothing: for ever) has passed. Throws
    /// Poco::SystemException.
    std::span<const epoll_event> wait(std::optional<Duration> timeout);

private:
    Descriptor descriptor_;
    std::array<epoll_event, 512> events_;
};

}  // namespace waybill::http
