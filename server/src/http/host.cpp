#include "http/host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "waybill/server/http_message.h"

namespace waybill::server {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isHexDigit(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool isAlphanumeric(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// RFC 3986: unreserved, sub-delims and percent-encoded characters.
bool isRegisteredName(std::string_view name) {
    constexpr std::string_view kMarks = "-._~!$&'()*+,;=";
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name[at] == '%') {
            if (at + 2 >= name.size() || !isHexDigit(name[at + 1]) || !isHexDigit(name[at + 2]))
                return false;
            at += 2;
        } else if (!isAlphanumeric(name[at]) && kMarks.find(name[at]) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

std::optional<in6_addr> addressInBrackets(std::string_view host) {
    if (host.size() < 4 || host.front() != '[' || host.back() != ']') return std::nullopt;
    in6_addr address{};
    const std::string text(host.substr(1, host.size() - 2));
    if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
    return address;
}

bool isPort(std::string_view port) {
    std::uint16_t number = 0;
    const char* const end = port.data() + port.size();
    return port.empty() || (std::all_of(port.begin(), port.end(), isDigit) &&
                            std::from_chars(port.data(), end, number).ec == std::errc());
}

bool isLoopbackV4(const std::string& text) {
    in_addr address{};
    return ::inet_pton(AF_INET, text.c_str(), &address) == 1 &&
           (ntohl(address.s_addr) >> 24) == 127;
}

bool isLoopbackV6(const in6_addr& address) {
    if (IN6_IS_ADDR_LOOPBACK(&address)) return true;
    return IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127;
}

/// A label that is a number makes the whole host an IPv4 address (WHATWG URL, "ends in a number").
bool isNumber(std::string_view label) {
    if (label.starts_with("0x") || label.starts_with("0X"))
        return std::all_of(label.begin() + 2, label.end(), isHexDigit);
    return std::all_of(label.begin(), label.end(), isDigit);
}

bool endsWith(std::string_view host, std::string_view end) {
    return host.size() > end.size() &&
           equalsIgnoringCase(host.substr(host.size() - end.size()), end);
}

}  // namespace

std::optional<HostAndPort> parseHostAndPort(std::string_view text) {
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    HostAndPort parts;
    parts.host = text.substr(0, colon);
    if (colon != std::string_view::npos) parts.port = text.substr(colon + 1);
    const bool good_host = parts.host.starts_with('[') ? addressInBrackets(parts.host).has_value()
                                                       : isRegisteredName(parts.host);
    if (!good_host || !isPort(parts.port)) return std::nullopt;
    // A port without a host would be an authority that nobody can have meant.
    if (parts.host.empty() && colon != std::string_view::npos) return std::nullopt;
    return parts;
}

bool isLocalName(std::string_view host) {
    if (host.empty()) return true;  // HTTP/1.0 requests may have no Host; browsers always send one
    if (const auto address = addressInBrackets(host)) return isLoopbackV6(*address);
    if (isLoopbackV4(std::string(host))) return true;
    if (host.ends_with('.')) host.remove_suffix(1);
    return equalsIgnoringCase(host, "localhost") || endsWith(host, ".localhost");
}

bool isSingleLabel(std::string_view host) {
    return !host.empty() && !isNumber(host) && std::all_of(host.begin(), host.end(), [](char c) {
        return isAlphanumeric(c) || c == '-' || c == '_';
    });
}

}  // namespace waybill::server
