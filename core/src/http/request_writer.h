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

/// Request line and header (RFC 9112 section 3), with Host and, for a POST, Content-Length. Nothing
/// when the method is neither that nor GET, a header is not one line of visible ASCII (name: RFC
/// 9110 token; value: inner spaces too), is one of those that frame the message, or the head would
/// be longer than kMaxRequestHeadBytes: no byte of the input can add a line or a second meaning.
std::optional<std::string> composeRequestHead(std::string_view method, const CallbackUrl& url,
                                              const HeaderList& headers, std::size_t body_bytes);

}  // namespace waybill::http
