// Views to and from JSON values, for the files that read whole documents with views inside.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "waybill/views.h"

namespace waybill {

/// Keeps the order in which members were added: the order of the API's description.
using Json = nlohmann::ordered_json;

/// Parses text from elsewhere; throws Poco::DataException for bad JSON or depth over 64.
Json parseJson(std::string_view text);

/// One line; bytes that are no UTF-8 (a receiver may answer anything) become U+FFFD.
std::string toText(const Json& json);

/// Throw Poco::DataException for what is not that.
DeliveryView deliveryViewFrom(const Json& json);
DeliveryDetail deliveryDetailFrom(const Json& json);
EventView eventViewFrom(const Json& json);

}  // namespace waybill
