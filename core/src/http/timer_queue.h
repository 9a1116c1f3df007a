// Which exchange is to be woken first.
#pragma once

#include "engine/due_queue.h"
#include "waybill/time.h"

namespace waybill::http {

class Exchange;

/// A point in time at which its owner wants to be woken.
class Timer : public Queued {
public:
    explicit Timer(Exchange* owner) : owner_(owner) {}
    Exchange* owner() const { return owner_; }

private:
    Exchange* const owner_;
};

using TimerQueue = DueQueue<Timer, MonotonicTime>;

}  // namespace waybill::http
