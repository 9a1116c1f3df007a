// What a connection may be used for again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "waybill/resolver.h"

namespace waybill::http {

/// What a connection may be used for again: the same scheme, host, port and checked address.
/// (Trust settings belong to the whole transport.)
struct Origin {
    std::string host;
    IpAddress address;
    std::uint16_t port = 0;
    bool https = false;
    bool host_is_address = false;

    friend bool operator==(const Origin&, const Origin&) = default;
};

struct OriginHash {
    std::size_t operator()(const Origin& origin) const {
        const std::string_view address(reinterpret_cast<const char*>(origin.address.bytes.data()),
                                       origin.address.bytes.size());
        const std::hash<std::string_view> hash;
        return hash(origin.host) * 31 + hash(address) * 7 + origin.port;
    }
};

}  // namespace waybill::http
