// What the ring keeps of each client, and what it tells about itself.
#include <algorithm>

#include "engine/engine_loop.h"

namespace waybill {

namespace {

/// Figures that take a look at every client, and clients at rest, wait for so long.
constexpr Duration kSlowly = std::chrono::seconds(1);

}  // namespace

// ---- clients

std::optional<Refusal> EngineLoop::refuseLimited(const DeliveryAccepted& submitted, Instant now) {
    if (!accounts_.limits()) return std::nullopt;
    return accounts_.refuse(submitted.client, submitted.payload_bytes,
                            schedule_.heldBack(submitted.client), now.monotonic);
}

/// What is set aside stays counted until the log is read again: it is still open.
void EngineLoop::countPending(const Delivery& state, bool was_live) {
    const bool loaded_later =
        state.accepted_position > counted_ && state.accepted_position <= accepted_before_;
    if (was_live == state.live() || loaded_later) return;
    if (was_live) {
        accounts_.closed(state.client, state.payload_bytes);
    } else {
        accounts_.opened(state.client, state.payload_bytes);
    }
}

/// A client whose receivers take nothing must not hold all of the memory, where there are others.
const std::shared_ptr<ByteBudget>& EngineLoop::memoryOf(const std::string& client) {
    const bool shared = options_.max_in_flight_per_client < options_.max_in_flight;
    if (!shared) return options_.payload_memory;
    auto& memory = client_memory_[client];
    if (!memory) {
        memory = std::make_shared<ByteBudget>(options_.payload_memory->limit() / 2,
                                              options_.payload_memory);
    }
    return memory;
}

// ---- figures

void EngineLoop::publishHealth(Instant now) {
    const bool slow_figures = now.monotonic - health_at_ >= kSlowly;
    std::optional<Timestamp> oldest_due;
    std::size_t held_back = 0;
    if (slow_figures) {
        health_at_ = now.monotonic;
        accounts_.forgetResting(now.monotonic);
        held_back = schedule_.heldBack();
        std::erase_if(client_memory_, [](const auto& entry) { return entry.second->used() == 0; });
        if (const auto due = schedule_.oldestDue()) oldest_due = now.wall + (*due - now.monotonic);
    }
    const std::lock_guard lock(health_mutex_);
    health_.ready = !problem_;
    health_.problem = problem_.value_or("");
    health_.pending = schedule_.waiting() + unloaded_ + (no_room_for_ ? 1 : 0);
    health_.in_flight = on_wire_.size();
    health_.last_tick = now.wall;
    health_.set_aside = set_aside_.size();
    health_.refused = accounts_.refused();
    if (!slow_figures) return;
    health_.oldest_due = oldest_due;
    health_.held_back = held_back;
}

EngineHealth EngineLoop::health() const {
    const std::lock_guard lock(health_mutex_);
    EngineHealth health = health_;
    health.host_exceptions = fence_->exceptions();
    health.payload_bytes = options_.payload_memory->used();
    health.refused.waiting = inbox_->refusedShares();
    return health;
}

}  // namespace waybill
