// Reads views from JSON values, for files that read whole documents with views inside.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "waybill/operator_views.h"
#include "waybill/views.h"

namespace waybill {

using Json = nlohmann::ordered_json;

/// Parses text from elsewhere; throws Poco::DataException for bad JSON or depth over 64.
Json parseJson(std::string_view text);

/// Throw Poco::DataException for what is not that.
DeliveryView deliveryViewFrom(const Json& json);
DeliveryDetail deliveryDetailFrom(const Json& json);
/// `text`: what `json` was parsed from; the event's `data` is taken from it as it stands.
EventView eventViewFrom(const Json& json, std::string_view text);
/// The events of a page, which `text` is.
std::vector<EventView> eventViewsFrom(const Json& page, std::string_view text);
EndpointView endpointViewFrom(const Json& json);
StatsView statsViewFrom(const Json& json);
BulkView bulkViewFrom(const Json& json);
ResponseView responseViewFrom(const Json& json);
CheckView checkViewFrom(const Json& json);
InfoView infoViewFrom(const Json& json);

}  // namespace waybill
