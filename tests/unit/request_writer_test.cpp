// Can anything in a request become a line of its own?
#include "http/request_writer.h"

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

CallbackUrl urlOf(std::string_view text) {
    return parseCallbackUrl(text, AddressPolicy()).url.value();
}

TEST(RequestWriter, WritesTheHead) {
    const auto head = composeRequestHead(
        "POST", urlOf("http://Example.com:8080/hook?a=b#c"),
        {{"Content-Type", "application/json"}, {"X-Empty", ""}, {"X-Spaced", "a b  c"}}, 42);
    EXPECT_EQ(head.value_or(""),
              "POST /hook?a=b HTTP/1.1\r\nHost: example.com:8080\r\n"
              "Content-Type: application/json\r\nX-Empty: \r\nX-Spaced: a b  c\r\n"
              "Content-Length: 42\r\n\r\n");
}

TEST(RequestWriter, HostOfAnAddress) {
    const auto head = composeRequestHead("POST", urlOf("https://[2001:4860::1]/"), {}, 0);
    EXPECT_EQ(head.value_or(""),
              "POST / HTTP/1.1\r\nHost: [2001:4860::1]\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestWriter, AGetHasNoBody) {
    EXPECT_EQ(composeRequestHead("GET", urlOf("http://example.com/v1/models"), {}, 0).value_or(""),
              "GET /v1/models HTTP/1.1\r\nHost: example.com\r\n\r\n");
    EXPECT_FALSE(composeRequestHead("GET", urlOf("http://example.com/"), {}, 1));
    EXPECT_FALSE(composeRequestHead("GET", urlOf("http://example.com/"), {}, std::nullopt));
    EXPECT_FALSE(composeRequestHead("PUT /x", urlOf("http://example.com/"), {}, 0));
}

TEST(RequestWriter, EveryMethodSaysHowLongItsBodyIs) {
    const auto framing = [](std::string_view method, std::optional<std::uint64_t> length) {
        const std::string head =
            composeRequestHead(method, urlOf("http://example.com/"), {}, length).value_or("none");
        const std::size_t at = head.find("example.com\r\n");
        return at == head.npos ? head : head.substr(at + 13);
    };
    for (const char* method : {"POST", "PUT", "PATCH"}) {
        EXPECT_EQ(framing(method, 0), "Content-Length: 0\r\n\r\n");
        EXPECT_EQ(framing(method, 7), "Content-Length: 7\r\n\r\n");
        EXPECT_EQ(framing(method, std::nullopt), "Transfer-Encoding: chunked\r\n\r\n");
    }
    EXPECT_EQ(framing("DELETE", 0), "\r\n");
    EXPECT_EQ(framing("DELETE", 7), "Content-Length: 7\r\n\r\n");
    EXPECT_EQ(framing("HEAD", 0), "\r\n");
    for (const char* method : {"CONNECT", "TRACE", "OPTIONS", "get", ""})
        EXPECT_EQ(framing(method, 0), "none") << method;
}

TEST(RequestWriter, AValueKeepsItsBytes) {
    for (const char* value : {"", "a\tb", "caf\xc3\xa9", "\xe9\xff", "a  b"}) {
        const auto head =
            composeRequestHead("POST", urlOf("http://example.com/"), {{"X", value}}, 0);
        EXPECT_NE(head.value_or("").find("\r\nX: " + std::string(value) + "\r\n"),
                  std::string::npos)
            << value;
    }
}

TEST(RequestWriter, RefusesWhatWouldAddALineOrASecondMeaning) {
    const std::pair<std::string, std::string> refused[] = {
        {"X", "a\r\nY: b"},
        {"X", "a\nb"},
        {"X", "a\rb"},
        {"X", std::string("a\0b", 3)},
        {"X", "\ta"},
        {"X", "a\t"},
        {"X", "a\x01"},
        {"X", "\x7f"},
        {"X", " leading"},
        {"X", "trailing "},
        {"X\r\nY", "b"},
        {"X\n", "b"},
        {"X: y", "b"},
        {"X y", "b"},
        {"X:", "b"},
        {"", "b"},
        {"X\xc3\xa9", "b"},
        {"Host", "other.example"},
        {"content-LENGTH", "7"},
        {"Transfer-Encoding", "chunked"},
        {"connection", "close"},
        {"X", std::string(kMaxRequestHeadBytes, 'x')},
    };
    for (const auto& header : refused) {
        EXPECT_FALSE(composeRequestHead("POST", urlOf("http://example.com/"), {header}, 0))
            << header.first << ": " << header.second.substr(0, 40);
    }
}

TEST(RequestWriter, RefusesATargetThatWouldAddALine) {
    for (const auto* target :
         {"", "x", "/a b", "/a\r\nX: y", "/a\n", "/\x7f", "/\xc3\xa9", "http://other.example/"}) {
        CallbackUrl url = urlOf("http://example.com/");
        url.target = target;
        EXPECT_FALSE(composeRequestHead("POST", url, {}, 0)) << target;
    }
}

}  // namespace
}  // namespace waybill::http
