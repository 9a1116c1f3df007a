// Port: names to addresses.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "waybill/time.h"

namespace waybill {

/// An IPv4 or IPv6 address. IPv4 is held in the last four bytes of an IPv4-mapped IPv6 address
/// (RFC 4291 section 2.5.5.2), so that there is one form to check; `is_v4` says which kind of
/// socket reaches it.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};
    bool is_v4 = false;
    std::uint32_t scope_id = 0;
    friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// `192.0.2.7` or `2001:db8::1` (RFC 5952).
std::string toString(const IpAddress& address);

struct Resolution {
    std::vector<IpAddress> addresses{};  ///< in the order to try them; empty: `error` says why
    std::string error{};
    bool local_fault = false;  ///< we could not even ask
};

/// Looks a name up; may block, is called from pool threads, must be callable from several at once.
class Resolver {
public:
    virtual ~Resolver() = default;
    virtual Resolution resolve(const std::string& host) = 0;
};

/// getaddrinfo(3).
std::shared_ptr<Resolver> systemResolver();

}  // namespace waybill
