// Which addresses may a callback reach?
#include "waybill/address_policy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "net/ip_address.h"
#include "net/own_addresses.h"
#include "net/remedy.h"
#include "waybill/any_address.h"
#include "waybill/errors.h"

namespace waybill {
namespace {

std::string refusalOf(const AddressPolicy& policy, std::string_view text) {
    const auto address = parseIpAddress(text);
    if (!address) return "not an address";
    return policy.refusal(*address).value_or("");
}

struct Boundary {
    const char* address;
    const char* refused_because;  // a part of the reason; empty: may be reached
};

// The first and last address of every network in the table, and their neighbours outside.
constexpr Boundary kBoundaries[] = {
    {"0.0.0.0", "this network (0.0.0.0/8"},
    {"0.255.255.255", "this network"},
    {"1.0.0.0", ""},
    {"9.255.255.255", ""},
    {"10.0.0.0", "private (10.0.0.0/8, RFC 1918)"},
    {"10.255.255.255", "private"},
    {"11.0.0.0", ""},
    {"100.63.255.255", ""},
    {"100.64.0.0", "carrier-grade NAT"},
    {"100.100.100.200", "carrier-grade NAT"},
    {"100.127.255.255", "carrier-grade NAT"},
    {"100.128.0.0", ""},
    {"126.255.255.255", ""},
    {"127.0.0.1", "loopback (127.0.0.0/8, RFC 1122)"},
    {"127.255.255.255", "loopback"},
    {"128.0.0.0", ""},
    {"168.63.129.15", ""},
    {"168.63.129.16", "cloud metadata"},
    {"168.63.129.17", ""},
    {"169.253.255.255", ""},
    {"169.254.169.254", "link-local, cloud metadata"},
    {"169.255.0.0", ""},
    {"172.15.255.255", ""},
    {"172.16.0.0", "private"},
    {"172.31.255.255", "private"},
    {"172.32.0.0", ""},
    {"192.0.0.192", "IETF protocol assignments"},
    {"192.0.1.0", ""},
    {"192.0.2.1", "documentation"},
    {"192.0.3.0", ""},
    {"192.88.99.1", "6to4 relay"},
    {"192.167.255.255", ""},
    {"192.168.0.0", "private"},
    {"192.168.255.255", "private"},
    {"192.169.0.0", ""},
    {"198.17.255.255", ""},
    {"198.18.0.0", "benchmarking"},
    {"198.19.255.255", "benchmarking"},
    {"198.20.0.0", ""},
    {"198.51.100.7", "documentation"},
    {"203.0.113.7", "documentation"},
    {"223.255.255.255", ""},
    {"224.0.0.1", "multicast"},
    {"239.255.255.255", "multicast"},
    {"240.0.0.1", "reserved"},
    {"255.255.255.255", "limited broadcast"},

    {"::", "unspecified"},
    {"::1", "loopback (::1/128"},
    {"::2", "IPv4-compatible"},
    {"::8.8.8.8", "IPv4-compatible"},
    {"::127.0.0.1", "IPv4-compatible"},
    {"::ffff:8.8.8.8", ""},
    {"::ffff:127.0.0.1", "loopback"},
    {"::ffff:169.254.169.254", "link-local"},
    {"::ffff:a9fe:a9fe", "link-local"},
    {"::ffff:0:127.0.0.1", "IPv4-translated"},
    {"64:ff9b::8.8.8.8", ""},
    {"64:ff9b::10.0.0.1", "private (10.0.0.0/8, RFC 1918) inside NAT64 (64:ff9b::/96"},
    {"64:ff9b::a9fe:a9fe", "link-local"},
    {"64:ff9b:1::8.8.8.8", "local-use NAT64"},
    {"64:ff9b:2::8.8.8.8", "not global unicast"},
    {"100::1", "discard-only"},
    {"100:0:0:1::1", "dummy prefix"},
    {"2001::1", "Teredo"},
    {"2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"},
    {"2001:2::1", "benchmarking"},
    {"2001:10::1", "ORCHID"},
    {"2001:1ff:ffff::1", "IETF protocol assignments"},
    {"2001:200::1", ""},
    {"2001:4860:4860::8888", ""},
    {"2001:db7:ffff::1", ""},
    {"2001:db8::1", "documentation"},
    {"2001:db9::1", ""},
    {"2002:808:808::1", ""},
    {"2002:7f00:1::", "loopback (127.0.0.0/8, RFC 1122) inside 6to4 (2002::/16"},
    {"2002:a9fe:a9fe::1", "link-local"},
    {"2003::1", ""},
    {"3ffe::1", ""},
    {"3fff::1", "documentation"},
    {"3fff:1000::1", ""},
    {"4000::1", "not global unicast"},
    {"5f00::1", "segment routing"},
    {"8000::1", "not global unicast"},
    {"fc00::1", "unique local"},
    {"fd00:ec2::254", "unique local"},
    {"fe80::1", "link-local"},
    {"febf::1", "link-local"},
    {"fec0::1", "site-local"},
    {"ff02::1", "multicast"},
};

TEST(AddressPolicy, RefusesWhatTheRegistriesSayIsNotGloballyReachable) {
    const AddressPolicy policy;
    for (const auto& [address, because] : kBoundaries) {
        const std::string refusal = refusalOf(policy, address);
        if (std::string_view(because).empty()) {
            EXPECT_EQ(refusal, "") << address;
        } else {
            EXPECT_NE(refusal.find(because), refusal.npos) << address << ": '" << refusal << "'";
        }
    }
}

TEST(AddressPolicy, MappedAddressIsJudgedByItsBytesHoweverItWasMade) {
    IpAddress mapped = *parseIpAddress("127.0.0.1");
    mapped.is_v4 = false;  // a resolver that does not normalise
    EXPECT_TRUE(AddressPolicy().refusal(mapped).has_value());
}

TEST(AddressPolicy, AllowedNetworkMayBeReachedInEveryForm) {
    AddressPolicy policy;
    policy.allow("10.1.0.0/16");
    policy.allow("fd00:1::/32");
    for (const auto* reachable :
         {"10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::1", "fd00:1::7"}) {
        EXPECT_EQ(refusalOf(policy, reachable), "") << reachable;
    }
    for (const auto* refused : {"10.2.0.1", "::ffff:10.2.0.1", "fd00:2::7", "127.0.0.1"}) {
        EXPECT_NE(refusalOf(policy, refused), "") << refused;
    }
}

TEST(AddressPolicy, LoopbackIsAWord) {
    AddressPolicy policy;
    policy.allow("loopback");
    EXPECT_EQ(refusalOf(policy, "127.0.0.1"), "");
    EXPECT_EQ(refusalOf(policy, "127.9.9.9"), "");
    EXPECT_EQ(refusalOf(policy, "::1"), "");
    EXPECT_NE(refusalOf(policy, "::2"), "");
    EXPECT_NE(refusalOf(policy, "10.0.0.1"), "");
}

TEST(AddressPolicy, AllOfIpv6IsNotAllOfIpv4) {
    AddressPolicy policy;
    policy.allow("::/0");
    EXPECT_EQ(refusalOf(policy, "fe80::1"), "");
    EXPECT_NE(refusalOf(policy, "127.0.0.1"), "");
    EXPECT_NE(refusalOf(policy, "::ffff:127.0.0.1"), "");
}

TEST(AddressPolicy, SaysHowToWriteANetwork) {
    for (const auto* wrong : {"",
                              "/",
                              "/8",
                              "10.0.0.0/",
                              "10.0.0.0/33",
                              "10.0.0.0/-1",
                              "10.0.0.0/+8",
                              "10.0.0.0/08",
                              "10.0.0.0/8 ",
                              " 10.0.0.0/8",
                              "10.0.0.1/8",
                              "10.0/8",
                              "010.0.0.0/8",
                              "0x0a.0.0.0/8",
                              "localhost",
                              "LOOPBACK",
                              "fd00::/129",
                              "fd00::1/8",
                              "[fd00::]/8",
                              "fe80::1%lo",
                              "::ffff:0:0/90",
                              "10.0.0.0/8/8",
                              "fd00::/1e1"}) {
        EXPECT_FALSE(parseNetwork(wrong).has_value()) << wrong;
        AddressPolicy policy;
        EXPECT_THROW(policy.allow(wrong), ConfigError) << wrong;
    }
}

TEST(Network, HoldsExactlyItsAddresses) {
    const auto contains = [](const char* network, const char* address) {
        return parseNetwork(network).value().contains(parseIpAddress(address).value());
    };
    EXPECT_TRUE(contains("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(contains("192.0.2.7", "192.0.2.6"));
    EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
    EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.255.0.1"));
    EXPECT_TRUE(contains("10.128.0.0/9", "10.128.0.1"));
    EXPECT_FALSE(contains("10.128.0.0/9", "10.127.255.255"));
    EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

std::string refusalOf(const AddressPolicy& policy, std::string_view text, std::uint16_t port) {
    const auto address = parseIpAddress(text);
    return address ? policy.refusal(*address, port).value_or("") : "not an address";
}

TEST(AddressPolicy, ADeniedNetworkIsRefusedWhateverAllowsIt) {
    AddressPolicy policy;
    policy.deny("10.1.0.0/16");
    policy.allow("0.0.0.0/0");
    policy.allow("10.1.2.3");
    policy.deny("8.8.0.0/16");
    for (const auto* refused :
         {"10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::1", "8.8.8.8"})
        EXPECT_NE(refusalOf(policy, refused).find("--deny-network"), std::string::npos) << refused;
    EXPECT_EQ(refusalOf(policy, "10.2.0.1"), "");
    policy.deny("127.0.0.0/8");
    EXPECT_NE(refusalOf(policy, "0.0.0.0"), "") << "leads to 127.0.0.1";
    EXPECT_THROW(policy.deny("10/8"), ConfigError);
}

TEST(AddressPolicy, PortsOfOtherServicesAreRefusedUnlessTheyAreAllowed) {
    AddressPolicy policy;
    int refused = 0;
    for (unsigned port = 1; port <= 65535; ++port)
        refused += policy.refusalOfPort(static_cast<std::uint16_t>(port)) ? 1 : 0;
    EXPECT_EQ(refused, 82) << "the Fetch standard names these, and port 0";
    for (const std::uint16_t port :
         std::initializer_list<std::uint16_t>{80, 443, 8080, 8443, 3000, 32768, 65535})
        EXPECT_EQ(policy.refusalOfPort(port), std::nullopt) << port;
    EXPECT_NE(refusalOf(policy, "8.8.8.8", 25).find("smtp"), std::string::npos);
    EXPECT_NE(refusalOf(policy, "8.8.8.8", 25).find("--allow-port 25"), std::string::npos);
    EXPECT_EQ(refusalOf(policy, "8.8.8.8", 26), "");

    policy.allowPort(25);
    policy.denyPort(6379);
    EXPECT_EQ(refusalOf(policy, "8.8.8.8", 25), "");
    EXPECT_NE(refusalOf(policy, "8.8.8.8", 22), "");
    EXPECT_NE(refusalOf(policy, "8.8.8.8", 6379).find("--deny-port"), std::string::npos);
    policy.denyPort(25);
    EXPECT_NE(refusalOf(policy, "8.8.8.8", 25), "") << "the last word counts";
}

TEST(AddressPolicy, WhatThisProgramServesIsRefusedWhateverIsAllowed) {
    struct {
        const char* bound;
        std::vector<const char*> reached, elsewhere;
    } const listeners[] = {
        {"127.0.0.1",
         {"127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "64:ff9b::127.0.0.1", "2002:7f00:1::"},
         {"127.0.0.2", "::1", "8.8.8.8"}},
        {"0.0.0.0", {"127.0.0.1", "127.9.9.9", "0.0.0.0", "::ffff:127.0.0.2"}, {"::1", "8.8.8.8"}},
        {"::", {"127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::"}, {"8.8.8.8", "2003::1"}},
        {"::1", {"::1", "::"}, {"127.0.0.1"}},
        {"8.8.8.8", {"8.8.8.8", "64:ff9b::8.8.8.8"}, {"8.8.4.4", "127.0.0.1"}},
    };
    for (const auto& [bound, reached, elsewhere] : listeners) {
        AddressPolicy policy = anyAddress();
        policy.refuseListener(*parseIpAddress(bound), 8080);
        for (const char* address : reached) {
            EXPECT_NE(refusalOf(policy, address, 8080).find("itself listens"), std::string::npos)
                << bound << " is reached at " << address;
            EXPECT_EQ(refusalOf(policy, address, 8081), "") << bound << ' ' << address;
            EXPECT_FALSE(allowingHelps(policy, *parseIpAddress(address), 8080));
        }
        for (const char* address : elsewhere)
            EXPECT_EQ(refusalOf(policy, address, 8080), "") << bound << ' ' << address;
    }
}

TEST(AddressPolicy, AnyAddressLetsEverythingPass) {
    const AddressPolicy any = anyAddress();
    for (const auto* address : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "fe80::1", "8.8.8.8"})
        for (const std::uint16_t port : std::initializer_list<std::uint16_t>{25, 80, 6000, 10080})
            EXPECT_EQ(refusalOf(any, address, port), "") << address << ':' << port;
}

TEST(AddressPolicy, ThisMachineHasItsLoopbackAddress) {
    const auto own = ownAddresses();
    EXPECT_TRUE(std::any_of(own->begin(), own->end(), [](const IpAddress& address) {
        return address.bytes == parseIpAddress("127.0.0.1")->bytes;
    }));
}

TEST(AddressPolicy, TheRemedyAllowsWhatWasRefused) {
    for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "169.254.169.254",
                             "fd00::7", "::ffff:10.0.0.1", "64:ff9b::a00:1", "0.0.0.0"}) {
        const auto address = parseIpAddress(host);
        ASSERT_TRUE(address) << host;
        AddressPolicy policy;
        ASSERT_TRUE(policy.refusal(*address)) << host;
        const std::string remedy = AddressPolicy::remedy(*address);
        constexpr std::string_view kBefore = "waybilld --allow-network ";
        ASSERT_TRUE(remedy.starts_with(kBefore)) << remedy;
        policy.allow(
            remedy.substr(kBefore.size(), remedy.find(' ', kBefore.size()) - kBefore.size()));
        EXPECT_EQ(policy.refusal(*address), std::nullopt) << remedy;
        EXPECT_TRUE(allowingHelps(AddressPolicy(), *address, 443)) << host;
        AddressPolicy denying;
        denying.deny(host);
        EXPECT_FALSE(allowingHelps(denying, *address, 443)) << host;
    }
}

TEST(AddressPolicy, AResolversMappedAddressIsTheIpv4AddressWhateverItsScope) {
    sockaddr_storage storage{};
    IpAddress mapped = *parseIpAddress("::ffff:192.0.2.7");
    mapped.is_v4 = false;
    mapped.scope_id = 7;
    toSocketAddress(mapped, 80, storage);
    EXPECT_EQ(fromSocketAddress(reinterpret_cast<const sockaddr&>(storage)),
              parseIpAddress("192.0.2.7"));
}

}  // namespace
}  // namespace waybill
