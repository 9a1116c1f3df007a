// The head of an answer, as bytes.
#pragma once

#include <string>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// How a client knows where the body ends (RFC 9112 section 6.3).
enum class BodyFraming { kLength, kChunked, kUntilClose };

/// Status line and header fields, with `Date`, what `framing` needs, the request's id and, when the
/// connection ends with this answer, `Connection: close`; with the empty line behind them.
std::string writeResponseHead(const HttpResponse& response, BodyFraming framing,
                              const std::string& request_id, bool keep_alive);

}  // namespace waybill::server
