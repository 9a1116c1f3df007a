#include "net/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace waybill {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kIpv4Offset = kMappedPrefix.size();

IpAddress fromIpv6Bytes(const void* bytes, std::uint32_t scope_id) {
    IpAddress address;
    std::memcpy(address.bytes.data(), bytes, address.bytes.size());
    address.is_v4 = holdsIpv4(address);
    address.scope_id = address.is_v4 ? 0 : scope_id;  // IPv4 has none
    return address;
}

IpAddress fromIpv4Bytes(const void* bytes) {
    IpAddress address;
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
    std::memcpy(address.bytes.data() + kIpv4Offset, bytes, 4);
    address.is_v4 = true;
    return address;
}

}  // namespace

IpAddress ipv4Address(std::uint32_t bits) {
    const std::uint32_t network_order = htonl(bits);
    return fromIpv4Bytes(&network_order);
}

bool holdsIpv4(const IpAddress& address) {
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
}

std::optional<IpAddress> parseIpAddress(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
    const std::string terminated(text);
    in_addr v4{};
    if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return fromIpv4Bytes(&v4);
    in6_addr v6{};
    if (inet_pton(AF_INET6, terminated.c_str(), &v6) == 1) return fromIpv6Bytes(&v6, 0);
    return std::nullopt;
}

std::optional<IpAddress> fromSocketAddress(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        return fromIpv4Bytes(&v4.sin_addr);
    }
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        return fromIpv6Bytes(&v6.sin6_addr, v6.sin6_scope_id);
    }
    return std::nullopt;
}

socklen_t toSocketAddress(const IpAddress& address, std::uint16_t port, sockaddr_storage& out) {
    if (address.is_v4) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, address.bytes.data() + kIpv4Offset, sizeof v4.sin_addr);
        std::memcpy(&out, &v4, sizeof v4);
        return sizeof v4;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_scope_id = address.scope_id;
    std::memcpy(&v6.sin6_addr, address.bytes.data(), sizeof v6.sin6_addr);
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
}

std::string toString(const IpAddress& address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (!address.is_v4) {
        return inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text);
    }
    // inet_ntop(3) goes through sprintf, which shows where every URL and every attempt has one.
    std::string dotted;
    for (std::size_t i = kIpv4Offset; i < address.bytes.size(); ++i) {
        if (i > kIpv4Offset) dotted += '.';
        dotted += std::to_string(address.bytes[i]);
    }
    return dotted;
}

}  // namespace waybill
