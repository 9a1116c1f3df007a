// Writing JSON strings.
#pragma once

#include <string>
#include <string_view>

namespace waybill::server {

/// `text` as a JSON string, in quotes. What is not UTF-8 becomes U+FFFD.
std::string jsonQuote(std::string_view text);

}  // namespace waybill::server
