#include "net/url_host.h"

#include <algorithm>
#include <cstdint>
#include <vector>

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

std::vector<std::string_view> splitLabels(std::string_view name) {
    std::vector<std::string_view> labels;
    for (std::size_t begin = 0;;) {
        const auto dot = name.find('.', begin);
        labels.push_back(name.substr(begin, dot - begin));
        if (dot == name.npos) return labels;
        begin = dot + 1;
    }
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
std::optional<IpAddress> parseIpv4Spelling(const std::vector<std::string_view>& labels) {
    if (labels.size() > 4) return std::nullopt;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (!isNumber(labels[i])) return std::nullopt;
        const auto number = parseNumber(labels[i]);
        const bool last = i + 1 == labels.size();
        const std::size_t bytes = last ? 4 - i : 1;
        if (!number || *number >> (8 * bytes) != 0) return std::nullopt;
        bits = bits << (8 * bytes) | *number;
    }
    return ipv4Address(static_cast<std::uint32_t>(bits));
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
    if (name.empty() || name.size() > kMaxNameLength) return std::nullopt;

    const auto labels = splitLabels(name);
    for (const auto label : labels) {
        if (label.empty() || label.size() > kMaxLabelLength) return std::nullopt;
        if (!std::all_of(label.begin(), label.end(), isNameCharacter)) return std::nullopt;
    }
    if (isNumber(labels.back())) return fromLiteral(parseIpv4Spelling(labels));
    return UrlHost{std::move(name), std::nullopt};
}

}  // namespace waybill
