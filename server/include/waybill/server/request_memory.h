// What requests and their answers take of the memory that all of them share.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "waybill/byte_budget.h"

namespace waybill::server {

/// What the requests of one client keep together. Any thread.
class ClientMemory {
public:
    explicit ClientMemory(std::size_t limit) : limit_(limit) {}

    std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

    /// `own`: what the request that asks keeps already; one that is alone may be larger.
    [[nodiscard]] bool add(std::size_t bytes, std::size_t own) noexcept {
        const std::size_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
        if (before == own || (before <= limit_ && bytes <= limit_ - before)) return true;
        giveBack(bytes);
        return false;
    }
    void giveBack(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }

private:
    const std::size_t limit_;
    std::atomic<std::size_t> used_ = 0;
};

/// The bytes that one request keeps: its body, what is read or put together for its answer, and the
/// answer until it is sent. They count in the budget until this is destroyed. No request waits for
/// room while it holds some: it is refused. One thread at a time; costs an atomic addition.
class RequestMemory {
public:
    /// `budget`: null: without a limit.
    explicit RequestMemory(std::shared_ptr<ByteBudget> budget) : budget_(std::move(budget)) {}
    ~RequestMemory() { shrinkTo(0); }
    RequestMemory(const RequestMemory&) = delete;
    RequestMemory& operator=(const RequestMemory&) = delete;

    std::size_t bytes() const noexcept { return bytes_; }

    /// What is counted from now on counts as this client's too. Once, before anything is counted.
    void belongTo(std::shared_ptr<ClientMemory> client) noexcept { client_ = std::move(client); }

    /// Counts at least so many in all. False, and nothing is changed, when there is no room.
    [[nodiscard]] bool growTo(std::size_t bytes) noexcept {
        if (bytes <= bytes_) return true;
        const std::size_t more = bytes - bytes_;
        if (client_ && !client_->add(more, bytes_)) return false;
        if (budget_ && !take(bytes - share_.bytes())) {
            if (client_) client_->giveBack(more);
            return false;
        }
        bytes_ = bytes;
        return true;
    }

    /// Counts so many more.
    [[nodiscard]] bool add(std::size_t bytes) noexcept { return growTo(bytes_ + bytes); }

    /// Counts so many in all, or fewer where others take the room in this moment.
    void shrinkTo(std::size_t bytes) noexcept {
        if (bytes >= bytes_) return;
        share_.giveBack();
        if (client_) client_->giveBack(bytes_ - bytes);
        bytes_ = bytes;
        if (budget_ && bytes > 0) static_cast<void>(take(bytes));
    }

private:
    bool take(std::size_t bytes) noexcept {
        if (share_.bytes() > 0) return share_.grow(bytes);
        std::optional<ByteBudget::Share> share = budget_->tryTake(bytes);
        if (!share) return false;
        share_ = *std::move(share);
        return true;
    }

    const std::shared_ptr<ByteBudget> budget_;
    std::shared_ptr<ClientMemory> client_;  ///< null: nobody's
    ByteBudget::Share share_;               // after the budget: it ends first
    std::size_t bytes_ = 0;
};

/// Whether `memory` (null: nobody counts) has room for so many bytes in all.
[[nodiscard]] inline bool holds(RequestMemory* memory, std::size_t bytes) noexcept {
    return memory == nullptr || memory->growTo(bytes);
}

}  // namespace waybill::server
