// Addresses from text and from socket addresses.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "waybill/resolver.h"

namespace waybill {

/// An IPv4 address from its 32 bits in host order.
IpAddress ipv4Address(std::uint32_t bits);

/// Whether the bytes are an IPv4 address in mapped form, `::ffff:0:0/96` (RFC 4291 section
/// 2.5.5.2), however the address came to us.
bool holdsIpv4(const IpAddress& address);

/// Dotted decimal (four numbers without leading zeros) or IPv6 text (RFC 4291 section 2.2) without
/// brackets and zone. A mapped IPv6 address becomes the IPv4 address it is. Nothing for anything
/// else.
std::optional<IpAddress> parseIpAddress(std::string_view text);

/// From what getaddrinfo and getpeername give. Nothing for a family that is neither.
std::optional<IpAddress> fromSocketAddress(const sockaddr& address);

/// For connect(2); returns the length of what was written.
socklen_t toSocketAddress(const IpAddress& address, std::uint16_t port, sockaddr_storage& out);

}  // namespace waybill
