// The head of an answer, as bytes.
#pragma once

#include <string>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// Status line and header fields, with `Date`, `Content-Length`, the request's id and, when the
/// connection ends with this answer, `Connection: close`; with the empty line behind them.
std::string writeResponseHead(const HttpResponse& response, const std::string& request_id,
                              bool keep_alive);

}  // namespace waybill::server
