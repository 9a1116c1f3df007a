#include "waybill/address_policy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "net/ip_address.h"
#include "waybill/errors.h"

namespace waybill {
namespace {

struct Row {
    std::string_view network;
    std::string_view what;
    std::string_view source;
};

// What must not be reached. The IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890)
// list the networks that are not globally reachable; the other rows name their own source. The
// first row that contains an address names the reason, so narrow networks stand before wide ones.
//
// A few anycast addresses inside 192.0.0.0/24 and 2001::/23 are globally reachable (port control,
// relay discovery, …). None of them is a web server, so the blocks are refused as a whole.
constexpr Row kRefused[] = {
    {"0.0.0.0/8", "this network", "RFC 791"},
    {"10.0.0.0/8", "private", "RFC 1918"},
    {"100.64.0.0/10", "carrier-grade NAT", "RFC 6598"},
    {"127.0.0.0/8", "loopback", "RFC 1122"},
    {"168.63.129.16/32", "cloud metadata", "Azure platform address"},
    {"169.254.0.0/16", "link-local, cloud metadata", "RFC 3927"},
    {"172.16.0.0/12", "private", "RFC 1918"},
    {"192.0.0.0/24", "IETF protocol assignments", "RFC 6890"},
    {"192.0.2.0/24", "documentation", "RFC 5737"},
    {"192.88.99.0/24", "6to4 relay anycast, deprecated", "RFC 7526"},
    {"192.168.0.0/16", "private", "RFC 1918"},
    {"198.18.0.0/15", "benchmarking", "RFC 2544"},
    {"198.51.100.0/24", "documentation", "RFC 5737"},
    {"203.0.113.0/24", "documentation", "RFC 5737"},
    {"224.0.0.0/4", "multicast", "RFC 5771"},
    {"255.255.255.255/32", "limited broadcast", "RFC 919"},
    {"240.0.0.0/4", "reserved", "RFC 1112"},

    {"::/128", "unspecified", "RFC 4291"},
    {"::1/128", "loopback", "RFC 4291"},
    {"::/96", "IPv4-compatible, deprecated", "RFC 4291"},
    {"::ffff:0:0:0/96", "IPv4-translated, deprecated", "RFC 2765"},
    {"64:ff9b:1::/48", "local-use NAT64", "RFC 8215"},
    {"100::/64", "discard-only", "RFC 6666"},
    {"100:0:0:1::/64", "dummy prefix", "RFC 9780"},
    {"2001::/32", "Teredo", "RFC 4380"},
    {"2001:2::/48", "benchmarking", "RFC 5180"},
    {"2001:10::/28", "ORCHID, deprecated", "RFC 4843"},
    {"2001::/23", "IETF protocol assignments", "RFC 2928"},
    {"2001:db8::/32", "documentation", "RFC 3849"},
    {"3fff::/20", "documentation", "RFC 9637"},
    {"5f00::/16", "segment routing", "RFC 9602"},
    {"fc00::/7", "unique local", "RFC 4193"},
    {"fe80::/10", "link-local", "RFC 4291"},
    {"fec0::/10", "site-local, deprecated", "RFC 3879"},
    {"ff00::/8", "multicast", "RFC 4291"},
    // Everything that is not 2000::/3 is not global unicast.
    {"::/3", "not global unicast", "RFC 4291"},
    {"4000::/2", "not global unicast", "RFC 4291"},
    {"8000::/1", "not global unicast", "RFC 4291"},
};

// Forms that lead to the IPv4 address inside them, which therefore decides. (An IPv4-mapped address
// needs no row: it is how IpAddress holds IPv4.)
struct TranslatedForm {
    std::string_view network;
    std::size_t ipv4_offset;
    std::string_view what;
    std::string_view source;
};

constexpr TranslatedForm kTranslated[] = {
    {"64:ff9b::/96", 12, "NAT64", "RFC 6052"},
    {"2002::/16", 2, "6to4", "RFC 3056"},
};

template <typename T>
struct Parsed {
    Network network;
    T row;
};

template <typename T, std::size_t N>
std::array<Parsed<T>, N> parseTable(const T (&rows)[N]) {
    std::array<Parsed<T>, N> parsed;
    for (std::size_t i = 0; i < N; ++i)
        parsed[i] = {parseNetwork(rows[i].network).value(), rows[i]};
    return parsed;
}

IpAddress ipv4Inside(const IpAddress& address, std::size_t offset) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i)
        bits = bits << 8 | address.bytes[offset + i];
    return ipv4Address(bits);
}

