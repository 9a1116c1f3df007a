#include "engine/host_fence.h"

namespace waybill {

Refusal HostFence::unavailable() const {
    const std::lock_guard lock(mutex_);
    return {RefusalCode::kUnavailable,
            "the log cannot take events now (" + (problem_.empty() ? "stopping" : problem_) +
                "); try again in a few seconds",
            {}};
}

void HostFence::setProblem(const std::string& problem) noexcept {
    contained(nullptr, "", [&] {
        const std::lock_guard lock(mutex_);
        problem_ = problem;
    });
}

Instant FencedClock::now() {
    Instant now{};
    const bool told = fence_->call("clock", [&] { now = clock_.now(); });
    const std::lock_guard lock(mutex_);
    const MonotonicTime by_system = systemClock().now().monotonic;
    const Duration passed = by_system - std::exchange(last_by_system_, by_system);
    last_ = told ? now : Instant{last_.wall + passed, last_.monotonic + passed};
    return last_;
}

void FencedEntropy::fill(std::span<std::uint8_t> out) {
    if (!fence_->call("entropy", [&] { entropy_.fill(out); })) systemEntropy().fill(out);
}

}  // namespace waybill
