// The bytes of a request before its body.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "waybill/callback_url.h"

namespace waybill::http {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMaxRequestHeadBytes = 64 * 1024;

/// Request line and header of a POST (RFC 9112 section 3), with Host and Content-Length. Nothing
/// when a header is not one line of visible ASCII (name: RFC 9110 token; value: inner spaces too),
/// is one of those that frame the message, or the head would be longer than kMaxRequestHeadBytes:
/// no byte of the input can add a line or a second meaning.
std::optional<std::string> composeRequestHead(const CallbackUrl& url, const HeaderList& headers,
                                              std::size_t body_bytes);

}  // namespace waybill::http
