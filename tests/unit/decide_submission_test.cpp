// Is what is accepted complete and usable, and does a refusal name what is wrong?
#include <gtest/gtest.h>

#include "domain/decide.h"
#include "support/fold_cases.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kUrl = "https://Example.com/hook?key=in-the-query";

Submission submission() {
    return {.destination = {kUrl, "s3cret"}, .payload = makeBytes("{\"a\":1}")};
}

Result<Decided> decided(const Submission& submission, const EngineOptions& options = {}) {
    return decideSubmission(submission, options, "salt", kDecidedAt);
}

/// The input that is at fault, or "accepted".
std::string faultOf(const Submission& submission, const EngineOptions& options = {}) {
    const auto result = decided(submission, options);
    if (result) return "accepted";
    EXPECT_EQ(result.refusal().code, RefusalCode::kInvalid);
    EXPECT_FALSE(result.refusal().message.empty());
    EXPECT_EQ(result.refusal().message.find("s3cret"), std::string::npos);
    EXPECT_EQ(result.refusal().message.find("in-the-query"), std::string::npos);
    return result.refusal().param;
}

template <typename Change>
std::string faultAfter(Change change) {
    Submission changed = submission();
    change(changed);
    return faultOf(changed);
}

TEST(DecideSubmission, TheEventSaysWhatWasAcceptedAndTheBytesRideBesideIt) {
    Submission full = submission();
    full.content_type = "text/plain";
    full.subject = "order 66";
    full.client = "acme";
    full.retry_policy = RetryPolicy{1, {7s}, {410}};
    full.idempotency = IdempotencyKey{Digest{1}, Digest{2}};
    const auto result = decided(full);
    ASSERT_TRUE(result);
    const auto& event = std::get<DeliveryAccepted>(result->event);
    EXPECT_EQ(event.endpoint, "https://example.com:443");
    EXPECT_EQ(event.url_digest, saltedSha256("salt", kUrl));
    EXPECT_EQ(event.payload_digest, sha256("{\"a\":1}"));
    EXPECT_EQ(event.payload_bytes, 7u);
    EXPECT_EQ(event.content_type, "text/plain");
    EXPECT_EQ(event.client, "acme");
    EXPECT_EQ(event.subject, "order 66");
    EXPECT_EQ(event.payload_stream, "");
    EXPECT_TRUE(event.has_token);
    EXPECT_EQ(event.idempotency, full.idempotency);
    EXPECT_EQ(event.policy, *full.retry_policy);
    EXPECT_EQ(event.due_at, kDecidedAt) << "the first attempt is due at once";

    EXPECT_EQ(result->attachments.payload, full.payload) << "not a copy";
    EXPECT_EQ(result->attachments.destination, full.destination);
    EXPECT_EQ(result->attachments.salt, "salt");
}

TEST(DecideSubmission, TheEnginesPolicyHoldsForThoseWithoutTheirOwn) {
    EngineOptions options;
    options.retry_policy = {5, {1s, 2s}, {404}};
    const auto result = decided(submission(), options);
    EXPECT_EQ(std::get<DeliveryAccepted>(result->event).policy, options.retry_policy);
}

TEST(DecideSubmission, WithoutATokenThereIsNone) {
    Submission open = submission();
    open.destination.token.clear();
    EXPECT_FALSE(std::get<DeliveryAccepted>(decided(open)->event).has_token);
}

TEST(DecideSubmission, AnEmptyPayloadIsOneButNoneIsNot) {
    EXPECT_EQ(faultAfter([](auto& s) { s.payload = makeBytes(""); }), "accepted");
    EXPECT_EQ(faultAfter([](auto& s) { s.payload = nullptr; }), "payload");
}

TEST(DecideSubmission, APayloadOverTheLimitIsTooLarge) {
    EngineOptions options;
    options.max_payload_bytes = 7;
    EXPECT_TRUE(decided(submission(), options));
    options.max_payload_bytes = 6;
    const auto result = decided(submission(), options);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.refusal().code, RefusalCode::kTooLarge);
    EXPECT_EQ(result.refusal().param, "payload");
}

TEST(DecideSubmission, AUrlThatCannotBeUsedIsRefused) {
    for (const char* url :
         {"", "ftp://example.com/", "https://", "https://user:pw@example.com/",
          "http://127.0.0.1:8080/", "https://example.com/in-the-query\r\nX: 1", "example.com"}) {
        EXPECT_EQ(faultAfter([&](auto& s) { s.destination.url = url; }), "url") << url;
    }
    EngineOptions options;
    options.address_policy.allow("loopback");
    Submission local = submission();
    local.destination.url = "http://127.0.0.1:8080/";
    EXPECT_EQ(faultOf(local, options), "accepted");
}

TEST(DecideSubmission, ATokenThatCannotBeSentIsRefused) {
    for (const std::string& token :
         {std::string("s3cret with spaces"), std::string("s3cret\r\nX-Evil: 1"),
          std::string("s3cret\xC3\xBC"), std::string("\0", 1), std::string(4097, 't')}) {
        EXPECT_EQ(faultAfter([&](auto& s) { s.destination.token = token; }), "token");
    }
}

