// A few commands on their way to the engine at once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "waybill/engine.h"

namespace waybill::server {

/// Collects the answers to commands that were sent without waiting for each. One thread sends and
/// awaits; the answers come on the engine's.
class ReplyWindow {
public:
    ReplyWindow() : state_(std::make_shared<State>()) {}

    /// The reply for the next command.
    Engine::Reply<Delivery> next() {
        const std::lock_guard lock(state_->mutex);
        const std::size_t place = state_->answers.size();
        state_->answers.emplace_back();
        ++state_->open;
        return [state = state_, place](const Result<Delivery>& result) {
            const std::lock_guard answer_lock(state->mutex);
            if (!result) state->answers[place] = result.refusal();
            if (--state->open == 0) state->all_answered.notify_all();
        };
    }

    /// Whether the newest command was refused on the spot, as with a full inbox.
    bool lastRefused() const {
        const std::lock_guard lock(state_->mutex);
        return !state_->answers.empty() && state_->answers.back().has_value();
    }

    /// The refusals of all commands, in the order they were sent; nothing where one was accepted.
    std::vector<std::optional<Refusal>> await() {
        std::unique_lock lock(state_->mutex);
        state_->all_answered.wait(lock, [&] { return state_->open == 0; });
        return std::move(state_->answers);
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable all_answered;
        std::vector<std::optional<Refusal>> answers;
        std::size_t open = 0;
    };
    std::shared_ptr<State> state_;
};

/// Refusals that say something about the moment, not about the delivery.
inline bool passesByItself(const Refusal& refusal) {
    return refusal.code == RefusalCode::kOverloaded || refusal.code == RefusalCode::kUnavailable;
}

}  // namespace waybill::server
