#include "read/delivery_scan.h"

#include "log/derived_table.h"

namespace waybill::sqlite {

namespace {

Place placeOf(DeliveryOrder order, const Delivery& delivery, std::int64_t key) {
    switch (order) {
        case DeliveryOrder::kUpdated:
            return {delivery.updated_at.time_since_epoch().count(), key};
        case DeliveryOrder::kNextAttempt:
            return {delivery.next_attempt_at.value_or(Timestamp{}).time_since_epoch().count(), key};
        case DeliveryOrder::kCreated:
            break;
    }
    return {0, key};
}

}  // namespace

DeliveryRows DeliveryScan::page(const DeliveryFilter& filter, const PageRequest& request,
                                const std::optional<Place>& place,
                                DerivedTable<Delivery>& deliveries) {
    // Those that cannot be read take places that others fill.
    for (std::uint64_t most = std::uint64_t{request.limit} + 1;; most *= 2) {
        std::uint64_t seen = 0;
        DeliveryRows page = firstOf(most, filter, request, place, deliveries, seen);
        if (page.next || seen < most) return page;
    }
}

/// A page from the first `most` rows; `seen`: how many there are.
DeliveryRows DeliveryScan::firstOf(std::uint64_t most, const DeliveryFilter& filter,
                                   const PageRequest& request, const std::optional<Place>& place,
                                   DerivedTable<Delivery>& deliveries, std::uint64_t& seen) {
    DeliveryQuery query(filter);
    query.inOrder(request, place);
    Statement statement(database_,
                        DerivedTable<Delivery>::selectSql(query.where() + ' ' + orderBy(request) +
                                                          " LIMIT " + std::to_string(most)));
    query.bind(statement);
    DeliveryRows page;
    std::int64_t last = 0;
    Query rows(statement);
    for (; rows.next(); ++seen) {
        auto delivery = deliveries.believeReadable(statement);
        if (!delivery) continue;
        if (page.rows.size() == request.limit) {
            page.next = placeOf(request.order, page.rows.back(), last);
            break;
        }
        last = DerivedTable<Delivery>::keyOf(statement);
        page.rows.push_back(*std::move(delivery));
    }
    return page;
}

std::uint64_t DeliveryScan::count(const DeliveryFilter& filter) {
    const DeliveryQuery query(filter);
    Statement statement(database_,
                        "SELECT count(*) FROM derived_delivery d "
                        "JOIN streams s ON s.stream = d.stream " +
                            query.where());
    query.bind(statement);
    Query rows(statement);
    return rows.next() ? statement.unsignedInteger(0) : 0;
}

std::set<std::string> DeliveryScan::endpointsOf(const DeliveryFilter& filter) {
    const DeliveryQuery query(filter);
    Statement statement(database_,
                        "SELECT DISTINCT d.endpoint FROM derived_delivery d "
                        "JOIN streams s ON s.stream = d.stream " +
                            query.where());
    query.bind(statement);
    std::set<std::string> endpoints;
    Query rows(statement);
    while (rows.next())
        endpoints.emplace(statement.text(0));
    return endpoints;
}

std::vector<std::int64_t> DeliveryScan::keys(const DeliveryFilter& filter, std::int64_t after,
                                             std::int64_t before, std::uint32_t limit) {
    DeliveryQuery query(filter);
    query.between(after, before);
    Statement statement(database_,
                        "SELECT d.stream FROM derived_delivery d "
                        "JOIN streams s ON s.stream = d.stream " +
                            query.where() + " ORDER BY d.stream LIMIT " + std::to_string(limit));
    query.bind(statement);
    std::vector<std::int64_t> keys;
    Query rows(statement);
    while (rows.next())
        keys.push_back(statement.integer(0));
    return keys;
}

}  // namespace waybill::sqlite