std::string describe(std::string_view what, std::string_view network, std::string_view source) {
    std::string text(what);
    text.append(" (").append(network).append(", ").append(source).append(")");
    return text;
}

bool hasBitsBelowPrefix(const Network& network) {
    for (std::size_t bit = static_cast<std::size_t>(network.prefix_bits); bit < 128; ++bit) {
        if (network.base.bytes[bit / 8] & (0x80u >> (bit % 8))) return true;
    }
    return false;
}

}  // namespace

bool Network::contains(const IpAddress& address) const {
    // `::/0` is all of IPv6; without this it would contain the mapped form of all of IPv4 as well.
    if (prefix_bits < 96 && holdsIpv4(address)) return false;
    const auto whole_bytes = static_cast<std::size_t>(prefix_bits) / 8;
    if (std::memcmp(base.bytes.data(), address.bytes.data(), whole_bytes) != 0) return false;
    const int rest = prefix_bits % 8;
    if (rest == 0) return true;
    const unsigned difference = base.bytes[whole_bytes] ^ address.bytes[whole_bytes];
    return difference >> (8 - rest) == 0;
}

std::optional<Network> parseNetwork(std::string_view text) {
    const auto slash = text.find('/');
    const auto base = parseIpAddress(text.substr(0, slash));
    if (!base) return std::nullopt;
    const bool mapped_text = base->is_v4 && text.find(':') != text.npos;
    const int family_bits = base->is_v4 && !mapped_text ? 32 : 128;
    int bits = family_bits;
    if (slash != text.npos) {
        const std::string_view digits = text.substr(slash + 1);
        if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits.front() == '0')) {
            return std::nullopt;
        }
        const auto [end, error] = std::from_chars(digits.begin(), digits.end(), bits);
        if (error != std::errc() || end != digits.end() || bits < 0 || bits > family_bits) {
            return std::nullopt;
        }
    }
    Network network{*base, bits + 128 - family_bits};
    if (base->is_v4 && network.prefix_bits < 96) return std::nullopt;
    if (hasBitsBelowPrefix(network)) return std::nullopt;
    return network;
}

void AddressPolicy::allow(std::string_view cidr_or_word) {
    if (cidr_or_word == "loopback") {
        allow("127.0.0.0/8");
        allow("::1/128");
        return;
    }
    const auto network = parseNetwork(cidr_or_word);
    if (!network) {
        throw ConfigError("'" + std::string(cidr_or_word) +
                          "' is not a network; write for example 10.0.0.0/8 (no bits set after the "
                          "prefix), fd00::/8, 192.168.1.7 or the word loopback");
    }
    allowed_.push_back(*network);
}

std::optional<std::string> AddressPolicy::refusal(const IpAddress& address) const {
    static const auto refused = parseTable(kRefused);
    static const auto translated = parseTable(kTranslated);

    const auto holds = [&](const auto& entry) { return entry.contains(address); };
    if (std::any_of(allowed_.begin(), allowed_.end(), holds)) return std::nullopt;

    for (const auto& [network, form] : translated) {
        if (!network.contains(address)) continue;
        auto reason = refusal(ipv4Inside(address, form.ipv4_offset));
        if (reason) *reason += " inside " + describe(form.what, form.network, form.source);
        return reason;
    }
    for (const auto& [network, row] : refused) {
        if (network.contains(address)) return describe(row.what, row.network, row.source);
    }
    return std::nullopt;
}

std::string AddressPolicy::remedy(const IpAddress& address) {
    AddressPolicy with_loopback;
    with_loopback.allow("loopback");
    const bool is_loopback = !with_loopback.refusal(address);
    return "waybilld --allow-network " + (is_loopback ? "loopback" : toString(address)) +
           " allows it";
}

}  // namespace waybill
