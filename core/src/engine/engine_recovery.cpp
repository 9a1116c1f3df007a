// The ring at its start, and when the log fails and comes back.
#include <algorithm>
#include <utility>
#include <vector>

#include "engine/engine_loop.h"
#include "waybill/worker_thread.h"

namespace waybill {

namespace {

constexpr Duration kReopenDelay = std::chrono::seconds(1);
/// Deliveries; some ten milliseconds.
constexpr std::size_t kLoadedAtOnce = 4096;
/// What adjusting a clock does not do, and setting it does.
constexpr Duration kClockStep = std::chrono::seconds(1);

/// When a delivery of an earlier run is due. Its time was decided as a delay after its newest
/// event: where the clock was wrong then, it waits at most for that delay.
MonotonicTime dueAgain(const Delivery& delivery, Instant now) {
    const Timestamp due = *delivery.next_attempt_at;
    const Duration delay = std::max(due - delivery.updated_at, Duration::zero());
    return now.monotonic + std::min(due - now.wall, delay);
}

}  // namespace

void EngineLoop::recover(Instant now) {
    try {
        readAgain(now);
    } catch (const CorruptLog&) {
        throw;
    } catch (...) {
        fail(currentProblem(), now);
    }
    if (!problem_) {
        guard(now, [&] {
            loadMore(now);
            commit(now);
        });
    }
    publishHealth(now);
}

/// Memory anew from the log, but for what the wire knows better: nothing is in it yet but what is
/// paused, and what is on the wire.
void EngineLoop::readAgain(Instant now) {
    head_ = log_.head();
    accounts_.forgetPending();
    accepted_before_ = head_.global_position;
    counted_ = 0;
    schedule_ = emptySchedule();
    no_room_for_.reset();
    held_at_.clear();
    held_.clear();
    responses_.clear();
    endpoints_.clear();
    cached_payload_bytes_ = 0;
    for (EndpointState& endpoint : log_.pausedEndpoints()) {
        schedule_.pause(endpoint.id);
        endpoints_[endpoint.id] = std::move(endpoint);
    }
    for (const auto& [id, wire] : on_wire_)
        schedule_.resumeInFlight(wire.key, wire.flight.client, wire.flight.endpoint, now.monotonic);
    unloaded_ = log_.openDeliveryCount();
    load_after_ = 0;
}

/// The next of what is open in the log. What waits already, because of a command, stays as it is.
/// What is not on our wire, though an attempt is open, is abandoned.
void EngineLoop::loadMore(Instant now) {
    waitInLineAgain();
    std::size_t loaded = 0;
    std::vector<Delivery> lost;
    const auto visit = [&](Delivery delivery) {
        ++loaded;
        const Schedule::Key key = delivery.accepted_position;
        load_after_ = key;
        if (key > counted_ && key <= accepted_before_) {
            counted_ = key;
            if (accounts_.limitsBytes()) accounts_.opened(delivery.client, delivery.payload_bytes);
        }
        if (set_aside_.contains(delivery.id)) return;
        if (delivery.attempt_open) {
            if (!isOnOurWire(delivery)) lost.push_back(std::move(delivery));
            return;
        }
        // Its outcome was kept though that commit seemed lost: it is decided next.
        if (on_wire_.contains(delivery.id)) return;
        schedule_.add(key, delivery.client, delivery.endpoint, dueAgain(delivery, now), true);
        if (held_.size() < kMaxHeld) hold(std::move(delivery));
    };
    log_.visitOpenDeliveries(*load_after_, kLoadedAtOnce, visit,
                             [this](const CorruptLog& error) { setAside(error); });
    for (Delivery& delivery : lost) {
        const AttemptAbandoned abandoned =
            decideAbandonment(delivery, now.wall, entropy_.symmetricUnit());
        stageOn(hold(std::move(delivery)), kEngineActor, {abandoned, {}}, now);
    }
    unloaded_ -= std::min(unloaded_, loaded);
    if (loaded == kLoadedAtOnce) return;
    counted_ = std::max(counted_, accepted_before_);
    load_after_.reset();
    unloaded_ = 0;
}

/// Whether the outcome of its attempt will come, or has come and is not durable yet.
bool EngineLoop::isOnOurWire(const Delivery& delivery) const {
    const auto found = on_wire_.find(delivery.id);
    return found != on_wire_.end() && found->second.flight.attempt == delivery.attempts;
}

/// Nobody knows what became of the batch: everybody in it is told so, and nothing is decided before
/// the log was read again. What is known of the wire stays.
void EngineLoop::fail(std::string problem, Instant now) {
    clearBatch();
    for (auto entry = on_wire_.begin(); entry != on_wire_.end();) {
        entry->second.staged = {};
        entry->second.decided = false;
        entry = entry->second.flight.attempt == 0 ? on_wire_.erase(entry) : std::next(entry);
    }
    problem_ = std::move(problem);
    fence_->setProblem(*problem_);
    reopen_at_ = now.monotonic + kReopenDelay;
    // Before anybody who is told can ask.
    contained(fence_->report(), "health", [&] { publishHealth(now); });
    pending_.clear();
}

/// Whatever goes wrong in `step`, the log is read again before anything else is decided.
void EngineLoop::guard(Instant now, const std::function<void()>& step) {
    const auto failWithCurrent = [&] {
        std::string problem;
        contained(nullptr, "", [&] { problem = currentProblem(); });
        fail(std::move(problem), now);
    };
    try {
        step();
    } catch (const CorruptLog& error) {
        contained(fence_->report(), "a stream to be set aside", [&] { setAside(error); });
        failWithCurrent();
    } catch (...) {
        failWithCurrent();
    }
}

void EngineLoop::tryReopen(Instant now) {
    guard(now, [&] {
        log_.reopen();
        readAgain(now);
        loadMore(now);
        checkWatched();
        problem_.reset();
        fence_->setProblem({});
    });
}

/// A batch that seemed lost may have been kept, and have ended what somebody waits for.
void EngineLoop::checkWatched() {
    std::vector<StreamId> watched;
    for (const auto& [id, watchers] : watchers_)
        watched.push_back(id);
    for (const StreamId& id : watched) {
        try {
            const auto state = log_.findDelivery(id);
            if (state && !state->live()) tellWatchers(*state);
        } catch (const CorruptLog& error) {
            setAside(error);
        }
    }
}

/// A stream whose events contradict each other stops, and nothing else does.
void EngineLoop::setAside(const CorruptLog& error) {
    watchers_.erase(error.stream());  // Nothing will happen that they could be told of.
    if (!set_aside_.insert(error.stream()).second) return;
    fence_->problem("a stream that cannot be read is set aside", error.message());
}

/// Times that an earlier run recorded are of the wall clock: when it is set forward, they come
/// sooner, and are read again. Times of this run are delays, which the monotonic clock counts.
void EngineLoop::noticeClockStep(Instant now) {
    const Duration offset = now.wall.time_since_epoch() - now.monotonic.time_since_epoch();
    const Duration step = wall_offset_ ? offset - *wall_offset_ : Duration::zero();
    if (wall_offset_ && step < kClockStep && step > -kClockStep) return;
    wall_offset_ = offset;
    if (step > Duration::zero()) load_after_ = 0;
}

}  // namespace waybill
