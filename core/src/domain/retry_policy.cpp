#include "waybill/retry_policy.h"

#include <algorithm>
#include <cmath>

namespace waybill {

namespace {

constexpr double kJitterShare = 0.1;

}  // namespace

Duration RetryPolicy::delayAfter(std::uint32_t counted, double jitter,
                                 std::optional<Duration> retry_after) const {
    const std::size_t index =
        std::min<std::size_t>(counted == 0 ? 0 : counted - 1, delays.size() - 1);
    const Duration base = delays[index];
    const Duration shift(std::llround(static_cast<double>(base.count()) * kJitterShare * jitter));
    return std::max(base + shift, std::min(retry_after.value_or(Duration::zero()), kMaxRetryAfter));
}

bool RetryPolicy::endsRound(std::uint16_t http_status) const {
    return std::find(final_statuses.begin(), final_statuses.end(), http_status) !=
           final_statuses.end();
}

}  // namespace waybill
