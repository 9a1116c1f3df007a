// Which of many is due first.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "waybill/time.h"

namespace waybill::http {

class Exchange;

/// A point in time at which its owner wants to be woken.
class Timer {
public:
    explicit Timer(Exchange* owner) : owner_(owner) {}
    Exchange* owner() const { return owner_; }

private:
    friend class TimerQueue;
    static constexpr std::size_t kNotQueued = static_cast<std::size_t>(-1);

    Exchange* const owner_;
    std::size_t slot_ = kNotQueued;
};

/// A binary heap in which every timer knows its place, so that it can be moved or taken out. O(log
/// n); next to nothing for the usual case, a new timer that is due after all others. One thread.
class TimerQueue {
public:
    /// Queues the timer, or moves it when it is queued. The timer must stay where it is.
    void set(Timer& timer, MonotonicTime at);

    /// May be called for one that is not queued.
    void cancel(Timer& timer);

    /// Takes the next timer out that is due at `now`, or returns null.
    Timer* popDue(MonotonicTime now);

    std::optional<MonotonicTime> next() const;

private:
    struct Entry {
        MonotonicTime at;
        Timer* timer;
    };

    void place(std::size_t slot, Entry entry);
    void rise(std::size_t slot, Entry entry);
    void sink(std::size_t slot, Entry entry);

    std::vector<Entry> heap_;
};

}  // namespace waybill::http
