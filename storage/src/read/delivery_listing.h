// Listings, from the index where there is one and else from the derived tables.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "index/index_connection.h"
#include "log/derived_table.h"
#include "read/delivery_scan.h"

namespace waybill::sqlite {

/// Within one read transaction on the log.
class DeliveryListing {
public:
    /// `moment`: null where there is no index.
    DeliveryListing(Database& log, DerivedTable<Delivery>& deliveries,
                    const index::IndexMoment* moment)
        : log_(log), deliveries_(deliveries), moment_(moment) {}

    DeliveryRows page(const DeliveryFilter& filter, const PageRequest& request,
                      const std::optional<Place>& place);
    std::uint64_t count(const DeliveryFilter& filter);
    std::set<std::string> endpointsOf(const DeliveryFilter& filter);
    /// Only deliveries that are the filter's by what their events say: something will be done to
    /// them.
    WalkedDeliveries walk(const DeliveryFilter& filter, std::int64_t after, std::int64_t before,
                          std::uint32_t limit);

private:
    std::vector<std::int64_t> keys(const DeliveryFilter& filter, std::int64_t after,
                                   std::int64_t before, std::uint32_t limit) const;
    index::IndexQuery query(const DeliveryFilter& filter) const {
        return {log_, moment_->index, moment_->newer, filter};
    }

    Database& log_;
    DerivedTable<Delivery>& deliveries_;
    const index::IndexMoment* moment_;
};

}  // namespace waybill::sqlite
