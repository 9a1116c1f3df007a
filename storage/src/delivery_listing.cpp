#include "delivery_listing.h"

namespace waybill::sqlite {

DeliveryRows DeliveryListing::page(const DeliveryFilter& filter, const PageRequest& request,
                                   const std::optional<Place>& place) {
    if (!moment_) return DeliveryScan(log_).page(filter, request, place, deliveries_);
    const index::PlacePage found = query(filter).page(request, place);
    DeliveryRows page;
    for (const Place& at : found.places) {
        if (auto row = deliveries_.find(at.key)) page.rows.push_back(*std::move(row));
    }
    if (found.more) page.next = found.places.back();
    return page;
}

std::uint64_t DeliveryListing::count(const DeliveryFilter& filter) {
    return moment_ ? query(filter).count() : DeliveryScan(log_).count(filter);
}

std::set<std::string> DeliveryListing::endpointsOf(const DeliveryFilter& filter) {
    return moment_ ? query(filter).endpoints() : DeliveryScan(log_).endpointsOf(filter);
}

WalkedDeliveries DeliveryListing::walk(const DeliveryFilter& filter, std::int64_t after,
                                       std::int64_t before, std::uint32_t limit) {
    if (!moment_) return DeliveryScan(log_).walk(filter, after, before, limit);
    const PageRequest oldest_first{.limit = limit, .reverse = true};
    const index::PlacePage page = query(filter).page(oldest_first, std::nullopt, {after, before});
    WalkedDeliveries walked{.reached = after, .done = !page.more};
    for (const Place& place : page.places) {
        if (const auto delivery = deliveries_.find(place.key)) {
            walked.found.push_back({place.key, delivery->id, delivery->endpoint,
                                    !delivery->attempt_open && !delivery->payload_erased});
        }
        walked.reached = place.key;
    }
    return walked;
}

}  // namespace waybill::sqlite
