// How much memory the bytes of others may take.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "waybill/bytes.h"

namespace waybill {

/// A number of bytes that many share. Whoever keeps bytes for others (a payload on the wire, an
/// answer that is put together, a stored object that is read) takes a share first and gives it back
/// by destroying it. Any thread; a few nanoseconds. Held by shared_ptr, because shares outlive whom
/// they were made for.
class ByteBudget {
public:
    /// With a `parent`, everything in it counts there too, and has to fit there.
    explicit ByteBudget(std::size_t limit, std::shared_ptr<ByteBudget> parent = nullptr)
        : limit_(limit), parent_(std::move(parent)) {}

    std::size_t limit() const noexcept { return limit_; }
    std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

    /// Counts until it is destroyed. Must not outlive its budget.
    class Share {
    public:
        Share() = default;
        Share(Share&& other) noexcept;
        Share& operator=(Share&& other) noexcept;
        ~Share() { giveBack(); }

        std::size_t bytes() const noexcept { return bytes_; }
        /// Makes it larger; false, and nothing is changed, when that does not fit.
        [[nodiscard]] bool grow(std::size_t bytes) noexcept;
        void giveBack() noexcept;

    private:
        friend class ByteBudget;
        Share(ByteBudget& budget, std::size_t bytes) noexcept : budget_(&budget), bytes_(bytes) {}

        ByteBudget* budget_ = nullptr;
        std::size_t bytes_ = 0;
    };

    /// Nothing when they do not fit. What is larger than the whole budget fits when nothing else is
    /// in it: it has its own limit elsewhere, and must not wait for ever.
    std::optional<Share> tryTake(std::size_t bytes) noexcept;

    /// The same bytes, which count until the last copy of what is returned is gone; null when they
    /// do not fit. `budget` and `bytes` must not be null.
    static Bytes tryHold(const std::shared_ptr<ByteBudget>& budget, Bytes bytes);

private:
    bool add(std::size_t bytes, std::size_t own) noexcept;
    void subtract(std::size_t bytes) noexcept;

    const std::size_t limit_;
    const std::shared_ptr<ByteBudget> parent_;
    std::atomic<std::size_t> used_ = 0;
};

}  // namespace waybill
