// Credentials in a request's header.
#pragma once

#include <optional>
#include <string_view>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1), or empty.
std::string_view bearerToken(const HttpHeaders& headers);

/// The same, or else what `x-api-key` says.
std::string_view apiKey(const HttpHeaders& headers);

/// 401 for a request that says in two ways who asks, of which one reader could believe the one and
/// one the other: `Authorization` or `x-api-key` more than once, or both with different secrets.
/// The same key in both passes.
std::optional<HttpResponse> refuseTwoCredentials(const HttpRequest& request);

/// The same where nobody's key is read here: only for a header that is there more than once.
std::optional<HttpResponse> refuseRepeatedCredential(const HttpRequest& request);

}  // namespace waybill::server
