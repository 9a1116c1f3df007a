#include "net/own_addresses.h"

#include <ifaddrs.h>

#include <mutex>
#include <optional>

#include "net/ip_address.h"
#include "waybill/clock.h"

namespace waybill {
namespace {

constexpr Duration kFreshFor = std::chrono::seconds(1);

using Addresses = std::shared_ptr<const std::vector<IpAddress>>;

/// Null when the system does not tell: no descriptors, no memory.
Addresses readAddresses() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return nullptr;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(first, ::freeifaddrs);
    auto addresses = std::make_shared<std::vector<IpAddress>>();
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        if (const auto address = fromSocketAddress(*one->ifa_addr)) addresses->push_back(*address);
    }
    return addresses;
}

}  // namespace

Addresses ownAddresses() {
    static std::mutex mutex;
    static Addresses known = std::make_shared<const std::vector<IpAddress>>();
    static std::optional<MonotonicTime> read_at;

    const MonotonicTime now = systemClock().now().monotonic;
    const std::lock_guard lock(mutex);
    if (read_at && now - *read_at < kFreshFor) return known;
    if (Addresses fresh = readAddresses()) {
        known = std::move(fresh);
        read_at = now;
    }
    return known;
}

}  // namespace waybill
