#include "http/timer_queue.h"

namespace waybill::http {

void TimerQueue::set(Timer& timer, MonotonicTime at) {
    if (timer.slot_ == Timer::kNotQueued) {
        heap_.push_back({at, &timer});
        rise(heap_.size() - 1, {at, &timer});
    } else if (at < heap_[timer.slot_].at) {
        rise(timer.slot_, {at, &timer});
    } else {
        sink(timer.slot_, {at, &timer});
    }
}

void TimerQueue::cancel(Timer& timer) {
    const std::size_t slot = timer.slot_;
    if (slot == Timer::kNotQueued) return;
    timer.slot_ = Timer::kNotQueued;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (slot == heap_.size()) return;
    if (last.at < heap_[slot].at) {
        rise(slot, last);
    } else {
        sink(slot, last);
    }
}

Timer* TimerQueue::popDue(MonotonicTime now) {
    if (heap_.empty() || heap_.front().at > now) return nullptr;
    Timer* timer = heap_.front().timer;
    cancel(*timer);
    return timer;
}

std::optional<MonotonicTime> TimerQueue::next() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().at;
}

void TimerQueue::place(std::size_t slot, Entry entry) {
    heap_[slot] = entry;
    entry.timer->slot_ = slot;
}

void TimerQueue::rise(std::size_t slot, Entry entry) {
    while (slot > 0) {
        const std::size_t parent = (slot - 1) / 2;
        if (heap_[parent].at <= entry.at) break;
        place(slot, heap_[parent]);
        slot = parent;
    }
    place(slot, entry);
}

void TimerQueue::sink(std::size_t slot, Entry entry) {
    for (;;) {
        std::size_t child = 2 * slot + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
        if (entry.at <= heap_[child].at) break;
        place(slot, heap_[child]);
        slot = child;
    }
    place(slot, entry);
}

}  // namespace waybill::http
