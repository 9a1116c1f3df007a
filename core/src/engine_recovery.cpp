// The ring at its start, and when the log fails and comes back: memory anew from the log.
#include <algorithm>
#include <utility>
#include <vector>

#include "engine_loop.h"
#include "waybill/worker_thread.h"

namespace waybill {

namespace {

constexpr Duration kReopenDelay = std::chrono::seconds(1);
/// Deliveries; some ten milliseconds.
constexpr std::size_t kLoadedAtOnce = 4096;

}  // namespace

void EngineLoop::recover(Instant now) {
    try {
        forgetAll();
        loadMore(now);
        commit(now);
    } catch (const CorruptLog&) {
        throw;
    } catch (const Poco::Exception&) {
        fail(currentProblem(), now);
    }
    publishHealth(now);
}

/// Memory anew from the log: nothing is in it yet but what is paused.
void EngineLoop::forgetAll() {
    head_ = log_.head();
    schedule_ = Schedule({options_.max_in_flight, options_.max_in_flight_per_endpoint});
    open_.merge(before_);  // the last attempt to read may have ended half-way
    before_ = std::exchange(open_, {});
    in_flight_ = 0;
    responses_.clear();
    endpoints_.clear();
    cached_payload_bytes_ = 0;
    for (EndpointState& endpoint : log_.pausedEndpoints()) {
        schedule_.pause(endpoint.id);
        endpoints_[endpoint.id] = std::move(endpoint);
    }
    unloaded_ = log_.openDeliveryCount();
    open_.reserve(unloaded_);
    load_after_ = 0;
}

/// The next of what is open in the log. What is there already was asked for by a command. What is
/// not on our wire, though an attempt is open, is abandoned.
void EngineLoop::loadMore(Instant now) {
    std::size_t loaded = 0;
    std::vector<OpenDelivery*> lost;
    log_.visitOpenDeliveries(*load_after_, kLoadedAtOnce, [&](Delivery delivery) {
        ++loaded;
        load_after_ = delivery.accepted_position;
        const auto [found, is_new] = open_.try_emplace(delivery.id);
        OpenDelivery& open = found->second;
        if (is_new) open.state = std::move(delivery);
        if (!open.state.attempt_open) return schedule(open, now);
        if (!isOnOurWire(open)) lost.push_back(&open);
    });
    for (OpenDelivery* const open : lost) {
        stageOn(*open, kEngineActor,
                {decideAbandonment(open->state, now.wall, entropy_.symmetricUnit()), {}}, now);
    }
    unloaded_ -= std::min(unloaded_, loaded);
    if (loaded == kLoadedAtOnce) return;
    load_after_.reset();
    unloaded_ = 0;
    before_.clear();
}

/// Whether the outcome of its attempt will come; it may have been sent before the log failed.
bool EngineLoop::isOnOurWire(OpenDelivery& delivery) {
    if (delivery.on_wire != 0) return true;
    const auto earlier = before_.find(delivery.state.id);
    if (earlier == before_.end() || earlier->second.on_wire != delivery.state.attempts)
        return false;
    delivery.on_wire = earlier->second.on_wire;
    delivery.destination = std::move(earlier->second.destination);
    ++in_flight_;
    schedule_.resumeInFlight(delivery.state.endpoint);
    return true;
}

/// Nobody knows what became of the batch: everybody in it is told so, and nothing is decided before
/// the log was read again.
void EngineLoop::fail(const std::string& problem, Instant now) {
    problem_ = problem;
    reopen_at_ = now.monotonic + kReopenDelay;
    clearBatch();
    publishHealth(now);  // before anybody who is told can ask
    const Refusal refusal = unavailable();
    for (const AfterCommit& reply : std::exchange(after_commit_, {}))
        reply(&refusal);
}

/// Whatever goes wrong in `step`, the log is read again before anything else is decided.
void EngineLoop::guard(Instant now, const std::function<void()>& step) {
    try {
        step();
    } catch (const CorruptLog&) {
        corrupt_ = true;
        fail(currentProblem(), now);
    } catch (...) {
        fail(currentProblem(), now);
    }
}

void EngineLoop::tryReopen(Instant now) {
    guard(now, [&] {
        log_.reopen();
        forgetAll();
        while (load_after_) {
            loadMore(now);
            commit(now);
        }
        problem_.reset();
    });
}

}  // namespace waybill
