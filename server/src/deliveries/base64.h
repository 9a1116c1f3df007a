// Base 64.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waybill::server {

/// Bytes from base 64 (RFC 4648 section 4) with its padding. Nothing for anything else: other
/// characters, white space, missing padding, stray bits at the end.
std::optional<std::string> decodeBase64(std::string_view text);

}  // namespace waybill::server
