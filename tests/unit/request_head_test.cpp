// Is a request read one way only, or refused?
#include "http/request_head.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

using Parsed = std::variant<RequestHead, RequestProblem>;

Parsed parse(const std::string& head) {
    return parseRequestHead(head + "\r\n", HeadLimits{});
}

RequestHead good(const std::string& head) {
    const Parsed parsed = parse(head);
    const auto* problem = std::get_if<RequestProblem>(&parsed);
    EXPECT_EQ(problem, nullptr) << (problem ? problem->message : "");
    return problem ? RequestHead{} : std::get<RequestHead>(parsed);
}

int statusOfBad(const std::string& head) {
    const Parsed parsed = parse(head);
    const auto* problem = std::get_if<RequestProblem>(&parsed);
    return problem ? problem->status : 0;
}

const std::string kPost = "POST /v1/x HTTP/1.1\r\nHost: a\r\n";

TEST(RequestHead, TakesARequestApart) {
    const RequestHead head = good(
        "POST /v1/messages?beta=true HTTP/1.1\r\nHost: a:80\r\nX-Api-Key:  k \t\r\n"
        "Content-Length: 12\r\nExpect: 100-continue\r\n");
    EXPECT_EQ(head.request.method, "POST");
    EXPECT_EQ(head.request.path, "/v1/messages");
    EXPECT_EQ(head.request.query, "beta=true");
    EXPECT_EQ(head.request.headers.value("x-api-key"), "k");
    EXPECT_EQ(head.content_length, 12U);
    EXPECT_TRUE(head.expects_continue);
    EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHead, KnowsWhoKeepsTheConnection) {
    EXPECT_FALSE(good(kPost + "Connection: foo, Close\r\n").keep_alive);
    EXPECT_FALSE(good("GET / HTTP/1.0\r\n").keep_alive);
    EXPECT_TRUE(good("GET / HTTP/1.0\r\nConnection: keep-alive\r\n").keep_alive);
}

TEST(RequestHead, ReducesTheTargetToItsPath) {
    EXPECT_EQ(good("GET http://host:80/a/b?c HTTP/1.1\r\nHost: a\r\n").request.path, "/a/b");
    EXPECT_EQ(good("OPTIONS * HTTP/1.1\r\nHost: a\r\n").request.path, "/");
    EXPECT_EQ(statusOfBad("GET a HTTP/1.1\r\nHost: a\r\n"), 400);
    EXPECT_EQ(statusOfBad("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n"), 414);
}

TEST(RequestHead, KnowsWhomItIsFor) {
    EXPECT_EQ(good("GET / HTTP/1.1\r\nHost: a.example:8080\r\n").request.host, "a.example:8080");
    EXPECT_EQ(good("GET / HTTP/1.1\r\nHost:\r\n").request.host, "");
    EXPECT_EQ(good("GET / HTTP/1.0\r\n").request.host, "");
    const RequestHead absolute = good("GET http://b:80?c HTTP/1.1\r\nHost: a\r\n");
    EXPECT_EQ(absolute.request.host, "b:80");
    EXPECT_EQ(absolute.request.path, "/");
    EXPECT_EQ(absolute.request.query, "c");
    for (const char* host : {"a b<script>", "a/b", "a@b", "a:b", "[::1", "a:99999", "\xc3\xa9"})
        EXPECT_EQ(statusOfBad("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n"), 400)
            << host;
    for (const char* url : {"http://", "http:///a", "http://:80/", "http://a@b/", "http://a:b/"})
        EXPECT_EQ(statusOfBad("GET " + std::string(url) + " HTTP/1.1\r\nHost: a\r\n"), 400) << url;
    EXPECT_EQ(statusOfBad("GET http://b/ HTTP/1.1\r\nHost: a b\r\n"), 400);
    EXPECT_EQ(statusOfBad("GET ?a HTTP/1.1\r\nHost: a\r\n"), 400);
}

TEST(RequestHead, RefusesWhatTwoReadersCouldReadDifferently) {
    for (const char* lines :
         {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
          "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1, 1\r\n",
          "Content-Length: -1\r\n", "Content-Length: +1\r\n", "Content-Length: 0x1\r\n",
          "Content-Length:\r\n", "Content-Length: 99999999999999999999\r\n", "Host: b\r\n",
          "X : 1\r\n", " X: 1\r\n", "X\r\n", ": 1\r\n", "X: a\nY: b\r\n", "X: a\rb\r\n",
          "X: a\x01\r\n", "X(): 1\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"})
        EXPECT_EQ(statusOfBad(kPost + lines), 400) << lines;
    EXPECT_EQ(statusOfBad(kPost + "Transfer-Encoding: gzip, chunked\r\n"), 501);
    EXPECT_EQ(statusOfBad(kPost + "Expect: cake\r\n"), 417);
    EXPECT_EQ(statusOfBad("GET / HTTP/1.1\r\n"), 400);
    EXPECT_EQ(statusOfBad("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n"), 400);
    EXPECT_EQ(statusOfBad("GET / HTTP/9.9\r\nHost: a\r\n"), 505);
    EXPECT_EQ(statusOfBad("GET /\r\nHost: a\r\n"), 400);
    EXPECT_EQ(statusOfBad("GET  / HTTP/1.1\r\nHost: a\r\n"), 400);
    EXPECT_EQ(statusOfBad("G@T / HTTP/1.1\r\nHost: a\r\n"), 400);
}

TEST(RequestHead, BoundsTheNumberOfFields) {
    std::string many = kPost;
    for (int i = 0; i < 100; ++i)
        many += "X: 1\r\n";
    EXPECT_EQ(statusOfBad(many), 431);
}

TEST(RequestHead, IsFoundHoweverItIsCut) {
    const std::string whole = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
    std::size_t searched = 0;
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        const auto found = findHeadEnd(std::string_view(whole).substr(0, length), searched, {});
        if (length < whole.size() - 4) {
            EXPECT_TRUE(std::holds_alternative<std::monostate>(found)) << length;
        } else {
            ASSERT_TRUE(std::holds_alternative<std::size_t>(found)) << length;
            EXPECT_EQ(std::get<std::size_t>(found), whole.size() - 4);
            searched = 0;
        }
    }
}

TEST(RequestHead, BareLineFeedsAndEndlessHeadsAreRefusedAtOnce) {
    std::size_t searched = 0;
    EXPECT_TRUE(std::holds_alternative<RequestProblem>(
        findHeadEnd("GET / HTTP/1.1\nHost: a\n", searched, {})));
    searched = 0;
    const auto endless = findHeadEnd("GET /" + std::string(40000, 'a'), searched, {});
    ASSERT_TRUE(std::holds_alternative<RequestProblem>(endless));
    EXPECT_EQ(std::get<RequestProblem>(endless).status, 431);
}

}  // namespace
}  // namespace waybill::server
