// What the receiver's process and ours share: who answers how, and what has come in.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "bench/histogram.h"

namespace waybill::bench {

/// A port of the receiver, by what it does with a request.
enum class LaneName : std::size_t {
    kAnswer,             ///< 200, and keeps the connection
    kHang,               ///< nothing, for as long as the other side likes
    kTlsAnswer,          ///< as kAnswer, under TLS
    kTlsAnswerAndClose,  ///< 200 under TLS, then ends the connection
    kSwallow,            ///< reads all of it, however large, and answers nothing
    kStall,              ///< reads nothing
};
inline constexpr std::size_t kLaneCount = 6;

/// Lies in memory that both processes map.
struct Lane {
    std::atomic<std::uint16_t> port = 0;
    std::atomic<std::uint64_t> requests = 0;
    std::atomic<std::uint64_t> connections = 0;  ///< accepted so far
    std::atomic<std::uint64_t> resumed = 0;      ///< of these, with a TLS session from before
    Histogram latency;                           ///< from the time in the payload to its arrival
};
using Lanes = std::array<Lane, kLaneCount>;

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "shared between processes");

}  // namespace waybill::bench
