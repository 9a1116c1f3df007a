// The head of an answer, as bytes.
#pragma once

#include <string>
#include <string_view>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// How a client knows where the body ends (RFC 9112 section 6.3).
enum class BodyFraming { kLength, kChunked, kUntilClose };

/// What an answer says of its connection: nothing where HTTP/1.1 goes on, which HTTP/1.0 must be
/// told (RFC 9112 appendix C.2.2).
std::string_view connectionWord(bool keep_alive, bool http11);

/// Status line and header fields, with `Date`, what `framing` needs, the request's id and
/// `answer_headers`, and, unless it is empty, `Connection: connection`; with the empty line behind
/// them.
std::string writeResponseHead(const HttpResponse& response, BodyFraming framing,
                              const HttpRequest& request, std::string_view connection);

}  // namespace waybill::server
