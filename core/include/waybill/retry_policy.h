// When a failed attempt is made again.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "waybill/time.h"

namespace waybill {

/// The rules of one delivery's rounds; recorded when the delivery is accepted, so that a changed
/// default never rewrites the past. With the defaults the attempts of a round start at 0 s, 5 s, 5
/// min 5 s and 35 min 5 s (each delay ±10 %, counted from the recorded outcome of the attempt
/// before).
struct RetryPolicy {
    std::uint32_t max_retries = 3;  ///< a round has 1 + max_retries attempts; at most kMaxRetries
    /// The delay before retry 1, 2, …; the last one repeats. Never empty; at most kMaxDelays
    /// entries.
    std::vector<Duration> delays = {std::chrono::seconds(5), std::chrono::minutes(5),
                                    std::chrono::minutes(30)};
    std::vector<std::uint16_t>
        final_statuses{};  ///< HTTP statuses that end a round at once, e.g. 410

    static constexpr std::uint32_t kMaxRetries = 100;
    static constexpr std::size_t kMaxDelays = 100;
    static constexpr Duration kMaxRetryAfter = std::chrono::hours(1);

    std::uint32_t maxAttempts() const { return 1 + max_retries; }

    /// The delay after the `counted`-th attempt of a round (1, 2, …) has failed. `jitter` in [-1,
    /// 1) moves it by up to 10 %; `retry_after`, what the receiver asked for on a 429 or 503 (RFC
    /// 9110 section 10.2.3), makes it longer, never shorter; of it at most kMaxRetryAfter is
    /// heeded. Pure.
    Duration delayAfter(std::uint32_t counted, double jitter,
                        std::optional<Duration> retry_after) const;

    bool endsRound(std::uint16_t http_status) const;

    friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

}  // namespace waybill
