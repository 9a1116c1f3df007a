// Does each header field reach those it concerns, and nobody else?
#include "llm/passed_headers.h"

#include <gtest/gtest.h>

#include <vector>

namespace waybill::server {
namespace {

HttpHeaders fields(const std::vector<std::string>& names) {
    HttpHeaders headers;
    for (const std::string& name : names)
        headers.add(name, "v");
    return headers;
}

std::vector<HttpHeaders::Field> all(const HttpHeaders& headers) {
    return {headers.begin(), headers.end()};
}

TEST(PassedHeaders, LeaveOutWhatIsNotTheBackendsAffair) {
    for (const char* name : {"Host",
                             "Content-Length",
                             "Connection",
                             "Keep-Alive",
                             "TE",
                             "Trailer",
                             "Transfer-Encoding",
                             "Upgrade",
                             "Proxy-Connection",
                             "Proxy-Authorization",
                             "Expect",
                             "Cookie",
                             "Accept-Encoding",
                             "Content-Type",
                             "Content-Encoding",
                             "Authorization",
                             "x-api-key",
                             "api-key",
                             "x-goog-api-key",
                             "Forwarded",
                             "X-Forwarded-For",
                             "Origin",
                             "Referer",
                             "Sec-Fetch-Site",
                             "Access-Control-Request-Method",
                             "X-Forwarded-Host",
                             "X-Forwarded-Proto",
                             "X-Forwarded-Anything",
                             "X-Original-Forwarded-For",
                             "X-Real-IP",
                             "X-Client-IP",
                             "X-Cluster-Client-IP",
                             "True-Client-IP",
                             "CF-Connecting-IP",
                             "Fastly-Client-IP",
                             "Via",
                             "CDN-Loop",
                             "X_Forwarded_For",
                             "x_real_ip",
                             "X-HTTP-Method-Override",
                             "X-Original-URL",
                             "X-Rewrite-URL"})
        EXPECT_EQ(headersForBackend(fields({name})).size(), 0U) << name;
    HttpHeaders hop = fields({"X-Hop", "X-Stays"});
    hop.add("Connection", "close, x-hop");
    EXPECT_EQ(all(headersForBackend(hop)), all(fields({"X-Stays"})));
}

TEST(PassedHeaders, KeepBytesOrderAndRepetition) {
    HttpHeaders client;
    client.add("X-Title", "Caf\xC3\xA9");
    client.add("anthropic-beta", "a");
    client.add("X-Tab", "a\tb");
    client.add("X-Empty", "");
    client.add("anthropic-beta", "b");
    client.add("X-Latin", "\xE9\xFF");
    EXPECT_EQ(all(headersForBackend(client)), all(client));
}

TEST(PassedHeaders, AKeyIsWhatSomeBackendTakesForOne) {
    EXPECT_EQ(credentialOf(fields({"authorization", "X-API-Key", "api-key", "x-goog-api-key",
                                   "OpenAI-Project"}))
                  .size(),
              4U);
}

TEST(PassedHeaders, AKeyIsWhateverLooksLikeOneByItsName) {
    for (const char* name : {"X-My-Token", "X-Client-Secret", "X-Custom-Auth",
                             "X-Amz-Security-Token", "x_api_key", "Ocp-Apim-Subscription-Key",
                             "X-Password", "AWS-Credential", "X-Authorization", "X-Author-Token"}) {
        EXPECT_EQ(credentialOf(fields({name})).size(), 1U) << name;
        EXPECT_EQ(headersForBackend(fields({name})).size(), 0U) << name;
    }
    for (const char* name : {"Idempotency-Key", "X-Author", "Accept", "X-Title", "OpenAI-Project"})
        EXPECT_EQ(headersForBackend(fields({name})).size(), 1U) << name;
    for (const char* name : {"X-Forwarded-Access-Token", "Proxy-Authorization"})
        EXPECT_EQ(credentialOf(fields({name})).size(), 0U) << name;
}

TEST(PassedHeaders, BesideTheOperatorsKeyOnlyKnownOnesGo) {
    const HttpHeaders needed =
        fields({"accept", "User-Agent", "X-Stainless-Retry-Count", "anthropic-version",
                "Anthropic-Beta", "openai-beta", "Idempotency-Key", "traceparent", "tracestate",
                "X-Client-Request-Id", "Content-Type", "Content-Encoding", "Accept-Encoding"});
    EXPECT_EQ(all(headersBesideOperatorsKey(needed)), all(needed));
    for (const char* name :
         {"OpenAI-Organization", "OpenAI-Project", "anthropic-workspace-id", "X-Goog-User-Project",
          "X-Original-URL", "X-Real-IP", "X-Request-Id", "X-Stainles", "Accept-Charset", "X-Any",
          "Cookie", "Host", "Authorization", "anthropic_version", "X-Title", "Range"})
        EXPECT_EQ(headersBesideOperatorsKey(fields({name})).size(), 0U) << name;
}

TEST(PassedHeaders, TwoClientsNeverSendTheSameIdempotencyKey) {
    const auto sent = [](const std::string& client, const std::string& key) {
        HttpHeaders headers;
        headers.add("X-Other", "o");
        headers.add("idempotency-KEY", key);
        const HttpHeaders own = withOwnIdempotencyKey(headers, client);
        EXPECT_EQ(own.value("x-other"), "o");
        return std::string(own.value("Idempotency-Key"));
    };
    EXPECT_EQ(sent("alice", "k"), sent("alice", "k"));
    EXPECT_NE(sent("alice", "k"), sent("bob", "k"));
    EXPECT_NE(sent("alice", "k"), sent("alice", "k2"));
    EXPECT_EQ(sent("alice", "k").find('k'), std::string::npos);
}

TEST(PassedHeaders, OfACreateCallTheClientGetsLimitsAndWhenToComeBack) {
    EXPECT_EQ(headersForClient(
                  fields({"Retry-After", "X-RateLimit-Limit-Requests", "anthropic-ratelimit-x",
                          "Set-Cookie", "Server", "x-request-id", "Transfer-Encoding"}))
                  .size(),
              3U);
}

TEST(PassedHeaders, OfAPassedCallTheClientGetsAllButConnectionOriginAndCookies) {
    const HttpHeaders passed =
        fields({"Content-Encoding", "Content-Disposition", "ETag", "Cache-Control", "Location",
                "Content-Range", "Content-Length", "Link", "openai-processing-ms", "Retry-After"});
    EXPECT_EQ(all(allHeadersForClient(passed)), all(passed));
    for (const char* name : {"Connection", "Keep-Alive", "Transfer-Encoding", "Set-Cookie",
                             "Alt-Svc", "Strict-Transport-Security", "Date", "x-request-id",
                             "Access-Control-Allow-Origin", "Via"})
        EXPECT_EQ(allHeadersForClient(fields({name})).size(), 0U) << name;
}

TEST(PassedHeaders, SurviveBeingStoredWhateverTheBytes) {
    HttpHeaders headers;
    headers.add("a", "x\"y\\");
    headers.add("b", "");
    headers.add("c", "a\tb");
    headers.add("c", "caf\xC3\xA9 \xE2\x82\xAC");
    std::string every;
    for (int byte = 0x80; byte <= 0xFF; ++byte)
        every.push_back(static_cast<char>(byte));
    headers.add("d", every);
    EXPECT_EQ(all(headersFromJson(toJson(headers))), all(headers));
    EXPECT_EQ(toJson(HttpHeaders()), "{}");
    EXPECT_EQ(headersFromJson("not json").size(), 0U);
}

}  // namespace
}  // namespace waybill::server
