// The bytes of a request before its body.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "waybill/callback_url.h"

namespace waybill::http {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMaxRequestHeadBytes = 64 * 1024;

/// Request line and header (RFC 9112 section 3), with Host and, where there is a body or the method
/// has one, Content-Length; without a length, Transfer-Encoding. Nothing when the method is not one
/// of GET, HEAD, POST, PUT, PATCH and DELETE, or is GET or HEAD and there is a body; when a header
/// is not one line (name: RFC 9110 token; value: its section 5.5) or is one of those that frame the
/// message; or the head would be longer than kMaxRequestHeadBytes: no byte of the input can add a
/// line or a second meaning.
std::optional<std::string> composeRequestHead(std::string_view method, const CallbackUrl& url,
                                              const HeaderList& headers,
                                              std::optional<std::uint64_t> body_bytes);

/// A piece of a body without a length as a chunk (RFC 9112 section 7.1), with the one that says
/// that no more will come behind the last.
std::string composeChunk(std::string_view piece, bool last);

}  // namespace waybill::http
