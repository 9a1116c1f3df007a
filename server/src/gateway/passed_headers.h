// Which header fields go through, in either direction.
#pragma once

#include <string>
#include <string_view>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// A client's fields that concern the backend: all but those of this connection (RFC 9110 section
/// 7.6.1), of the body's form, and credentials.
HttpHeaders headersForBackend(const HttpHeaders& client);

/// A client's `Authorization` and `x-api-key`.
HttpHeaders credentialOf(const HttpHeaders& client);

/// A backend's fields that concern the client: how its body is coded, when to come back, and rate
/// limits.
HttpHeaders headersForClient(const HttpHeaders& backend);

/// A JSON object of names and values, and back; for keeping fields beside the log.
std::string toJson(const HttpHeaders& headers);
HttpHeaders headersFromJson(std::string_view json);

}  // namespace waybill::server
