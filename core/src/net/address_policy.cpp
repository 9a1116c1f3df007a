#include "waybill/address_policy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "net/ip_address.h"
#include "net/own_addresses.h"
#include "net/remedy.h"
#include "waybill/any_address.h"
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

// The "bad ports" of the Fetch standard (fetch.spec.whatwg.org, section 2.9 "Port blocking"; port 0
// is none of a URL's here): services that do not speak HTTP, and take a line of a request's body
// for a command of theirs. The standard gives the names.
struct BadPort {
    std::uint16_t port;
    std::string_view service;
};

// clang-format off
constexpr BadPort kBadPorts[] = {
    {1, "tcpmux"}, {7, "echo"}, {9, "discard"}, {11, "systat"}, {13, "daytime"}, {15, "netstat"},
    {17, "qotd"}, {19, "chargen"}, {20, "ftp-data"}, {21, "ftp"}, {22, "ssh"}, {23, "telnet"},
    {25, "smtp"}, {37, "time"}, {42, "name"}, {43, "nicname"}, {53, "domain"}, {69, "tftp"},
    {77, ""}, {79, "finger"}, {87, ""}, {95, "supdup"}, {101, "hostname"}, {102, "iso-tsap"},
    {103, "gppitnp"}, {104, "acr-nema"}, {109, "pop2"}, {110, "pop3"}, {111, "sunrpc"},
    {113, "auth"}, {115, "sftp"}, {117, "uucp-path"}, {119, "nntp"}, {123, "ntp"},
    {135, "epmap"}, {137, "netbios-ns"}, {139, "netbios-ssn"}, {143, "imap"}, {161, "snmp"},
    {179, "bgp"}, {389, "ldap"}, {427, "svrloc"}, {465, "submissions"}, {512, "exec"},
    {513, "login"}, {514, "shell"}, {515, "printer"}, {526, "tempo"}, {530, "courier"},
    {531, "chat"}, {532, "netnews"}, {540, "uucp"}, {548, "afp"}, {554, "rtsp"},
    {556, "remotefs"}, {563, "nntps"}, {587, "submission"}, {601, "syslog-conn"},
    {636, "ldaps"}, {989, "ftps-data"}, {990, "ftps"}, {993, "imaps"}, {995, "pop3s"},
    {1719, "h323gatestat"}, {1720, "h323hostcall"}, {1723, "pptp"}, {2049, "nfs"},
    {3659, "apple-sasl"}, {4045, "npp"}, {4190, "sieve"}, {5060, "sip"}, {5061, "sips"},
    {6000, "x11"}, {6566, "sane-port"}, {6665, "ircu"}, {6666, "ircu"}, {6667, "ircu"},
    {6668, "ircu"}, {6669, "ircu"}, {6679, "osaut"}, {6697, "ircs-u"}, {10080, "amanda"},
};
// clang-format on

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

const auto& translatedForms() {
    static const auto forms = parseTable(kTranslated);
    return forms;
}

// The address that a connection to `address` arrives at: the one inside a translated form; the
// loopback address for the unspecified one, as Linux takes that.
IpAddress destinationOf(const IpAddress& address) {
    for (const auto& [network, form] : translatedForms())
        if (network.contains(address)) return ipv4Inside(address, form.ipv4_offset);
    if (address.bytes == IpAddress{}.bytes) return parseIpAddress("::1").value();
    if (holdsIpv4(address) && address.bytes == ipv4Address(0).bytes) return ipv4Address(0x7F000001);
    return address;
}

bool contains(const std::vector<Network>& networks, const IpAddress& address) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const Network& network) { return network.contains(address); });
}

bool isLoopback(const IpAddress& address) {
    static const std::vector<Network> loopback = {parseNetwork("127.0.0.0/8").value(),
                                                  parseNetwork("::1/128").value()};
    return contains(loopback, address);
}

bool isOwn(const IpAddress& address) {
    const auto own = ownAddresses();
    return isLoopback(address) || std::any_of(own->begin(), own->end(), [&](const IpAddress& one) {
               return one.bytes == address.bytes;
           });
}

