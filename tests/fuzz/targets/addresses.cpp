// Addresses: as text, as a resolver gives them, in networks, and what the policy says of them.
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "fuzz/target.h"
#include "net/ip_address.h"
#include "waybill/address_policy.h"

namespace waybill::test {
namespace {

/// An answer of a resolver: any family, any bytes, any scope.
std::optional<IpAddress> answered(std::string_view bytes) {
    sockaddr_storage storage{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), sizeof storage),
                reinterpret_cast<char*>(&storage));
    // Every second family of chance is one that there is.
    if (storage.ss_family % 2 == 0) storage.ss_family = storage.ss_family % 4 ? AF_INET : AF_INET6;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    return fromSocketAddress(reinterpret_cast<const sockaddr&>(storage));
}

bool isPrivate(std::uint32_t bits) {
    const std::uint32_t first = bits >> 24;
    return first == 0 || first == 10 || first == 127 || first >= 224 || bits >> 16 == 0xc0a8 ||
           bits >> 20 == 0xac1 || bits >> 16 == 0xa9fe || bits >> 22 == 0x6440 >> 6;
}

/// The IPv4 address inside an address that carries one, if we know the form: mapped, compatible,
/// 6to4, NAT64.
std::optional<std::uint32_t> carriedIpv4(const IpAddress& address) {
    const auto word = [&](std::size_t at) {
        return std::uint32_t{address.bytes[at]} << 24 | std::uint32_t{address.bytes[at + 1]} << 16 |
               std::uint32_t{address.bytes[at + 2]} << 8 | address.bytes[at + 3];
    };
    if (address.is_v4) return word(12);
    if (address.bytes[0] == 0x20 && address.bytes[1] == 0x02) return word(2);
    if (word(0) == 0x0064ff9b && word(4) == 0 && word(8) == 0) return word(12);
    return std::nullopt;
}

void checkAddress(const IpAddress& address) {
    static const AddressPolicy kPolicy;
    static const AddressPolicy kLoopback = [] {
        AddressPolicy policy;
        policy.allow("loopback");
        return policy;
    }();
    const auto refusal = kPolicy.refusal(address);
    if (const auto v4 = carriedIpv4(address); v4 && isPrivate(*v4)) FUZZ_CHECK(refusal);
    const std::uint8_t first = address.bytes[0];
    if (!address.is_v4 && (first >> 1 == 0x7e || first == 0xff || first == 0)) {
        // Unique local, multicast, and all that begins with zero (RFC 4193, 4291) but NAT64.
        FUZZ_CHECK(refusal || carriedIpv4(address));
    }
    FUZZ_CHECK(!kLoopback.refusal(address) == !refusal || !kLoopback.refusal(address));
    FUZZ_CHECK(!AddressPolicy::remedy(address).empty());

    const std::string text = toString(address);
    const auto again = parseIpAddress(text);
    FUZZ_CHECK(again && again->bytes == address.bytes && again->is_v4 == address.is_v4);
    FUZZ_CHECK(parseNetwork(text) && parseNetwork(text)->contains(address));

    sockaddr_storage storage{};
    const socklen_t length = toSocketAddress(address, 443, storage);
    FUZZ_CHECK(length <= sizeof storage);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    const auto back = fromSocketAddress(reinterpret_cast<const sockaddr&>(storage));
    FUZZ_CHECK(back && *back == address);
}

}  // namespace

/// No form of a private address passes the policy, from text or from a resolver, and an address is
/// the same address after each change of form.
WAYBILL_FUZZ_TARGET(addresses) {
    const unsigned choice = takeByte(bytes);
    if (choice % 2 == 0) {
        if (const auto address = answered(bytes)) checkAddress(*address);
        return;
    }
    if (const auto address = parseIpAddress(bytes)) checkAddress(*address);
    if (const auto network = parseNetwork(bytes)) {
        FUZZ_CHECK(network->prefix_bits >= 0 && network->prefix_bits <= 128);
        FUZZ_CHECK(network->contains(network->base));
        AddressPolicy policy;
        policy.allow(bytes);
        FUZZ_CHECK(!policy.refusal(network->base) || !network->base.is_v4);
    }
}

}  // namespace waybill::test
