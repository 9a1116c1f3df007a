// Which requests that are not ours to answer go to the backend.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/server/api_error.h"

namespace waybill::server {

/// Why a path can be read in two ways, so that what the backend takes it for might not be what was
/// looked up here; nothing when there is one. In words, with status 400.
std::optional<ApiError> ambiguityIn(std::string_view path);

/// Whether the backend answers such a request without keeping anything of it or telling of anything
/// it keeps, so that clients may share one key for it. The table stands in the .cpp. `path` has no
/// ambiguity and begins with `/v1/`.
bool keepsNothing(std::string_view method, std::string_view path);

/// Whether `path` is one of `routes` (`files`, `fine_tuning/jobs`) or below one.
bool isBelow(std::string_view path, const std::vector<std::string>& routes);

/// What an operator writes as a route to pass, as `isBelow` takes it; throws ConfigError.
std::string passedRoute(std::string_view text);

}  // namespace waybill::server
