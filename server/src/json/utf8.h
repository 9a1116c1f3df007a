// UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace waybill::server {

/// The length of the well-formed UTF-8 sequence (RFC 3629 section 4) of more than one byte at the
/// start of `text`, or 0.
std::size_t utf8Length(std::string_view text);

}  // namespace waybill::server
