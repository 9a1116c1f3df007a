#include "read/delivery_listing.h"

#include "index/row_source.h"

namespace waybill::sqlite {

DeliveryRows DeliveryListing::page(const DeliveryFilter& filter, const PageRequest& request,
                                   const std::optional<Place>& place) {
    if (!moment_) return DeliveryScan(log_).page(filter, request, place, deliveries_);
    const index::PlacePage found = query(filter).page(request, place);
    DeliveryRows page;
    for (const Place& at : found.places) {
        if (auto row = deliveries_.findReadable(at.key)) page.rows.push_back(*std::move(row));
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

std::vector<std::int64_t> DeliveryListing::keys(const DeliveryFilter& filter, std::int64_t after,
                                                std::int64_t before, std::uint32_t limit) const {
    if (!moment_) return DeliveryScan(log_).keys(filter, after, before, limit);
    const PageRequest oldest_first{.limit = limit, .reverse = true};
    std::vector<std::int64_t> keys;
    for (const Place& place :
         query(filter).page(oldest_first, std::nullopt, {after, before}).places)
        keys.push_back(place.key);
    return keys;
}

WalkedDeliveries DeliveryListing::walk(const DeliveryFilter& filter, std::int64_t after,
                                       std::int64_t before, std::uint32_t limit) {
    const std::vector<std::int64_t> found = keys(filter, after, before, limit);
    index::RowSource rows(log_);
    WalkedDeliveries walked{.reached = after, .done = found.size() < limit};
    for (const std::int64_t key : found) {
        walked.reached = key;
        const auto delivery = deliveries_.recordedReadable(key);
        if (!delivery || !rows.matches(filter, key, index::sourceRowOf(*delivery))) continue;
        walked.found.push_back({key, delivery->id, delivery->endpoint,
                                !delivery->attempt_open && !delivery->payload_erased &&
                                    !delivery->from_later_version});
    }
    return walked;
}

}  // namespace waybill::sqlite
