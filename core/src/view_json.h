// Reads views from JSON values, for files that read whole documents with views inside.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "waybill/operator_views.h"
#include "waybill/views.h"

namespace waybill {

/// Keeps the order of members, so that an event's `data` comes out as it went in.
using Json = nlohmann::ordered_json;

/// Parses text from elsewhere; throws Poco::DataException for bad JSON or depth over 64.
Json parseJson(std::string_view text);

/// Throw Poco::DataException for what is not that.
DeliveryView deliveryViewFrom(const Json& json);
DeliveryDetail deliveryDetailFrom(const Json& json);
EventView eventViewFrom(const Json& json);
EndpointView endpointViewFrom(const Json& json);
StatsView statsViewFrom(const Json& json);
BulkView bulkViewFrom(const Json& json);
ResponseView responseViewFrom(const Json& json);
CheckView checkViewFrom(const Json& json);
InfoView infoViewFrom(const Json& json);

}  // namespace waybill
