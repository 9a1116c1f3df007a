// Is what a client wants delivered understood, to the byte?
#include "deliveries/delivery_request.h"

#include <gtest/gtest.h>

#include "deliveries/base64.h"

namespace waybill::server {
namespace {

Result<Submission> parse(const std::string& members) {
    return parseDeliveryRequest("{" + members + "}", RetryPolicy());
}

std::string paramAtFault(const std::string& members) {
    const auto submission = parse(members);
    EXPECT_FALSE(submission.ok()) << members;
    return submission ? "" : submission.refusal().param;
}

const std::string kUrl = R"("url":"https://example.com/h")";

TEST(DeliveryRequest, KeepsThePayloadsBytes) {
    const auto submission = parse(kUrl + R"(, "payload" :  { "b":1.0,"a" : [ ] } ,"subject":"s")");
    ASSERT_TRUE(submission.ok());
    EXPECT_EQ(*submission->payload, R"({ "b":1.0,"a" : [ ] })");
    EXPECT_EQ(submission->subject, "s");
    EXPECT_EQ(submission->content_type, "application/json");
    EXPECT_FALSE(submission->retry_policy);
    for (const char* value : {"null", "0", "\"x\"", "false"})
        EXPECT_EQ(*parse(kUrl + ",\"payload\":" + value)->payload, value);
}

TEST(DeliveryRequest, TakesBytesInBase64) {
    const auto submission =
        parse(kUrl + R"(,"payload_base64":"AP8Q","content_type":"image/png","token":"t")");
    ASSERT_TRUE(submission.ok());
    EXPECT_EQ(*submission->payload, std::string("\0\xFF\x10", 3));
    EXPECT_EQ(submission->content_type, "image/png");
    EXPECT_EQ(submission->destination.token, "t");
}

TEST(DeliveryRequest, TakesAPolicyOfItsOwn) {
    const std::string payload = kUrl + R"(,"payload":1)";
    const auto list = parse(payload + R"(,"retry_delays":["1s","2m"])");
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list->retry_policy->delays,
              (std::vector<Duration>{std::chrono::seconds(1), std::chrono::minutes(2)}));
    EXPECT_EQ(list->retry_policy->max_retries, 3U);
    EXPECT_EQ(parse(payload + R"(,"retry_delays":"1s,2m")")->retry_policy->delays.size(), 2U);
    const auto none = parse(payload + R"(,"max_retries":0)");
    EXPECT_EQ(none->retry_policy->max_retries, 0U);
    EXPECT_EQ(none->retry_policy->delays, RetryPolicy().delays);
}

TEST(DeliveryRequest, WhatAClientAsksForIsBoundedAndTheOperatorsOwnPolicyIsNot) {
    const RetryLimits limits{2, std::chrono::seconds(1)};
    const RetryPolicy own{50, {std::chrono::milliseconds(5)}, {}};
    const auto bounded = [&](const std::string& members) {
        return parseDeliveryRequest("{" + kUrl + R"(,"payload":1)" + members + "}", own, limits);
    };
    EXPECT_EQ(bounded(R"(,"max_retries":2)")->retry_policy, (RetryPolicy{2, own.delays, {}}));
    const auto refused = bounded(R"(,"max_retries":3)");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.refusal().param, "max_retries");
    EXPECT_NE(refused.refusal().message.find("from 0 to 2"), std::string::npos);
    EXPECT_EQ(bounded(R"(,"retry_delays":["0","999ms","1s","2s"])")->retry_policy,
              (RetryPolicy{50,
                           {std::chrono::seconds(1), std::chrono::seconds(1),
                            std::chrono::seconds(1), std::chrono::seconds(2)},
                           {}}));
    EXPECT_FALSE(bounded("")->retry_policy) << "the engine's own holds";
}

TEST(DeliveryRequest, NamesWhatIsWrong) {
    EXPECT_EQ(paramAtFault(R"("payload":1)"), "url");
    EXPECT_EQ(paramAtFault(kUrl), "payload");
    EXPECT_EQ(paramAtFault(R"("url":5,"payload":1)"), "url");
    EXPECT_EQ(paramAtFault(kUrl + R"(,"payload":1,"payload_base64":"AA==")"), "payload");
    EXPECT_EQ(paramAtFault(kUrl + R"(,"payload_base64":"A")"), "payload_base64");
    EXPECT_EQ(paramAtFault(kUrl + R"(,"payload":1,"token":7)"), "token");
    for (const char* value : {"-1", "1.5", "\"3\"", "true", "99999999999"})
        EXPECT_EQ(paramAtFault(kUrl + R"(,"payload":1,"max_retries":)" + value), "max_retries");
    for (const char* value :
         {"[]", "\"\"", "[5]", "[\"5\"]", "5", "[\"1s\",\"x\"]", "\"1s,\"", "{}"})
        EXPECT_EQ(paramAtFault(kUrl + R"(,"payload":1,"retry_delays":)" + value), "retry_delays")
            << value;
    EXPECT_EQ(paramAtFault(kUrl + R"(,"paylod":1)"), "paylod");
    EXPECT_NE(parse(kUrl + R"(,"paylod":1)").refusal().message.find("payload"), std::string::npos);
    for (const char* body : {"[1]", " 7", "null"})
        EXPECT_EQ(parseDeliveryRequest(body, RetryPolicy()).refusal().message,
                  "The body must be a JSON object.");
    EXPECT_FALSE(parseDeliveryRequest("{", RetryPolicy()).ok());
}

TEST(Idempotency, TellsClientsRoutesKeysAndBodiesApart) {
    const auto key = [](auto... parts) { return idempotencyOf(parts...)->key; };
    const auto one = key("/r", "c", "k", "b");
    EXPECT_EQ(one, key("/r", "c", "k", "other body"));
    EXPECT_NE(one, key("/r", "d", "k", "b"));
    EXPECT_NE(one, key("/s", "c", "k", "b"));
    EXPECT_NE(one, key("/r", "c", "kk", "b"));
    EXPECT_NE(idempotencyOf("/r", "c", "k", "b")->body, idempotencyOf("/r", "c", "k", "B")->body);
}

TEST(Idempotency, RefusesKeysThatCannotBeMeant) {
    for (const std::string& key :
         {std::string(), std::string("a b"), std::string("\x01"), std::string(256, 'x')})
        EXPECT_EQ(idempotencyOf("/r", "c", key, "b").refusal().param, "Idempotency-Key");
    EXPECT_TRUE(idempotencyOf("/r", "c", std::string(255, 'x'), "b").ok());
}

TEST(Base64, IsStrict) {
    EXPECT_EQ(decodeBase64(""), "");
    EXPECT_EQ(decodeBase64("Zg=="), "f");
    EXPECT_EQ(decodeBase64("Zm8="), "fo");
    EXPECT_EQ(decodeBase64("Zm9v"), "foo");
    EXPECT_EQ(decodeBase64("+/+/"), "\xFB\xFF\xBF");
    for (const char* text : {"Zg", "Zg=", "Zh==", "Zm9=", "====", "A===", "Zm 9v", "Zm9v\n", "-_-_",
                             "=Zm9", "Zg==Zg=="})
        EXPECT_FALSE(decodeBase64(text)) << text;
}

}  // namespace
}  // namespace waybill::server
