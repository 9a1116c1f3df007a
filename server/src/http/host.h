// Whom a request is for: `host[:port]`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace waybill::server {

/// `uri-host [ ":" port ]` (RFC 9110 section 7.2), taken apart. An address in brackets keeps them.
struct HostAndPort {
    std::string_view host;
    std::string_view port;  ///< digits; empty: the scheme's default
};

/// Nothing for what RFC 3986 section 3.2.2 does not allow. An empty host is allowed, as in a `Host`
/// field without a value.
std::optional<HostAndPort> parseHostAndPort(std::string_view text);

/// Whether a host is a name of this machine that nobody out on the network can own, so that no web
/// page can have been loaded from it: `localhost` and names below it (RFC 6761 section 6.3), an
/// address of 127.0.0.0/8 as four decimal numbers, and `[::1]`. Other spellings of addresses
/// (`2130706433`, `0x7f.1`) are none: browsers do not send them.
bool isLocalName(std::string_view host);

/// Whether a host is one label and no number, such as the name of a container. Public DNS has no
/// such names (RFC 7085), but a neighbour on the network can answer for one: search domains of
/// DHCP, LLMNR and NetBIOS.
bool isSingleLabel(std::string_view host);

}  // namespace waybill::server
