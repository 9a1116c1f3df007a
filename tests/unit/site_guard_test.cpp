// Which requests does a server that needs no key take for those of a web page?
#include "waybill/server/site_guard.h"

#include <gtest/gtest.h>

#include "http/host.h"
#include "waybill/errors.h"

namespace waybill::server {
namespace {

struct Field {
    const char* name;
    std::string value;
};

HttpRequest request(const std::vector<Field>& fields, const std::string& host = "127.0.0.1:8080") {
    HttpRequest made;
    made.method = "POST";
    made.path = "/v1/responses";
    made.host = host;
    for (const auto& [name, value] : fields)
        made.headers.add(name, value);
    return made;
}

int statusOf(const std::optional<HttpResponse>& refusal) {
    return refusal ? refusal->status : 0;
}

AllowedOrigins allowed(std::initializer_list<const char*> origins) {
    AllowedOrigins made;
    for (const char* origin : origins)
        made.add(origin);
    return made;
}

TEST(Host, IsANameOrAnAddressWithOrWithoutAPort) {
    for (const char* good : {"", "a", "a:80", "a:", "a.example", "127.0.0.1:65535", "[::1]",
                             "[::1]:80", "[::1]:", "a_b-c~d", "a%20b", "a!$&'()*+,;=b"})
        EXPECT_TRUE(parseHostAndPort(good)) << good;
    for (const char* bad :
         {"a b",  "a<script>", "a/b",  "a@b",      "a:b",    "a:80:80",   "a:65536", "::1",
          "[::1", "::1]",      "[]",   "[a]",      "[::1]a", "[::1]a:80", "a%2",     "a%zz",
          "a?b",  "a#b",       "a\\b", "\xc3\xa9", "a\"",    ":80",       "a:+1",    "x[::1]"})
        EXPECT_FALSE(parseHostAndPort(bad)) << bad;
}

TEST(Host, ANameOfOneLabelIsNoNumber) {
    for (const char* single : {"h", "my-host", "a_b", "h2"})
        EXPECT_TRUE(isSingleLabel(single) && !isLocalName(single)) << single;
    for (const char* other : {"", "a.b", "2130706433", "0x7f000001", "[::1]", "a."})
        EXPECT_FALSE(isSingleLabel(other)) << other;
}

TEST(SiteGuard, OfPagesUnderANameOfOneLabelOnlyAllowedOnesPass) {
    HttpRequest page = request({{"Origin", "https://app.example"}}, "h:8080");
    page.foreign_host = true;
    EXPECT_EQ(statusOf(refuseForeignSite(page)), 403);
    EXPECT_EQ(statusOf(refuseForeignSite(page, allowed({"https://app.example"}))), 0);
    page.host = "evil.example";
    EXPECT_EQ(statusOf(refuseForeignSite(page, allowed({"https://app.example"}))), 403);
}

TEST(Host, OnlyNamesThatNobodyElseCanOwnAreLocal) {
    for (const char* local :
         {"", "localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.localhost", "127.0.0.1",
          "127.255.0.9", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"})
        EXPECT_TRUE(isLocalName(local)) << local;
    for (const char* foreign : {"evil.example",
                                "localhost.evil.example",
                                "127.0.0.1.evil.example",
                                "notlocalhost.",
                                "evil.example.",
                                "xlocalhost.example",
                                "10.0.0.1",
                                "128.0.0.1",
                                "0.0.0.0",
                                "127.1",
                                "2130706433",
                                "0x7f000001",
                                "0X7F.0.0.1",
                                "017700000001",
                                "0x",
                                "[::]",
                                "[::2]",
                                "[::ffff:10.0.0.1]",
                                "ai.",
                                ".localhost",
                                "evil%2eexample",
                                "a,b",
                                "localhost.."})
        EXPECT_FALSE(isLocalName(foreign)) << foreign;
}

TEST(SiteGuard, ProgramsAndOwnPagesPass) {
    EXPECT_EQ(statusOf(refuseForeignSite(request({}))), 0);
    EXPECT_EQ(statusOf(refuseForeignSite(request({{"Sec-Fetch-Site", "none"}}))), 0);
    EXPECT_EQ(statusOf(refuseForeignSite(request(
                  {{"Origin", "http://127.0.0.1:8080"}, {"Sec-Fetch-Site", "same-origin"}}))),
              0);
    EXPECT_EQ(
        statusOf(refuseForeignSite(request({{"Origin", "https://a.example"}}, "A.example:443"))),
        0);
}

TEST(SiteGuard, PagesOfOtherSitesAreRefused) {
    for (const char* origin :
         {"https://evil.example", "null", "", "file://", "http://127.0.0.1", "http://127.0.0.1:80",
          "http://localhost:8080", "http://127.0.0.1:8081", "http://127.0.0.1:8080.evil.example",
          "http://127.0.0.1:8080/", "http://127.0.0.1:8080 http://127.0.0.1:8080",
          "chrome-extension://127.0.0.1:8080", "https://a@127.0.0.1:8080"})
        EXPECT_EQ(statusOf(refuseForeignSite(request({{"Origin", origin}}))), 403) << origin;
    for (const char* site : {"cross-site", "same-site", "", "anything", "Cross-Site"})
        EXPECT_EQ(statusOf(refuseForeignSite(request({{"Sec-Fetch-Site", site}}))), 403) << site;
    EXPECT_EQ(statusOf(refuseForeignSite(request(
                  {{"Origin", "http://127.0.0.1:8080"}, {"Origin", "https://evil.example"}}))),
              403);
    HttpRequest rebound = request({});
    rebound.foreign_host = true;
    EXPECT_EQ(statusOf(refuseForeignSite(rebound)), 403);
}

TEST(SiteGuard, AnAllowedOriginPassesButNotUnderAForeignName) {
    const AllowedOrigins ours = allowed({"https://app.example", "http://localhost:3000"});
    HttpRequest page =
        request({{"Origin", "https://app.example"}, {"Sec-Fetch-Site", "cross-site"}});
    EXPECT_EQ(statusOf(refuseForeignSite(page, ours)), 0);
    EXPECT_EQ(statusOf(refuseForeignSite(page)), 403);
    page.foreign_host = true;
    EXPECT_EQ(statusOf(refuseForeignSite(page, ours)), 403);
    for (const char* near :
         {"http://app.example", "https://app.example:444", "https://app.example/",
          "https://app.example.evil", "https://xapp.example", "null"})
        EXPECT_EQ(statusOf(refuseForeignSite(request({{"Origin", near}}), ours)), 403) << near;
}

TEST(SiteGuard, OnlyAnExactOriginCanBeAllowed) {
    EXPECT_TRUE(allowed({"HTTPS://App.Example"}).contains("https://app.example"));
    for (const char* good : {"http://[::1]:3000", "tauri://localhost", "chrome-extension://abc"})
        EXPECT_TRUE(allowed({good}).contains(good)) << good;
    for (const char* bad :
         {"*", "null", "", "https://", "app.example", "https://app.example/", "https://*.example",
          "https://app.example/path", "https://app.example:443", "http://app.example:80",
          "https://app.example:", "https://a@app.example", "https://app.example?x", "://a"})
        EXPECT_THROW(allowed({bad}), ConfigError) << bad;
}

TEST(SiteGuard, ABodyMustSayThatItIsJson) {
    const auto status = [](std::vector<Field> fields, BodyKind kind = BodyKind::kJson) {
        fields.push_back({"Content-Length", "2"});
        return statusOf(refuseUndeclaredBody(request(fields), kind));
    };
    for (const char* json : {"application/json", "Application/JSON; charset=utf-8",
                             "application/json ;charset=utf-8", "application/ld+json"}) {
        EXPECT_EQ(status({{"Content-Type", json}}), 0) << json;
        EXPECT_EQ(status({{"Content-Type", json}}, BodyKind::kDeclared), 0) << json;
    }
    for (const char* simple : {"text/plain", "TEXT/PLAIN;charset=UTF-8", "",
                               "application/x-www-form-urlencoded", "json", ";"}) {
        EXPECT_EQ(status({{"Content-Type", simple}}), 415) << simple;
        EXPECT_EQ(status({{"Content-Type", simple}}, BodyKind::kDeclared), 415) << simple;
    }
    for (const char* other : {"multipart/form-data; boundary=x", "application/octet-stream"}) {
        EXPECT_EQ(status({{"Content-Type", other}}), 415) << other;
        EXPECT_EQ(status({{"Content-Type", other}}, BodyKind::kDeclared), 0) << other;
    }
    EXPECT_EQ(status({}), 415);
    EXPECT_EQ(status({{"Content-Type", "application/json"}, {"Content-Type", "text/plain"}}), 415);
    EXPECT_EQ(statusOf(refuseUndeclaredBody(request({{"Transfer-Encoding", "chunked"}}),
                                            BodyKind::kJson)),
              415);
    EXPECT_EQ(statusOf(refuseUndeclaredBody(request({}), BodyKind::kJson)), 0);
    EXPECT_EQ(
        statusOf(refuseUndeclaredBody(
            request({{"Content-Length", "0"}, {"Content-Type", "text/plain"}}), BodyKind::kJson)),
        0);
}

TEST(SiteGuard, APreflightOfAnAllowedOriginIsAnsweredAndNoOther) {
    const AllowedOrigins ours = allowed({"https://app.example"});
    HttpRequest ask = request({{"Origin", "https://app.example"},
                               {"Access-Control-Request-Method", "POST"},
                               {"Access-Control-Request-Headers", "x-stainless-os"}});
    ask.method = "OPTIONS";
    const auto answer = answerAllowedOrigin(ask, ours);
    ASSERT_EQ(statusOf(answer), 204);
    EXPECT_EQ(ask.answer_headers.value("access-control-allow-origin"), "https://app.example");
    EXPECT_EQ(ask.answer_headers.value("vary"), "Origin");
    EXPECT_NE(answer->headers.value("access-control-allow-methods").find("POST"),
              std::string::npos);
    const std::string_view headers = answer->headers.value("access-control-allow-headers");
    for (const char* name : {"authorization", "content-type", "x-api-key", "anthropic-version",
                             "idempotency-key", "x-stainless-os"})
        EXPECT_NE(headers.find(name), std::string::npos) << name;
    EXPECT_NE(answer->headers.value("access-control-max-age"), "");
    EXPECT_EQ(answer->headers.find("access-control-allow-private-network"), nullptr);

    HttpRequest other =
        request({{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "POST"}});
    other.method = "OPTIONS";
    EXPECT_EQ(statusOf(answerAllowedOrigin(other, ours)), 0);
    EXPECT_EQ(other.answer_headers.find("access-control-allow-origin"), nullptr);
    EXPECT_EQ(other.answer_headers.value("vary"), "Origin");
}

TEST(SiteGuard, EveryAnswerToAnAllowedOriginCanBeRead) {
    HttpRequest page = request({{"Origin", "https://app.example"}});
    EXPECT_EQ(statusOf(answerAllowedOrigin(page, allowed({"https://app.example"}))), 0);
    EXPECT_EQ(page.answer_headers.value("access-control-allow-origin"), "https://app.example");
    EXPECT_NE(page.answer_headers.value("access-control-expose-headers").find("x-request-id"),
              std::string::npos);
    HttpRequest program = request({});
    EXPECT_EQ(statusOf(answerAllowedOrigin(program, {})), 0);
    EXPECT_EQ(program.answer_headers.size(), 0U);
}

}  // namespace
}  // namespace waybill::server
