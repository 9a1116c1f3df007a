// How much a request for many deliveries would do.
#pragma once

#include <vector>

#include "waybill/admin_api.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// What a dry run says. Up to 10,000 deliveries are looked at one by one; of more, `endpoints` are
/// those of all that match, and `refused` is not counted.
struct BulkExtent {
    std::uint64_t matched = 0;    ///< at most the request's limit
    std::uint64_t refused = 0;    ///< of them: on the wire or erased, where that matters
    std::uint64_t endpoints = 0;  ///< of those for which it would be done
};

/// Of the deliveries that match any of `filters`, which have none in common, in that order;
/// `to_send`: what is on the wire or erased is refused.
Result<BulkExtent> extentOf(const sqlite::ReadModel& model,
                            const std::vector<DeliveryFilter>& filters,
                            const std::optional<std::uint64_t>& limit, bool to_send);

}  // namespace waybill::server
