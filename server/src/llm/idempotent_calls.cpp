#include "llm/idempotent_calls.h"

#include "llm/backend_answer.h"

namespace waybill::server {
namespace {

constexpr Duration kWindow = std::chrono::hours(24);

/// Whether there is an answer that can be given again.
bool answersAgain(const Response& response) {
    if (response.state == ResponseState::kCompleted) return true;
    return response.state == ResponseState::kCreated && response.background;
}

}  // namespace

IdempotentCalls::Turn IdempotentCalls::enter(const Digest& key,
                                             const std::function<bool()>& abandoned) {
    std::unique_lock lock(mutex_);
    while (!under_way_.insert(key).second) {
        if (left_.wait_for(lock, kGlance) == std::cv_status::timeout && abandoned && abandoned())
            return nullptr;
    }
    return {this, [key](void* calls) { static_cast<IdempotentCalls*>(calls)->leave(key); }};
}

void IdempotentCalls::leave(const Digest& key) {
    {
        const std::lock_guard lock(mutex_);
        under_way_.erase(key);
    }
    left_.notify_all();
}

std::optional<IdempotentCalls::Earlier> IdempotentCalls::findEarlier(
    const IdempotencyKey& key) const {
    const std::optional<IdempotentMatch> match = model_.findByIdempotencyKey(key.key);
    if (!match || match->accepted_at + kWindow <= clock_.now().wall) return std::nullopt;
    const std::optional<Response> response = model_.findResponse(match->delivery);
    if (!response || !answersAgain(*response)) return std::nullopt;
    return Earlier{match->body == key.body, response};
}

}  // namespace waybill::server