// Whether who listens on `listener` is reached at `address`. `::` takes IPv4 too (the system's
// default, net.ipv6.bindv6only = 0).
bool reaches(const IpAddress& listener, const IpAddress& address) {
    if (listener.bytes == IpAddress{}.bytes) return isOwn(address);
    if (listener.bytes == ipv4Address(0).bytes) return holdsIpv4(address) && isOwn(address);
    return listener.bytes == address.bytes;
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

void AddressPolicy::deny(std::string_view cidr) {
    const auto network = parseNetwork(cidr);
    if (!network) {
        throw ConfigError("'" + std::string(cidr) +
                          "' is not a network; write for example 10.0.0.0/8 (no bits set after the "
                          "prefix), fd00::/8 or 192.168.1.7");
    }
    denied_.push_back(*network);
}

void AddressPolicy::denyPort(std::uint16_t port) {
    std::erase(allowed_ports_, port);
    denied_ports_.push_back(port);
}

void AddressPolicy::allowPort(std::uint16_t port) {
    std::erase(denied_ports_, port);
    allowed_ports_.push_back(port);
}

void AddressPolicy::refuseListener(const IpAddress& address, std::uint16_t port) {
    listeners_.emplace_back(address, port);
}

std::optional<std::string> AddressPolicy::refusalOfPort(std::uint16_t port) const {
    const auto holds = [&](const std::vector<std::uint16_t>& ports) {
        return std::find(ports.begin(), ports.end(), port) != ports.end();
    };
    const std::string number = std::to_string(port);
    if (holds(denied_ports_)) return number + " is denied here (--deny-port)";
    if (holds(allowed_ports_)) return std::nullopt;
    const auto bad = std::find_if(std::begin(kBadPorts), std::end(kBadPorts),
                                  [&](const BadPort& row) { return row.port == port; });
    if (bad == std::end(kBadPorts)) return std::nullopt;
    return number + " belongs to " +
           std::string(bad->service.empty() ? "no web server" : bad->service) +
           " (Fetch standard, section 2.9); if it is meant to be reached, waybilld --allow-port " +
           number + " allows it";
}

std::optional<std::string> AddressPolicy::refusal(const IpAddress& address,
                                                  std::uint16_t port) const {
    const IpAddress destination = destinationOf(address);
    for (const auto& [listener, listening_port] : listeners_) {
        if (port == listening_port && reaches(listener, destination))
            return "this program itself listens there, a callback would come back as a request";
    }
    if (auto refused = refusalOfPort(port)) return "port " + *refused;
    return refusal(address);
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

    if (contains(denied_, address) || contains(denied_, destinationOf(address)))
        return "in a network that is denied here (--deny-network)";
    if (contains(allowed_, address)) return std::nullopt;

    for (const auto& [network, form] : translatedForms()) {
        if (!network.contains(address)) continue;
        auto reason = refusal(ipv4Inside(address, form.ipv4_offset));
        if (reason) *reason += " inside " + describe(form.what, form.network, form.source);
        return reason;
    }
    for (const auto& [network, row] : refused) {
        if (network.contains(address)) return describe(row.what, row.network, row.source);
    }
    if (isOwn(address)) return "an address of this machine";
    return std::nullopt;
}

std::string AddressPolicy::remedy(const IpAddress& address) {
    AddressPolicy with_loopback;
    with_loopback.allow("loopback");
    const bool is_loopback = !with_loopback.refusal(address);
    return "waybilld --allow-network " + (is_loopback ? "loopback" : toString(address)) +
           " allows it";
}

bool allowingHelps(const AddressPolicy& policy, const IpAddress& address, std::uint16_t port) {
    AddressPolicy with = policy;
    with.allow(toString(address));
    return !with.refusal(address, port);
}

AddressPolicy anyAddress() {
    AddressPolicy any;
    any.allow("0.0.0.0/0");
    any.allow("::/0");
    for (const BadPort& bad : kBadPorts)
        any.allowPort(bad.port);
    return any;
}

}  // namespace waybill
