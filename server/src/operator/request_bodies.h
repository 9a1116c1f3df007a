// What operators send.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/admin_api.h"
#include "waybill/result.h"

namespace waybill::server {

/// What is said with an action on one delivery.
struct ActionBody {
    std::string reason;
    std::optional<std::string> url;
    std::optional<std::string> token;
};

/// Only the members in `known` may be there.
Result<ActionBody> parseAction(std::string_view body, const std::vector<std::string_view>& known);

/// Many at once: a filter, or `"all": true`; with `rate` only where `paced`.
Result<BulkRequest> parseBulkRequest(std::string_view body, bool paced);

struct EndpointBody {
    std::string endpoint;  ///< as events name it, or kEveryEndpoint
    std::string reason;
};

Result<EndpointBody> parseEndpointBody(std::string_view body);

/// Either a URL or a delivery.
struct CheckBody {
    std::optional<std::string> url;
    std::optional<std::string> delivery;
    bool send = false;
};

Result<CheckBody> parseCheckBody(std::string_view body);

}  // namespace waybill::server
