// Which addresses a callback may reach.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "waybill/resolver.h"

namespace waybill {

/// A network in CIDR notation.
struct Network {
    IpAddress base{};
    int prefix_bits = 0;  ///< of the 128 (IPv4: 96 + its own)
    bool contains(const IpAddress& address) const;
};

/// `10.0.0.0/8`, `fd00::/8`, a single address. Nothing for anything else.
std::optional<Network> parseNetwork(std::string_view text);

/// The rule: what the IANA special-purpose registries do not call globally reachable is refused,
/// a mapped or translated form of it (the address inside decides) and the addresses of this machine
/// too, unless an allowed network contains it. One table with its sources, in
/// core/src/net/address_policy.cpp. A value; asked from any thread; about a microsecond.
class AddressPolicy {
public:
    /// Adds exceptions. The word `loopback` stands for 127.0.0.0/8 and ::1/128. Throws ConfigError
    /// for anything that is neither that nor a network.
    void allow(std::string_view cidr_or_word);

    /// Adds a network that is refused whatever else allows it. Throws ConfigError for anything that
    /// is none.
    void deny(std::string_view cidr);

    /// Adds a port that is refused; `allowPort` takes one back, also of those that are refused by
    /// default (the Fetch standard's bad ports, section 2.9).
    void denyPort(std::uint16_t port);
    void allowPort(std::uint16_t port);

    /// Names what this machine itself serves under `address` and `port`: always refused.
    void refuseListener(const IpAddress& address, std::uint16_t port);

    /// Why this port is refused whatever the address, or nothing.
    std::optional<std::string> refusalOfPort(std::uint16_t port) const;

    /// The same for a connection to an address and port: all of the above. What is asked just
    /// before a connection is made.
    std::optional<std::string> refusal(const IpAddress& address, std::uint16_t port) const;

    /// Why this address is refused (`loopback (127.0.0.0/8, RFC 1122)`), or nothing when it may be
    /// reached.
    std::optional<std::string> refusal(const IpAddress& address) const;

    /// What to do where such an address is meant to be reached, as a clause: `waybilld
    /// --allow-network 10.0.0.1 allows it`.
    static std::string remedy(const IpAddress& address);

private:
    std::vector<Network> allowed_;
    std::vector<Network> denied_;
    std::vector<std::uint16_t> denied_ports_;
    std::vector<std::uint16_t> allowed_ports_;
    std::vector<std::pair<IpAddress, std::uint16_t>> listeners_;
};

}  // namespace waybill
