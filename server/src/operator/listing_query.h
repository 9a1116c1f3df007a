// Query parameters of listings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/admin_api.h"
#include "waybill/result.h"
#include "waybill/server/http_message.h"

namespace waybill::server {

inline constexpr std::uint32_t kDefaultLimit = 50;

/// The names of every filter, as queries and bodies have them.
const std::vector<std::string_view>& filterNames();

/// Which deliveries, and which page of them.
struct DeliveryListing {
    DeliveryFilter filter;
    PageRequest page;
};

/// Reads `?status=&endpoint=…`. Only the parameters in `known` may be there, each once: a mistyped
/// filter must not become none.
Result<DeliveryListing> parseDeliveryListing(std::string_view query,
                                             const std::vector<std::string_view>& known);

/// Every filter there is, and what says which page.
const std::vector<std::string_view>& allListingParameters();

/// Which page of a listing that has one order.
struct PageQuery {
    std::uint32_t limit = kDefaultLimit;
    std::string cursor;
};

/// Reads `?limit=&cursor=`.
Result<PageQuery> parsePageQuery(std::string_view query);

/// Which responses, and which page of them.
struct ResponseListing {
    ResponseFilter filter;
    PageQuery page;
};

/// Reads `?status=&client=&since=&until=&limit=&cursor=`; the last two only where `paged`.
Result<ResponseListing> parseResponseListing(std::string_view query, bool paged = true);

struct EventListing {
    std::optional<std::uint64_t> after;
    std::uint32_t limit = kDefaultLimit;
};

/// Reads `?after=&limit=`; `limit` only where `paged`.
Result<EventListing> parseEventListing(std::string_view query, bool paged = true);

/// How far back, and in which steps.
struct WindowQuery {
    Duration window = std::chrono::hours(1);
    Duration step{};  ///< where nothing was said: a sixtieth of the window, at least a minute
};

/// Reads `?window=&step=`; `step` only where `stepped`.
Result<WindowQuery> parseWindow(std::string_view query, bool stepped);

/// `{"data":[…],"next_cursor":…}`.
std::string pageJson(const Page<DeliveryView>& page);
std::string pageJson(const Page<EventView>& page);
std::string pageJson(const Page<EndpointView>& page);
std::string pageJson(const Page<BulkView>& page);
std::string pageJson(const Page<ResponseView>& page);

}  // namespace waybill::server
