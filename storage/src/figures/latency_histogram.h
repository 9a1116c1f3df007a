// Durations counted in buckets, so that percentiles of many can be merged.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "waybill/operator_views.h"

namespace waybill::sqlite::figures {

/// Eight buckets to each power of two microseconds: a percentile is within 6 % of the truth.
class LatencyHistogram {
public:
    void add(Duration duration);
    void add(const LatencyHistogram& other);

    /// 0 to 1; nothing where there was none.
    std::optional<Duration> percentile(double part) const;
    LatencyView view() const;

    /// Bucket and count, a byte and a variable-length number, of those that are not empty.
    std::string encode() const;
    /// Adds what `encode` wrote; bytes that it did not write are passed over.
    void addEncoded(std::string_view bytes);

    friend bool operator==(const LatencyHistogram&, const LatencyHistogram&) = default;

private:
    static constexpr std::size_t kBuckets = 256;

    std::array<std::uint32_t, kBuckets> counts_{};
};

}  // namespace waybill::sqlite::figures
