// Which URLs and tokens can be used, and where do they lead?
#include "waybill/callback_url.h"

#include <gtest/gtest.h>
#include <netdb.h>

#include "net/ip_address.h"
#include "waybill/any_address.h"

namespace waybill {
namespace {

struct Spelling {
    const char* host;
    const char* expected;  // canonical host; "name" when it stays a name; "" when it is refused
};

// What the system's resolver (inet_aton, inet_pton) and browsers (URL Standard) take for an
// address, in as many spellings as we know, and their harmless neighbours.
constexpr Spelling kSpellings[] = {
    // dotted decimal
    {"127.0.0.1", "127.0.0.1"},
    {"8.8.8.8", "8.8.8.8"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"169.254.169.254", "169.254.169.254"},
    {"256.0.0.1", ""},
    {"127.0.0.256", ""},
    {"127.0.0.1.", "127.0.0.1"},
    {"127.0.0.1..", ""},
    {".127.0.0.1", ""},
    {"127..0.1", ""},
    {"127.0.0.1.1", ""},
    {"1.2.3.4.5.6", ""},
    {"-127.0.0.1", ""},
    {"127.0.0.-1", "name"},  // no number at the end: a (hopeless) name
    {"+127.0.0.1", ""},
    {"127.0.0.1e0", "name"},
    // one number
    {"2130706433", "127.0.0.1"},
    {"2852039166", "169.254.169.254"},
    {"3232235521", "192.168.0.1"},
    {"0", "0.0.0.0"},
    {"1", "0.0.0.1"},
    {"4294967295", "255.255.255.255"},
    {"4294967296", ""},
    {"6425673729", ""},
    {"99999999999999999999999999", ""},
    {"2130706433.", "127.0.0.1"},
    {"00000000000000000002130706439", ""},  // octal has no 9
    // short forms
    {"127.1", "127.0.0.1"},
    {"127.0.1", "127.0.0.1"},
    {"127.65535", "127.0.255.255"},
    {"127.16777215", "127.255.255.255"},
    {"127.16777216", ""},
    {"127.0.65535", "127.0.255.255"},
    {"127.0.65536", ""},
    {"10.1", "10.0.0.1"},
    {"192.168.1", "192.168.0.1"},
    {"192.11010049", "192.168.0.1"},
    {"169.16689662", "169.254.169.254"},
    {"169.254.43518", "169.254.169.254"},
    {"127.1.", "127.0.0.1"},
    {"256.1", ""},
    // octal
    {"0177.0.0.1", "127.0.0.1"},
    {"0177.0.0.01", "127.0.0.1"},
    {"0177.1", "127.0.0.1"},
    {"017700000001", "127.0.0.1"},
    {"00000000177.0.0.1", "127.0.0.1"},
    {"0251.0376.0251.0376", "169.254.169.254"},
    {"025177524776", "169.254.169.254"},
    {"0300.0250.0.1", "192.168.0.1"},
    {"010.0.0.1", "8.0.0.1"},
    {"08.0.0.1", ""},
    {"127.0.0.09", ""},
    {"0400.0.0.1", ""},
    {"00.00.00.00", "0.0.0.0"},
    {"0.0", "0.0.0.0"},
    // hexadecimal
    {"0x7f.0.0.1", "127.0.0.1"},
    {"0x7F.0X0.0x0.0x1", "127.0.0.1"},
    {"0x7f000001", "127.0.0.1"},
    {"0X7F000001", "127.0.0.1"},
    {"0x7f.1", "127.0.0.1"},
    {"0x7f.0x000001", "127.0.0.1"},
    {"0xa9fea9fe", "169.254.169.254"},
    {"0xa9.0xfe.0xa9.0xfe", "169.254.169.254"},
    {"0xc0a80001", "192.168.0.1"},
    {"0x00000000007f000001", "127.0.0.1"},
    {"0x17f000001", ""},
    {"0x100.0.0.1", ""},
    {"0x", ""},
    {"0x.0.0.1", ""},
    {"127.0.0.0x", ""},
    {"127.0.0.0x1", "127.0.0.1"},
    {"0xg", "name"},
    // mixed
    {"0x7f.0.0.01", "127.0.0.1"},
    {"0177.0x0.0.1", "127.0.0.1"},
    {"127.0x1", "127.0.0.1"},
    {"0xa9.254.0251.254", "169.254.169.254"},
    {"0xa9.254.0xa9fe", "169.254.169.254"},
    // IPv6
    {"[::1]", "::1"},
    {"[0:0:0:0:0:0:0:1]", "::1"},
    {"[0000:0000:0000:0000:0000:0000:0000:0001]", "::1"},
    {"[::]", "::"},
    {"[2001:DB8::7]", "2001:db8::7"},
    {"[2001:4860:4860::8888]", "2001:4860:4860::8888"},
    {"[fe80::1]", "fe80::1"},
    {"[fe80::1%25lo]", ""},
    {"[fe80::1%lo]", ""},
    {"[fe80::1%251]", ""},
    {"[::ffff:127.0.0.1]", "127.0.0.1"},
    {"[::ffff:7f00:1]", "127.0.0.1"},
    {"[::FFFF:7F00:0001]", "127.0.0.1"},
    {"[0:0:0:0:0:ffff:169.254.169.254]", "169.254.169.254"},
    {"[::ffff:0177.0.0.1]", ""},
    {"[::ffff:127.1]", ""},
    {"[::ffff:0x7f.0.0.1]", ""},
    {"[::127.0.0.1]", "::127.0.0.1"},
    {"[64:ff9b::7f00:1]", "64:ff9b::7f00:1"},
    {"[2002:7f00:1::]", "2002:7f00:1::"},
    {"[::1", ""},
    {"::1]", ""},
    {"[::1]]", ""},
    {"[[::1]]", ""},
    {"[::1].", ""},
    {"[::1]x", ""},
    {"[]", ""},
    {"[127.0.0.1]", ""},
    {"[v1.fe80::1]", ""},
    {"[1:2:3:4:5:6:7:8:9]", ""},
    {"[:::1]", ""},
    {"[12345::]", ""},
    {"[localhost]", ""},
    // percent-encoded, full-width and other disguises
    {"%31%32%37.0.0.1", ""},
    {"127%2e0%2e0%2e1", ""},
    {"127.0.0.1%00", ""},
    {"127.0.0.1%2ecom", ""},
    {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", ""},  // full-width digits
    {"127\xe3\x80\x82"
     "0.0.1",
     ""},                                                // ideographic full stop
    {"\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1", ""},  // circled digits
    {"b\xc3\xbc"
     "cher.example",
     ""},
    {"127.0.0.1\\", ""},
    {"127.0.0.1;", ""},
    {"127.0.0.1,8.8.8.8", ""},
    {"(127.0.0.1)", ""},
    {"'127.0.0.1'", ""},
    {"127,0,0,1", ""},
    {"{127.0.0.1}", ""},
    {"$host", ""},
    // names
    {"example.com", "name"},
    {"EXAMPLE.com.", "name"},
    {"example.com..", ""},
    {"localhost", "name"},  // the look-up decides
    {"127.0.0.1.nip.io", "name"},
    {"1.example", "name"},
    {"example.1a", "name"},
    {"0x7f.example", "name"},
    {"example.0x7f", ""},
    {"example.127", ""},
    {"example.0", ""},
    {"xn--bcher-kva.example", "name"},
    {"my_service", "name"},
    {"a-.example", "name"},
    {"deadbeef", "name"},
    {".", ""},
    {"..", ""},
    {".example.com", ""},
    {"example..com", ""},
};

TEST(CallbackUrl, EverySpellingOfAnAddressIsThatAddressOrRefused) {
    static_assert(std::size(kSpellings) >= 100);
    AddressPolicy everything;
    everything.allow("0.0.0.0/0");
    everything.allow("::/0");
    for (const auto& [host, expected] : kSpellings) {
        const auto check = parseCallbackUrl("http://" + std::string(host) + "/", everything);
        ASSERT_NE(check.url.has_value(), check.unusable.has_value()) << host;
        const std::string_view wanted(expected);
        if (wanted.empty()) {
            EXPECT_TRUE(check.unusable)
                << host << " became " << check.url.value_or(CallbackUrl{}).host;
            continue;
        }
        ASSERT_TRUE(check.url) << host << ": " << check.unusable->code;
        EXPECT_EQ(check.url->literal.has_value(), wanted != "name") << host;
        if (wanted != "name") {
            EXPECT_EQ(check.url->host, wanted) << host;
        }
    }
}

// Asks the system itself, without a look-up.
std::optional<IpAddress> systemsReading(std::string host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
    const auto address = fromSocketAddress(*found->ai_addr);
    freeaddrinfo(found);
    return address;
}

TEST(CallbackUrl, WhatTheSystemTakesForAnAddressIsTheSameAddressHereOrRefused) {
    AddressPolicy everything;
    everything.allow("0.0.0.0/0");
    everything.allow("::/0");
    int addresses = 0;
    for (const auto& [host, expected] : kSpellings) {
        const auto system = systemsReading(host);
        const auto check = parseCallbackUrl("http://" + std::string(host) + "/", everything);
        if (!system || !check.url) continue;
        ++addresses;
        ASSERT_TRUE(check.url->literal) << host;
        EXPECT_EQ(toString(*check.url->literal), toString(*system)) << host;
    }
    EXPECT_GT(addresses, 40);
}

TEST(CallbackUrl, LiteralAddressesArePolicedInEverySpelling) {
    const AddressPolicy policy;
    for (const auto& [host, expected] : kSpellings) {
        const auto check = parseCallbackUrl("https://" + std::string(host) + ":8443/x", policy);
        const bool public_address = std::string_view(expected) == "8.8.8.8" ||
                                    std::string_view(expected) == "8.0.0.1" ||
                                    std::string_view(expected) == "2001:4860:4860::8888";
        const bool usable = std::string_view(expected) == "name" || public_address;
        EXPECT_EQ(check.url.has_value(), usable) << host;
        if (!usable && !std::string_view(expected).empty()) {
            ASSERT_TRUE(check.unusable) << host;
            EXPECT_EQ(check.unusable->code, "url_refused_address") << host;
        }
    }
}

CallbackUrl parsed(std::string_view text) {
    auto check = parseCallbackUrl(text, AddressPolicy());
    EXPECT_TRUE(check.url) << text << ": " << (check.unusable ? check.unusable->code : "");
    return check.url.value_or(CallbackUrl{});
}

TEST(CallbackUrl, IsTakenApart) {
    const auto url = parsed("https://Hooks.Example.COM:8443/a/../b%2Fc?x=1&y=%00#frag?ment");
    EXPECT_TRUE(url.https);
    EXPECT_EQ(url.host, "hooks.example.com");
    EXPECT_EQ(url.port, 8443);
    EXPECT_EQ(url.target, "/a/../b%2Fc?x=1&y=%00");
    EXPECT_EQ(url.endpoint(), "https://hooks.example.com:8443");
    EXPECT_EQ(url.hostHeader(), "hooks.example.com:8443");
}

TEST(CallbackUrl, DefaultsAreFilledIn) {
    EXPECT_EQ(parsed("http://example.com").target, "/");
    EXPECT_EQ(parsed("http://example.com?q").target, "/?q");
    EXPECT_EQ(parsed("http://example.com#f").target, "/");
    EXPECT_EQ(parsed("HTTP://example.com").endpoint(), "http://example.com:80");
    EXPECT_EQ(parsed("hTTps://example.com").endpoint(), "https://example.com:443");
    EXPECT_EQ(parsed("http://example.com:/").port, 80);
    EXPECT_EQ(parsed("http://example.com:080/").port, 80);
    EXPECT_EQ(parsed("http://example.com:80").hostHeader(), "example.com");
    EXPECT_EQ(parsed("http://example.com:443").hostHeader(), "example.com:443");
    EXPECT_EQ(parsed("https://example.com.:443").hostHeader(), "example.com");
    EXPECT_EQ(parsed("http://[2001:4860::1]:81/").endpoint(), "http://[2001:4860::1]:81");
    EXPECT_EQ(parsed("http://[2001:4860::1]/").hostHeader(), "[2001:4860::1]");
    EXPECT_EQ(parsed("http://example.com/@:8080").target, "/@:8080");
}

TEST(CallbackUrl, SaysWhyItCannotBeUsed) {
    const std::string long_label(64, 'a');
    const std::string long_name = [] {
        std::string name;
        for (int i = 0; i < 64; ++i)
            name += "abc.";
        return name + "example";
    }();
    const struct {
        std::string url;
        const char* code;
    } cases[] = {
        {"", "url_scheme"},
        {"example.com", "url_scheme"},
        {"//example.com", "url_scheme"},
        {"ftp://example.com", "url_scheme"},
        {"httpx://example.com", "url_scheme"},
        {"file:///etc/passwd", "url_scheme"},
        {"javascript:alert(1)", "url_scheme"},
        {"http:example.com", "url_host"},
        {"http:/example.com", "url_host"},
        {"http:\\\\example.com", "url_host"},
        {"http://", "url_host"},
        {"http:///path", "url_host"},
        {"http://?query", "url_host"},
        {"http://#fragment", "url_host"},
        {"http://:80/", "url_host"},
        {"http://" + long_label + ".example", "url_host"},
        {"http://" + long_name, "url_host"},
        {"http://example.com\\@127.0.0.1/", "url_credentials"},
        {"http://example.com\\.evil/", "url_host"},
        {"http://user@example.com/", "url_credentials"},
        {"http://user:secret@example.com/", "url_credentials"},
        {"http://@example.com/", "url_credentials"},
        {"http://example.com:0/", "url_port"},
        {"http://example.com:65536/", "url_port"},
        {"http://example.com:-1/", "url_port"},
        {"http://example.com:8a/", "url_port"},
        {"http://example.com:+80/", "url_port"},
        {"http://example.com:80:80/", "url_port"},
        {"http://::1/", "url_host"},
        {" http://example.com/", "url_characters"},
        {"http://example.com/ ", "url_characters"},
        {"http://example.com/a b", "url_characters"},
        {"http://example.com/\r\nX: y", "url_characters"},
        {"http://example.com/\t", "url_characters"},
        {std::string("http://example.com/\0", 20), "url_characters"},
        {"http://example.com/\x7f", "url_characters"},
        {"http://example.com/\xc3\xbc", "url_characters"},
        {"http://127.0.0.1/", "url_refused_address"},
        {"http://example.com:25/secret", "url_refused_port"},
        {"https://8.8.8.8:22/", "url_refused_port"},
        {"http://example.com/" + std::string(kMaxUrlLength, 'x'), "url_too_long"},
    };
    for (const auto& [url, code] : cases) {
        const auto check = parseCallbackUrl(url, AddressPolicy());
        ASSERT_TRUE(check.unusable) << url;
        EXPECT_FALSE(check.url) << url;
        EXPECT_EQ(check.unusable->code, code) << url;
        EXPECT_FALSE(check.unusable->reason.empty()) << url;
        EXPECT_EQ(check.unusable->reason.find("secret"), std::string::npos);
    }
}

TEST(CallbackUrl, WhereThisProgramListensIsRefusedInEverySpelling) {
    AddressPolicy policy = anyAddress();
    policy.refuseListener(parsed("http://8.8.8.8/").literal.value(), 8080);
    for (const char* host : {"8.8.8.8", "8.8.2056", "0x08080808", "[::ffff:8.8.8.8]"}) {
        const std::string url = "http://" + std::string(host);
        const auto check = parseCallbackUrl(url + ":8080/v1/responses", policy);
        ASSERT_TRUE(check.unusable) << host;
        EXPECT_EQ(check.unusable->code, "url_refused_address");
        EXPECT_EQ(check.unusable->reason.find("--allow-network"), std::string::npos)
            << "that would not help";
        EXPECT_TRUE(parseCallbackUrl(url + ":8081/", policy).url) << host;
    }
}

TEST(CallbackUrl, LengthLimitIsExact) {
    const std::string base = "http://example.com/";
    const std::string longest = base + std::string(kMaxUrlLength - base.size(), 'x');
    EXPECT_TRUE(parseCallbackUrl(longest, AddressPolicy()).url);
    EXPECT_FALSE(parseCallbackUrl(longest + "x", AddressPolicy()).url);
}

TEST(CallbackUrl, AnEndpointIsFoundInEverySpelling) {
    EXPECT_EQ(endpointNamed("HTTPS://Hooks.Example"), "https://hooks.example:443");
    EXPECT_EQ(endpointNamed("http://10.0.0.1:6000"), "http://10.0.0.1:6000")
        << "whatever may be reached";
    EXPECT_EQ(endpointNamed("http://hooks.example:8080/"), "http://hooks.example:8080");
    EXPECT_EQ(endpointNamed("http://0x7f.1"), "http://127.0.0.1:80") << "wherever it leads";
    EXPECT_EQ(endpointNamed("https://hooks.example/in"), std::nullopt);
    EXPECT_EQ(endpointNamed("hooks.example"), std::nullopt);
    EXPECT_EQ(endpointNamed(""), std::nullopt);
}

TEST(Token, IsVisibleAscii) {
    EXPECT_FALSE(checkToken(""));
    EXPECT_FALSE(checkToken("s3cret-._~+/="));
    EXPECT_FALSE(checkToken("!~"));
    EXPECT_FALSE(checkToken(std::string(kMaxTokenLength, 't')));
    EXPECT_EQ(checkToken(std::string(kMaxTokenLength + 1, 't'))->code, "token_too_long");
    for (const std::string bad : {"a b", "a\r\nb", "a\tb", "\x7f", "\xc3\xbc", " "}) {
        EXPECT_EQ(checkToken(bad)->code, "token_characters") << bad;
    }
    EXPECT_EQ(checkToken(std::string("a\0b", 3))->code, "token_characters");
}

}  // namespace
}  // namespace waybill
