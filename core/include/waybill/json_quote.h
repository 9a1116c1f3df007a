// Texts as JSON strings (RFC 8259 section 7).
#pragma once

#include <string>
#include <string_view>

namespace waybill {

/// `text` as a JSON string, in quotes. What is not UTF-8 becomes U+FFFD, so that the result always
/// is.
std::string jsonQuote(std::string_view text);

/// The same at the end of `out`.
void appendJsonString(std::string& out, std::string_view text);

}  // namespace waybill
