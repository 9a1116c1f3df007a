#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace waybill::bench {

std::size_t Histogram::bucketOf(std::uint64_t nanoseconds) {
    constexpr std::uint64_t kExact = std::uint64_t{1} << kSubBits;
    if (nanoseconds < kExact) return static_cast<std::size_t>(nanoseconds);
    const int power = static_cast<int>(std::bit_width(nanoseconds)) - 1 - kSubBits;
    const std::uint64_t sub = (nanoseconds >> power) - kExact;
    const auto bucket = (static_cast<std::uint64_t>(power + 1) << kSubBits) + sub;
    return std::min(static_cast<std::size_t>(bucket), kBuckets - 1);
}

std::uint64_t Histogram::upperEdge(std::size_t bucket) {
    constexpr std::size_t kExact = std::size_t{1} << kSubBits;
    if (bucket < kExact) return bucket;
    const auto power = (bucket >> kSubBits) - 1;
    return ((kExact + bucket % kExact + 1) << power) - 1;
}

void Histogram::add(std::chrono::nanoseconds duration) {
    const auto nanoseconds =
        static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    counts_[bucketOf(nanoseconds)].fetch_add(1, std::memory_order_relaxed);
}

void Histogram::reset() {
    for (auto& count : counts_)
        count.store(0, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
    std::uint64_t total = 0;
    for (const auto& count : counts_)
        total += count.load(std::memory_order_relaxed);
    return total;
}

std::chrono::nanoseconds Histogram::percentile(double quantile) const {
    const auto rank =
        static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(count())));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; rank > 0 && bucket < kBuckets; ++bucket) {
        seen += counts_[bucket].load(std::memory_order_relaxed);
        if (seen >= rank) return std::chrono::nanoseconds(upperEdge(bucket));
    }
    return {};
}

}  // namespace waybill::bench
