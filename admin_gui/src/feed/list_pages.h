// Fetching the pages of a listing.
#pragma once

#include "model/delivery_list.h"
#include "model/query.h"

namespace waybill::gui {

/// The pages that show rows `first` to `last`, anew; the first page when nothing is there yet.
Result<DeliveryList> refreshed(AdminApi& api, const DeliveryQuery& query, DeliveryList list,
                               std::size_t first, std::size_t last);

/// With the next page at its end, and without pages far from row `visible`.
Result<DeliveryList> extended(AdminApi& api, const DeliveryQuery& query, DeliveryList list,
                              std::size_t visible);

}  // namespace waybill::gui
