#include "net/url_host.h"

#include <algorithm>
#include <cstdint>

#include "net/characters.h"
#include "net/ip_address.h"

namespace waybill {
namespace {

constexpr std::size_t kMaxNameLength = 253;  // RFC 1035 section 2.3.4, without the final dot
constexpr std::size_t kMaxLabelLength = 63;

// The underscore is no host name character (RFC 1123), but names with it exist and resolve.
bool isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z') || isDigit(c) || c == '-' || c == '_';
}

/// Takes the label at the front off `rest`, and the dot behind it.
std::string_view takeLabel(std::string_view& rest) {
    const std::string_view label = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(label.size() + 1, rest.size()));
    return label;
}

bool isHexNumber(std::string_view label) {
    const auto is_hex = [](char c) { return isDigit(c) || (c >= 'a' && c <= 'f'); };
    return label.starts_with("0x") && std::all_of(label.begin() + 2, label.end(), is_hex);
}

bool isNumber(std::string_view label) {
    return std::all_of(label.begin(), label.end(), isDigit) || isHexNumber(label);
}

// One number of an IPv4 address as strtoul(3) with base 0 reads it.
std::optional<std::uint64_t> parseNumber(std::string_view text) {
    unsigned base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text.front() == '0') {
        base = 8;
        text.remove_prefix(1);
    }
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = static_cast<unsigned>(isDigit(c) ? c - '0' : c - 'a' + 10);
        if (digit >= base) return std::nullopt;
        value = value * base + digit;
        if (value > UINT32_MAX) return std::nullopt;
    }
    return value;
}

// inet_aton(3): the last number fills all the bytes the ones before it have left.
std::optional<IpAddress> parseIpv4Spelling(std::string_view name) {
    std::uint64_t bits = 0;
    for (std::size_t left = 4; !name.empty(); --left) {
        if (left == 0) return std::nullopt;
        const std::string_view label = takeLabel(name);
        if (!isNumber(label)) return std::nullopt;
        const auto number = parseNumber(label);
        const std::size_t bytes = name.empty() ? left : 1;
        if (!number || *number >> (8 * bytes) != 0) return std::nullopt;
        bits = bits << (8 * bytes) | *number;
    }
    return ipv4Address(static_cast<std::uint32_t>(bits));
}

bool isLabel(std::string_view text) {
    return !text.empty() && text.size() <= kMaxLabelLength &&
           std::all_of(text.begin(), text.end(), isNameCharacter);
}

std::optional<UrlHost> fromLiteral(const std::optional<IpAddress>& address) {
    if (!address) return std::nullopt;
    return UrlHost{toString(*address), address};
}

}  // namespace

std::optional<UrlHost> parseUrlHost(std::string_view text) {
    if (text.starts_with('[')) {
        if (!text.ends_with(']') || text.find(':') == text.npos) return std::nullopt;
        return fromLiteral(parseIpAddress(text.substr(1, text.size() - 2)));
    }
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(), toLower);
    if (name.ends_with('.')) name.pop_back();
    if (name.empty() || name.ends_with('.') || name.size() > kMaxNameLength) return std::nullopt;

    std::string_view last;
    for (std::string_view rest = name; !rest.empty();) {
        last = takeLabel(rest);
        if (!isLabel(last)) return std::nullopt;
    }
    if (isNumber(last)) return fromLiteral(parseIpv4Spelling(name));
    return UrlHost{std::move(name), std::nullopt};
}

}  // namespace waybill
