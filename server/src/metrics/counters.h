// Figures that one thread writes and others read.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "waybill/time.h"

namespace waybill::server {

/// Counts. `add` from one thread only, which spares it an atomic addition; `value` from any.
class Counter {
public:
    void add(std::uint64_t count = 1) noexcept {
        value_.store(value() + count, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// How long things took, from 100 µs to 100 s in steps of about 1, 2.5, 5, 10, as Prometheus'
/// histograms have them. Written and read like a Counter; about 5 ns.
class DurationHistogram {
public:
    static constexpr std::array<Duration::rep, 19> kBounds = {
        100,       250,        500,        1'000,      2'500,      5'000,     10'000,
        25'000,    50'000,     100'000,    250'000,    500'000,    1'000'000, 2'500'000,
        5'000'000, 10'000'000, 30'000'000, 60'000'000, 100'000'000};

    void observe(Duration duration) noexcept {
        std::size_t bucket = 0;
        while (bucket < kBounds.size() && duration.count() > kBounds[bucket])
            ++bucket;
        buckets_[bucket].add();
        sum_us_.add(static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count()));
    }

    /// Not cumulative; the last one is of all above the highest bound.
    std::span<const Counter> buckets() const noexcept { return buckets_; }
    std::uint64_t sumMicroseconds() const noexcept { return sum_us_.value(); }

private:
    std::array<Counter, kBounds.size() + 1> buckets_;
    Counter sum_us_;
};

}  // namespace waybill::server
