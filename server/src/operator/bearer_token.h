// Credentials in a request's header.
#pragma once

#include <string_view>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1), or empty.
std::string_view bearerToken(const HttpHeaders& headers);

/// The same, or else what `x-api-key` says.
std::string_view apiKey(const HttpHeaders& headers);

}  // namespace waybill::server
