// Which header fields go through, in either direction.
#pragma once

#include <string>
#include <string_view>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// A client's fields that concern the backend, as they came: all but those of this connection (RFC
/// 9110 section 7.6.1), of the body's form, credentials, those in which proxies tell of our side of
/// the network, and those that say another method or path.
HttpHeaders headersForBackend(const HttpHeaders& client);

/// Those of the body's form: for a body that is passed on as it came, and its answer.
HttpHeaders bodyFormOf(const HttpHeaders& client);

/// A client's fields that some backend takes for a key.
HttpHeaders credentialOf(const HttpHeaders& client);

/// A backend's fields that concern the client: how its body is coded, when to come back, and rate
/// limits.
HttpHeaders headersForClient(const HttpHeaders& backend);

/// Those of an answer that is passed on as it is: all but those of the backend's connection and
/// origin, cookies (`Cookie` is not sent either), and what is ours to say (`Content-Type` is
/// BackendHead's). `Content-Length` is for an answer to HEAD only.
HttpHeaders allHeadersForClient(const HttpHeaders& backend);

/// A JSON object of names and values, and back, whatever the bytes; for keeping fields beside the
/// log.
std::string toJson(const HttpHeaders& headers);
HttpHeaders headersFromJson(std::string_view json);

}  // namespace waybill::server
