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

/// Those that go along with a key of the operator's, out of the ones for the backend and of the
/// body's form: none that names anything of the key's account, another path or another host. The
/// table stands in the .cpp, each kind with its reason.
HttpHeaders headersBesideOperatorsKey(const HttpHeaders& client);

/// With an `Idempotency-Key` that no other client can send: its digest, together with the client's
/// name. For clients that share an account.
HttpHeaders withOwnIdempotencyKey(const HttpHeaders& headers, const std::string& client);

/// Whether some backend takes a field of this name for a key, or it looks like one by its name
/// (`key`, `token`, `secret`, `auth`, `password`, `credential`).
bool isCredential(std::string_view name);

/// Whether it is one of those that backends are known to take for a key.
bool isKnownCredential(std::string_view name);

/// A client's fields of that kind which concern the backend.
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
