// `/openapi.json`: what is served, for programs.
#pragma once

#include <string_view>

#include "waybill/server/router.h"

namespace waybill::server {

/// server/openapi.json, as it was when this was built. A test keeps it equal to the routes.
std::string_view openApiDocument();

/// A null guard: open to all.
void addOpenApiRoute(Router& router, Guard guard);

}  // namespace waybill::server
