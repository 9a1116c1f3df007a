// Which addresses a callback may reach.
#pragma once

#include <optional>
#include <string>
#include <string_view>
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
/// and so are a mapped or translated form of it (the address inside decides), unless an allowed
/// network contains it. One table with its sources, in core/src/net/address_policy.cpp. A value;
/// `check` from any thread; about 0.1 µs.
class AddressPolicy {
public:
    /// Adds exceptions. The word `loopback` stands for 127.0.0.0/8 and ::1/128. Throws ConfigError
    /// for anything that is neither that nor a network.
    void allow(std::string_view cidr_or_word);

    /// Why this address is refused (`loopback (127.0.0.0/8, RFC 1122)`), or nothing when it may be
    /// reached.
    std::optional<std::string> refusal(const IpAddress& address) const;

    /// What to do where such an address is meant to be reached, as a clause: `waybilld
    /// --allow-network 10.0.0.1 allows it`.
    static std::string remedy(const IpAddress& address);

private:
    std::vector<Network> allowed_;
};

}  // namespace waybill
