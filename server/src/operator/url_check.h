// What would happen to a callback to a URL.
#pragma once

#include <string>

#include "waybill/callback_url.h"
#include "waybill/operator_views.h"
#include "waybill/server/operator_access.h"
#include "waybill/transport.h"

namespace waybill::server {

/// Tries it, through the transport that real attempts use: look-up, address policy, connection,
/// TLS, and with `send` one test POST that says what it is. What is told depends on who asks, see
/// `toldTo`. Blocks, up to 10 s.
CheckView checkUrl(Transport& transport, const std::string& url, bool send, Role reader);

/// The same with a request that is made already, such as one with a delivery's token, of which
/// nothing is shown.
CheckView checkUrl(Transport& transport, AttemptRequest request, bool send, Role reader);

/// What `reader` may know of an outcome: where a name of the inside leads is told to admins only,
/// others learn that it is refused, or that it was reached. Pure.
AttemptOutcome toldTo(Role reader, const CallbackUrl& url, AttemptOutcome outcome);

/// The JSON of a test POST.
Bytes checkBody();

/// The steps in words: of a URL that is well formed, given what became of it; `with_token`: the
/// test carried the one that a callback carries. Pure.
CheckView checkViewOf(const CallbackUrl& url, const AttemptOutcome& outcome, bool sent,
                      bool with_token = false);

}  // namespace waybill::server
