// Is the request exactly what receivers were promised?
#include "engine/callback_request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "waybill/version.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;
using Headers = std::map<std::string, std::string>;

constexpr std::int64_t kTime = 1'795'000'000;

Delivery attempting() {
    Delivery delivery;
    delivery.id = "dlv_1";
    delivery.content_type = "application/json";
    delivery.attempts = 3;
    return delivery;
}

AttemptRequest request(const Delivery& delivery, const std::string& token,
                       const std::vector<SigningKey>& keys = {}) {
    return callbackRequest(delivery, {"https://example.com/hook?key=1", token}, makeBytes("{}"),
                           keys, kTime, 30s);
}

/// Fails the test when a header comes twice.
Headers headersOf(const AttemptRequest& request) {
    Headers headers;
    for (const auto& [name, value] : request.headers)
        EXPECT_TRUE(headers.emplace(name, value).second) << name;
    return headers;
}

TEST(CallbackRequest, WithoutATokenOrKeyItHasTheseHeadersAndNoOther) {
    EXPECT_EQ(headersOf(request(attempting(), "")),
              (Headers{{"Content-Type", "application/json"},
                       {"User-Agent", std::string("Waybill/") + version()},
                       {"webhook-id", "dlv_1"},
                       {"webhook-timestamp", "1795000000"},
                       {"waybill-hops", "1"},
                       {"waybill-attempt", "3"}}));
}

TEST(CallbackRequest, ATokenAuthorizesAndSigns) {
    const Headers headers = headersOf(request(attempting(), "s3cret"));
    EXPECT_EQ(headers.size(), 8u);
    EXPECT_EQ(headers.at("Authorization"), "Bearer s3cret");
    EXPECT_EQ(headers.at("webhook-signature"),
              SigningKey::fromToken("s3cret").sign("dlv_1", kTime, "{}"));
}

TEST(CallbackRequest, EveryKeySignsAndTheTokenToo) {
    const SigningKey one = SigningKey::fromToken("one");
    const SigningKey two = SigningKey::fromToken("two");
    const std::string by_keys = signatureHeader({one, two}, "dlv_1", kTime, "{}");
    EXPECT_EQ(headersOf(request(attempting(), "", {one, two})).at("webhook-signature"), by_keys);
    const Headers headers = headersOf(request(attempting(), "s3cret", {one, two}));
    EXPECT_EQ(headers.at("webhook-signature"),
              by_keys + ' ' + SigningKey::fromToken("s3cret").sign("dlv_1", kTime, "{}"));
}

TEST(CallbackRequest, UrlBodyTypeAndTimeoutAreTheDeliverysOwn) {
    Delivery delivery = attempting();
    delivery.content_type = "text/plain; charset=utf-8";
    const Bytes payload = makeBytes("any bytes");
    const AttemptRequest made =
        callbackRequest(delivery, {"http://example.com/", ""}, payload, {}, kTime, 7s);
    EXPECT_EQ(made.url, "http://example.com/");
    EXPECT_EQ(made.body, payload) << "not a copy";
    EXPECT_EQ(made.timeout, 7s);
    EXPECT_EQ(headersOf(made).at("Content-Type"), "text/plain; charset=utf-8");
}

TEST(CallbackRequest, AfterAStaleConnectionAFreshOneIsUsed) {
    Delivery delivery = attempting();
    EXPECT_FALSE(request(delivery, "").fresh_connection);
    delivery.stale_used_in_round = true;
    EXPECT_TRUE(request(delivery, "").fresh_connection);
}

}  // namespace
}  // namespace waybill::test
