#include "operator/bulk_extent.h"

#include <algorithm>
#include <set>

namespace waybill::server {
namespace {

constexpr std::uint64_t kMostLookedAt = 10'000;
constexpr std::uint64_t kCountedAtOnce = 500;

/// Looks at the first of them, one by one.
class OneByOne {
public:
    OneByOne(const sqlite::ReadModel& model, std::uint64_t most, bool to_send)
        : model_(model), left_(most), to_send_(to_send) {}

    std::optional<Refusal> look(const DeliveryFilter& filter) {
        const std::int64_t bound = model_.newestStreamKey() + 1;
        std::int64_t after = 0;
        while (left_ > 0) {
            const auto stretch = model_.walkDeliveries(
                filter, after, bound, static_cast<std::uint32_t>(std::min(kCountedAtOnce, left_)));
            if (!stretch) return stretch.refusal();
            for (const sqlite::WalkedDelivery& delivery : stretch->found)
                take(delivery);
            if (stretch->done) break;
            after = stretch->reached;
        }
        return std::nullopt;
    }

    std::uint64_t refused() const { return refused_; }
    std::uint64_t endpoints() const { return endpoints_.size(); }

private:
    void take(const sqlite::WalkedDelivery& delivery) {
        --left_;
        if (to_send_ && !delivery.sendable) {
            ++refused_;
        } else {
            endpoints_.insert(delivery.endpoint);
        }
    }

    const sqlite::ReadModel& model_;
    std::uint64_t left_;
    const bool to_send_;
    std::uint64_t refused_ = 0;
    std::set<std::string> endpoints_;
};

}  // namespace

Result<BulkExtent> extentOf(const sqlite::ReadModel& model,
                            const std::vector<DeliveryFilter>& filters,
                            const std::optional<std::uint64_t>& limit, bool to_send) {
    BulkExtent extent;
    for (const DeliveryFilter& filter : filters) {
        const auto count = model.countDeliveries(filter);
        if (!count) return count.refusal();
        extent.matched += *count;
    }
    extent.matched = std::min(extent.matched, limit.value_or(extent.matched));
    if (extent.matched <= kMostLookedAt) {
        OneByOne deliveries(model, extent.matched, to_send);
        for (const DeliveryFilter& filter : filters)
            if (auto refusal = deliveries.look(filter)) return *refusal;
        extent.refused = deliveries.refused();
        extent.endpoints = deliveries.endpoints();
        return extent;
    }
    std::set<std::string> endpoints;
    for (const DeliveryFilter& filter : filters) {
        auto some = model.endpointsOf(filter);
        if (!some) return some.refusal();
        endpoints.merge(some.value());
    }
    extent.endpoints = endpoints.size();
    return extent;
}

}  // namespace waybill::server
