// What would happen to a callback to a URL.
#pragma once

#include <string>

#include "waybill/callback_url.h"
#include "waybill/operator_views.h"
#include "waybill/transport.h"

namespace waybill::server {

/// Tries it, through the transport that real attempts use: look-up, address policy, connection,
/// TLS, and with `send` one test POST that says what it is. Blocks, up to 10 s.
CheckView checkUrl(Transport& transport, const std::string& url, bool send);

/// The steps in words: of a URL that is well formed, given what became of it. Pure.
CheckView checkViewOf(const CallbackUrl& url, const AttemptOutcome& outcome, bool sent);

}  // namespace waybill::server
