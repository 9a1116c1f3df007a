// How long things took, in bounded memory.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace waybill::bench {

/// Counts durations in buckets that are 1/64 of a power of two wide, so a percentile is right to
/// 1.6 %. Has no pointers: it may lie in memory that processes share. Any thread.
class Histogram {
public:
    void add(std::chrono::nanoseconds duration);
    void reset();
    std::uint64_t count() const;

    /// The duration that the share `quantile` (0.5, 0.99 …) of all does not exceed; zero when there
    /// are none.
    std::chrono::nanoseconds percentile(double quantile) const;

private:
    static constexpr int kSubBits = 6;
    static constexpr int kPowers = 40;
    static constexpr std::size_t kBuckets = std::size_t{kPowers} << kSubBits;

    static std::size_t bucketOf(std::uint64_t nanoseconds);
    static std::uint64_t upperEdge(std::size_t bucket);

    std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
};

}  // namespace waybill::bench
