#include "delivery_scan.h"

#include "derived_table.h"

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
    DeliveryQuery query(filter);
    query.inOrder(request, place);
    Statement statement(database_, DerivedTable<Delivery>::selectSql(
                                       query.where() + ' ' + orderBy(request) + " LIMIT " +
                                       std::to_string(request.limit + 1)));
    query.bind(statement);
    DeliveryRows page;
    std::int64_t last = 0;
    Query rows(statement);
    while (rows.next()) {
        if (page.rows.size() == request.limit) {
            page.next = placeOf(request.order, page.rows.back(), last);
            break;
        }
        last = DerivedTable<Delivery>::keyOf(statement);
        if (auto delivery = deliveries.believe(statement))
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

WalkedDeliveries DeliveryScan::walk(const DeliveryFilter& filter, std::int64_t after,
                                    std::int64_t before, std::uint32_t limit) {
    DeliveryQuery query(filter);
    query.between(after, before);
    Statement statement(database_,
                        "SELECT d.stream, s.id, d.endpoint, d.attempt_open OR d.payload_erased "
                        "FROM derived_delivery d "
                        "JOIN streams s ON s.stream = d.stream " +
                            query.where() + " ORDER BY d.stream LIMIT " + std::to_string(limit));
    query.bind(statement);
    WalkedDeliveries walked{.reached = after};
    Query rows(statement);
    while (rows.next()) {
        walked.reached = statement.integer(0);
        walked.found.push_back({walked.reached, StreamId(statement.text(1)),
                                std::string(statement.text(2)), statement.integer(3) == 0});
    }
    walked.done = walked.found.size() < limit;
    return walked;
}

}  // namespace waybill::sqlite
