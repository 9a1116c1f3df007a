#include "http/poller.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <cerrno>

namespace waybill::http {
namespace {

epoll_event interest(void* tag) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = tag;
    return event;
}

// Rounded up: who wakes a little early finds nothing due and turns in circles.
int toMilliseconds(std::optional<Duration> timeout) {
    if (!timeout) return -1;
    const auto longest = Duration(std::chrono::hours(1));
    const auto bounded = std::clamp(*timeout, Duration::zero(), longest);
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(bounded).count());
}

}  // namespace

Poller::Poller() : descriptor_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!descriptor_.valid()) throw Poco::SystemException("no descriptor for epoll", errno);
}

int Poller::add(int fd, void* tag) {
    epoll_event event = interest(tag);
    return ::epoll_ctl(descriptor_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void Poller::rearm(int fd, void* tag) {
    epoll_event event = interest(tag);
    ::epoll_ctl(descriptor_.get(), EPOLL_CTL_MOD, fd, &event);
}

std::span<const epoll_event> Poller::wait(std::optional<Duration> timeout) {
    const int count = ::epoll_wait(descriptor_.get(), events_.data(),
                                   static_cast<int>(events_.size()), toMilliseconds(timeout));
    if (count < 0 && errno != EINTR) throw Poco::SystemException("epoll fails", errno);
    return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

}  // namespace waybill::http
