// The head of a request: bytes in, request line and header fields out, or why not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// Why a request cannot be read: an HTTP status and a sentence. The connection ends with it.
struct RequestProblem {
    int status = 400;
    std::string message;
};

/// How the rest of the message is framed (RFC 9112 section 6).
struct RequestHead {
    HttpRequest request;
    std::uint64_t content_length = 0;
    bool chunked = false;
    bool expects_continue = false;
    bool http11 = true;
    bool keep_alive = true;
};

struct HeadLimits {
    std::size_t max_bytes = 32 * 1024;
    std::size_t max_fields = 100;
};

/// Where the head at the start of `buffer` ends (just behind its empty line), nothing when more
/// must come, or a problem that more bytes cannot mend. `searched` remembers how far an earlier
/// call has looked.
std::variant<std::monostate, std::size_t, RequestProblem> findHeadEnd(std::string_view buffer,
                                                                      std::size_t& searched,
                                                                      const HeadLimits& limits);

/// `text` without the spaces and tabs around it (OWS, RFC 9110 section 5.6.3).
std::string_view trimmed(std::string_view text);

/// Whether a field's comma-separated list has the word (RFC 9110 section 5.6.1).
bool hasWord(std::string_view list, std::string_view word);

/// Takes a whole head apart. Refused is what two readers could read differently: bare LF or CR,
/// folded lines, space before a colon, Content-Length with Transfer-Encoding, more than one of
/// either, lengths that are not plain digits, codings other than chunked, missing or several Host,
/// or one that is no host (RFC 9112 section 3.2).
std::variant<RequestHead, RequestProblem> parseRequestHead(std::string_view head,
                                                           const HeadLimits& limits);

}  // namespace waybill::server