TEST(DecideSubmission, ASubjectIsShortPlainText) {
    const auto fault = [](const std::string& subject) {
        return faultAfter([&](auto& s) { s.subject = subject; });
    };
    EXPECT_EQ(fault(""), "accepted");
    EXPECT_EQ(fault("f\xC3\xBCr order 66"), "accepted");
    EXPECT_EQ(fault(std::string(256, 'x')), "accepted");
    EXPECT_EQ(fault(std::string(257, 'x')), "subject");
    EXPECT_EQ(fault("two\nlines"), "subject");
    EXPECT_EQ(fault("\x7F"), "subject");
    EXPECT_EQ(fault("f\xFCr"), "subject") << "not UTF-8: it would read back differently";
}

TEST(DecideSubmission, AContentTypeIsAMediaType) {
    const auto fault = [](const std::string& type) {
        return faultAfter([&](auto& s) { s.content_type = type; });
    };
    EXPECT_EQ(fault("application/json"), "accepted");
    EXPECT_EQ(fault("text/plain; charset=utf-8"), "accepted");
    for (const std::string& type :
         {std::string(), std::string("json"), std::string("/json"), std::string("text/"),
          std::string(" text/plain"), std::string("text/plain "), std::string("text/plain\r\nX: 1"),
          std::string("text/pl\xC3\xA4in"), "text/" + std::string(252, 'x')}) {
        EXPECT_EQ(fault(type), "content_type") << type;
    }
}

TEST(DecideSubmission, AClientHasAName) {
    const auto fault = [](const std::string& client) {
        return faultAfter([&](auto& s) { s.client = client; });
    };
    EXPECT_EQ(fault("acme"), "accepted");
    EXPECT_EQ(fault(""), "client");
    EXPECT_EQ(fault("a\tb"), "client");
    EXPECT_EQ(fault("\xFF"), "client");
    EXPECT_EQ(fault(std::string(257, 'c')), "client");
}

TEST(DecideSubmission, APolicyIsWithinItsLimits) {
    const auto fault = [](const RetryPolicy& policy) {
        return faultAfter([&](auto& s) { s.retry_policy = policy; });
    };
    EXPECT_EQ(fault({0, {0s}, {}}), "accepted");
    EXPECT_EQ(fault({100, std::vector<Duration>(100, 24h * 30), {100, 599}}), "accepted");
    EXPECT_EQ(fault({101, {1s}, {}}), "max_retries");
    EXPECT_EQ(fault({3, {}, {}}), "retry_delays");
    EXPECT_EQ(fault({3, std::vector<Duration>(101, 1s), {}}), "retry_delays");
    EXPECT_EQ(fault({3, {1s, -1us}, {}}), "retry_delays");
    EXPECT_EQ(fault({3, {24h * 30 + 1us}, {}}), "retry_delays");
    EXPECT_EQ(fault({3, {1s}, {99}}), "final_statuses");
    EXPECT_EQ(fault({3, {1s}, {600}}), "final_statuses");
    EXPECT_EQ(fault({3, {1s}, std::vector<std::uint16_t>(501, 410)}), "final_statuses");
}

// ---- callbacks

TEST(DecideCallback, CarriesTheResponsesObjectUnderItsId) {
    Response response;
    response.id = "resp_stream";
    response.client = "acme";
    EngineOptions options;
    options.retry_policy = {5, {1s}, {}};
    const ResponseCompletion completion{.id = "resp_stream",
                                        .object_id = "chatcmpl-1",
                                        .object = makeBytes("{}"),
                                        .callback = Destination{kUrl, "s3cret"}};
    const auto result =
        decideCallback(response, completion, Digest{7}, options, "salt", kDecidedAt);
    ASSERT_TRUE(result);
    const auto& event = std::get<DeliveryAccepted>(result->event);
    EXPECT_EQ(event.payload_stream, "resp_stream");
    EXPECT_EQ(event.payload_digest, Digest{7});
    EXPECT_EQ(event.payload_bytes, 2u);
    EXPECT_EQ(event.subject, "chatcmpl-1");
    EXPECT_EQ(event.client, "acme");
    EXPECT_EQ(event.content_type, "application/json");
    EXPECT_EQ(event.policy, options.retry_policy);
    EXPECT_EQ(event.due_at, kDecidedAt);
    EXPECT_TRUE(event.has_token);
    EXPECT_EQ(result->attachments.destination, completion.callback);
    EXPECT_EQ(result->attachments.payload, nullptr) << "it lies in the response's stream";
}

TEST(DecideCallback, ALongIdIsCutBetweenCharacters) {
    std::string id = std::string(255, 'x') + "\xC3\xBC";
    const ResponseCompletion completion{
        .object_id = id, .object = makeBytes("{}"), .callback = Destination{kUrl, ""}};
    const auto result = decideCallback({}, completion, {}, {}, "salt", kDecidedAt);
    EXPECT_EQ(std::get<DeliveryAccepted>(result->event).subject, std::string(255, 'x'));
}

TEST(DecideCallback, ADestinationThatCannotBeUsedIsRefused) {
    ResponseCompletion completion{.object = makeBytes("{}"),
                                  .callback = Destination{"nowhere", ""}};
    EXPECT_EQ(decideCallback({}, completion, {}, {}, "salt", kDecidedAt).refusal().param, "url");
    completion.callback = Destination{kUrl, "a b"};
    EXPECT_EQ(decideCallback({}, completion, {}, {}, "salt", kDecidedAt).refusal().param, "token");
}

}  // namespace
}  // namespace waybill::test
