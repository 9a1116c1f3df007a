// The host of a URL: a name or an address.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "waybill/resolver.h"

namespace waybill {

struct UrlHost {
    std::string name;  ///< lower case, no final dot; of an address its canonical text
    std::optional<IpAddress> literal;
};

/// What stands between `//` and the port: a name, an IPv4 address in any spelling inet_aton(3)
/// takes (decimal, octal, hexadecimal; one to four numbers), or an IPv6 address in brackets.
/// Nothing for anything else. No spelling that a system's resolver takes for an address comes back
/// as a name: what ends in a number is an address or nothing (URL Standard, "ends in a number").
std::optional<UrlHost> parseUrlHost(std::string_view text);

}  // namespace waybill
