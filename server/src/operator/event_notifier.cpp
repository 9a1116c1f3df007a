#include "waybill/server/event_notifier.h"

namespace waybill::server {

void EventNotifier::recorded(std::uint64_t global_position) noexcept {
    // Sequentially consistent, as is the pair below: either we see who waits, or they see this.
    position_.store(global_position);
    if (waiting_.load() == 0) return;
    // The lock falls between a waiter's look at the position and its sleep, or after both.
    { const std::lock_guard lock(mutex_); }
    grown_.notify_all();
}

bool EventNotifier::waitBeyond(std::uint64_t position, Duration timeout) {
    if (position_.load() > position) return true;
    std::unique_lock lock(mutex_);
    waiting_.fetch_add(1);
    const bool grown = grown_.wait_for(lock, timeout, [&] { return position_.load() > position; });
    waiting_.fetch_sub(1);
    return grown;
}

}  // namespace waybill::server
