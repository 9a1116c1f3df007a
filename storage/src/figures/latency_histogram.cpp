#include "figures/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace waybill::sqlite::figures {

namespace {

constexpr unsigned kPartBits = 3;
constexpr std::uint64_t kParts = 1U << kPartBits;

/// Numbers below kParts have a bucket each; above, the highest set bit and the three after it.
std::size_t bucketOf(std::uint64_t value, std::size_t buckets) {
    if (value < kParts) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kPartBits;
    return std::min(std::size_t{shift + 1} * kParts + (value >> shift) % kParts, buckets - 1);
}

std::uint64_t middleOf(std::size_t bucket) {
    if (bucket < kParts) return bucket;
    const unsigned shift = static_cast<unsigned>(bucket / kParts) - 1;
    const std::uint64_t least = (kParts + bucket % kParts) << shift;
    return least + ((std::uint64_t{1} << shift) >> 1);
}

void appendNumber(std::string& out, std::uint32_t number) {
    for (; number >= 0x80; number >>= 7)
        out += static_cast<char>(number | 0x80);
    out += static_cast<char>(number);
}

/// Takes a number off `bytes`; 0 at their end.
std::uint32_t takeNumber(std::string_view& bytes) {
    std::uint32_t number = 0;
    for (unsigned shift = 0; !bytes.empty() && shift < 32; shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        number |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
        if (byte < 0x80) break;
    }
    return number;
}

}  // namespace

void LatencyHistogram::add(Duration duration) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    ++counts_[bucketOf(value, kBuckets)];
}

void LatencyHistogram::add(const LatencyHistogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i)
        counts_[i] += other.counts_[i];
}

std::optional<Duration> LatencyHistogram::percentile(double part) const {
    std::uint64_t total = 0;
    for (const std::uint32_t count : counts_)
        total += count;
    if (total == 0) return std::nullopt;
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(total))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        seen += counts_[i];
        if (seen >= rank) return Duration(static_cast<std::int64_t>(middleOf(i)));
    }
    return std::nullopt;
}

LatencyView LatencyHistogram::view() const {
    return {percentile(0.50), percentile(0.95), percentile(0.99)};
}

std::string LatencyHistogram::encode() const {
    std::string bytes;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        if (counts_[i] == 0) continue;
        bytes += static_cast<char>(i);
        appendNumber(bytes, counts_[i]);
    }
    return bytes;
}

void LatencyHistogram::addEncoded(std::string_view bytes) {
    while (bytes.size() > 1) {
        const auto bucket = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        counts_[bucket] += takeNumber(bytes);
    }
}

}  // namespace waybill::sqlite::figures
