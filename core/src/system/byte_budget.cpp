#include "waybill/byte_budget.h"

#include <utility>

namespace waybill {

ByteBudget::Share::Share(Share&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

ByteBudget::Share& ByteBudget::Share::operator=(Share&& other) noexcept {
    if (this != &other) {
        giveBack();
        budget_ = std::exchange(other.budget_, nullptr);
        bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
}

bool ByteBudget::Share::grow(std::size_t bytes) noexcept {
    // As in `tryTake`: what is alone in it may be larger.
    if (budget_ == nullptr || !budget_->add(bytes, bytes_)) return false;
    bytes_ += bytes;
    return true;
}

void ByteBudget::Share::giveBack() noexcept {
    if (budget_ != nullptr) budget_->subtract(bytes_);
    budget_ = nullptr;
    bytes_ = 0;
}

/// `own`: what of it belongs to the share that is made or grown.
bool ByteBudget::add(std::size_t bytes, std::size_t own) noexcept {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
        if (used != own && (used > limit_ || bytes > limit_ - used)) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    if (!parent_ || parent_->add(bytes, own)) return true;
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
}

void ByteBudget::subtract(std::size_t bytes) noexcept {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    if (parent_) parent_->subtract(bytes);
}

std::optional<ByteBudget::Share> ByteBudget::tryTake(std::size_t bytes) noexcept {
    if (!add(bytes, 0)) return std::nullopt;
    return Share(*this, bytes);
}

Bytes ByteBudget::tryHold(const std::shared_ptr<ByteBudget>& budget, Bytes bytes) {
    struct Held {
        std::shared_ptr<ByteBudget> budget;
        Share share;  // before `budget` is gone
        Bytes bytes;
    };
    auto share = budget->tryTake(bytes->size());
    if (!share) return nullptr;
    const auto held = std::make_shared<Held>(Held{budget, *std::move(share), std::move(bytes)});
    return {held, held->bytes.get()};
}

}  // namespace waybill
