// Callbacks that come back as requests.
#pragma once

#include <optional>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// 508 (RFC 5842 section 7.2) for a request to the client or operator API that is itself a callback
/// or a test of some waybilld, of any version: else one call with a callback to this very API would
/// go round for ever. Other senders' webhooks (`webhook-id` alone) pass. Pure; for
/// HttpServerOptions::front.
std::optional<HttpResponse> refuseCallback(const HttpRequest& request);

}  // namespace waybill::server
