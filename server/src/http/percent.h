// Percent-encoding (RFC 3986 section 2.1) and query strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::server {

/// Nothing when an escape is malformed or stands for a control character.
std::optional<std::string> percentDecode(std::string_view text, bool plus_is_space = false);

/// A text as one segment of a path: escaped is what is not unreserved (RFC 3986 section 2.3).
std::string percentEncode(std::string_view text);

/// Whether a character needs no escape anywhere (RFC 3986 section 2.3).
bool isUnreserved(char c) noexcept;

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// `a=1&b=x%20y` taken apart, in order. Nothing when an escape is malformed.
std::optional<QueryParameters> parseQuery(std::string_view query);

}  // namespace waybill::server
