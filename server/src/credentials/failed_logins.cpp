#include "credentials/failed_logins.h"

#include <algorithm>

namespace waybill::server {

std::optional<Duration> FailedLogins::failed(const std::string& network, MonotonicTime now) {
    constexpr Duration kMinute = std::chrono::minutes(1);
    constexpr std::uint32_t kMostDoublings = 6;
    if (most_per_minute_ == 0) return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (networks_.size() >= kMostNetworks && now >= swept_at_ + std::chrono::seconds(1)) {
        std::erase_if(networks_, [&](const auto& known) { return known.second.ends_at <= now; });
        swept_at_ = now;
    }
    const bool has_place = networks_.size() < kMostNetworks || networks_.contains(network);
    Minute& minute = networks_[has_place ? network : std::string()];
    if (now >= minute.ends_at) minute = {now + kMinute, 0};
    if (minute.count < most_per_minute_ + kMostDoublings + 1) ++minute.count;
    if (minute.count <= most_per_minute_) return std::nullopt;
    const std::uint32_t doublings = minute.count - most_per_minute_ - 1;
    return std::min<Duration>(std::chrono::seconds(std::int64_t{1} << doublings), kMinute);
}

}  // namespace waybill::server
