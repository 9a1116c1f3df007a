// A bound on bytes that many hold together.
#pragma once

#include <atomic>
#include <cstddef>

namespace waybill::server {

/// How many bytes may be held at once, by whomever. Any thread.
class ByteBudget {
public:
    explicit ByteBudget(std::size_t most) : left_(most) {}

    bool take(std::size_t bytes) {
        std::size_t left = left_.load(std::memory_order_relaxed);
        while (left >= bytes)
            if (left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed))
                return true;
        return false;
    }
    void give(std::size_t bytes) { left_.fetch_add(bytes, std::memory_order_relaxed); }

private:
    std::atomic<std::size_t> left_;
};

/// Bytes taken from a budget by one holder, given back at its end.
class ByteAllowance {
public:
    explicit ByteAllowance(ByteBudget& budget) : budget_(budget) {}
    ~ByteAllowance() { budget_.give(taken_); }
    ByteAllowance(const ByteAllowance&) = delete;
    ByteAllowance& operator=(const ByteAllowance&) = delete;

    /// Makes it at least `bytes`; false when the budget has not that much left.
    bool growTo(std::size_t bytes) {
        if (bytes <= taken_) return true;
        if (!budget_.take(bytes - taken_)) return false;
        taken_ = bytes;
        return true;
    }

private:
    ByteBudget& budget_;
    std::size_t taken_ = 0;
};

}  // namespace waybill::server
