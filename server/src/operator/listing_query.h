// Query parameters of listings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/admin_api.h"
#include "waybill/result.h"
#include "waybill/server/http_message.h"

namespace waybill::server {

inline constexpr std::uint32_t kDefaultLimit = 50;
inline constexpr std::uint32_t kMostLimit = 500;

/// Which deliveries, and which page of them.
struct DeliveryListing {
    DeliveryFilter filter;
    std::uint32_t limit = kDefaultLimit;
    std::string cursor;
};

/// Reads `?status=&endpoint=…`. Only the parameters in `known` may be there: a mistyped filter must
/// not become none.
Result<DeliveryListing> parseDeliveryListing(std::string_view query,
                                             const std::vector<std::string_view>& known);

/// Every filter there is, with `limit` and `cursor`.
const std::vector<std::string_view>& allListingParameters();

struct EventListing {
    std::uint64_t after = 0;
    std::uint32_t limit = kDefaultLimit;
};

/// Reads `?after=&limit=`.
Result<EventListing> parseEventListing(std::string_view query);

/// `{"data":[…],"next_cursor":…}`.
std::string pageJson(const Page<DeliveryView>& page);
std::string pageJson(const Page<EventView>& page);

}  // namespace waybill::server
