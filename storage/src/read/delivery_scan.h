// Listings read from the derived tables themselves: right without any index, as slow as they are
// long.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "log/database.h"
#include "log/derived_table.h"
#include "read/delivery_query.h"
#include "waybill/delivery.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::sqlite {

/// Rows of a page, and where the next one begins.
struct DeliveryRows {
    std::vector<Delivery> rows;
    std::optional<Place> next;
};

/// Within the connection's read transaction.
class DeliveryScan {
public:
    explicit DeliveryScan(Database& database) : database_(database) {}

    DeliveryRows page(const DeliveryFilter& filter, const PageRequest& request,
                      const std::optional<Place>& place, DerivedTable<Delivery>& deliveries);
    std::uint64_t count(const DeliveryFilter& filter);
    std::set<std::string> endpointsOf(const DeliveryFilter& filter);
    /// The keys of those with `after < key < before` (0: no bound), in their order.
    std::vector<std::int64_t> keys(const DeliveryFilter& filter, std::int64_t after,
                                   std::int64_t before, std::uint32_t limit);

private:
    DeliveryRows firstOf(std::uint64_t most, const DeliveryFilter& filter,
                         const PageRequest& request, const std::optional<Place>& place,
                         DerivedTable<Delivery>& deliveries, std::uint64_t& seen);

    Database& database_;
};

}  // namespace waybill::sqlite
