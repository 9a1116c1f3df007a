// Does the trial receiver accept what is genuine, and nothing else?
#include "cli/callback_check.h"

#include <gtest/gtest.h>

namespace waybill::cli {
namespace {

constexpr std::int64_t kSignedAt = 1614265330;
const Timestamp kNow{std::chrono::seconds(kSignedAt + 60)};
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

SignedCallback sample(std::string_view signature) {
    return {"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", signature, R"({"test": 2432232314})"};
}

// The test vector of the Standard Webhooks specification.
constexpr std::string_view kGenuine = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

TEST(CallbackCheck, TheBearerTokenMustBeTheSharedOne) {
    const SharedSecrets secrets{"s3cret", {}};
    EXPECT_EQ(checkToken(secrets, "Bearer s3cret"), Check::kValid);
    EXPECT_EQ(checkToken(secrets, "Bearer s3crets"), Check::kWrong);
    EXPECT_EQ(checkToken(secrets, "bearer s3cret"), Check::kWrong);
    EXPECT_EQ(checkToken(secrets, ""), Check::kAbsent);
    EXPECT_EQ(checkToken({}, "Bearer x"), Check::kNotAsked);
}

TEST(CallbackCheck, AGenuineSignaturePassesAmongOthers) {
    const SharedSecrets secrets{"", {SigningKey::parse(kSecret)}};
    EXPECT_EQ(checkSignature(secrets, sample(kGenuine), kNow), Check::kValid);
    const std::string several = "v1,AAAA v1a,BBBB " + std::string(kGenuine);
    EXPECT_EQ(checkSignature(secrets, sample(several), kNow), Check::kValid);
}

TEST(CallbackCheck, AnythingChangedFails) {
    const SharedSecrets secrets{"", {SigningKey::parse(kSecret)}};
    SignedCallback body = sample(kGenuine);
    body.body = R"({"test": 2432232315})";
    EXPECT_EQ(checkSignature(secrets, body, kNow), Check::kWrong);
    SignedCallback id = sample(kGenuine);
    id.id = "msg_x";
    EXPECT_EQ(checkSignature(secrets, id, kNow), Check::kWrong);
    EXPECT_EQ(checkSignature(secrets, sample("v1,AAAA"), kNow), Check::kWrong);
    EXPECT_EQ(checkSignature(secrets, sample(""), kNow), Check::kAbsent);
    EXPECT_EQ(checkSignature({}, sample(kGenuine), kNow), Check::kNotAsked);
    const SharedSecrets other{"", {SigningKey::fromToken("another")}};
    EXPECT_EQ(checkSignature(other, sample(kGenuine), kNow), Check::kWrong);
}

TEST(CallbackCheck, AnOldOrStrangeTimeFails) {
    const SharedSecrets secrets{"", {SigningKey::parse(kSecret)}};
    EXPECT_EQ(checkSignature(secrets, sample(kGenuine), kNow + std::chrono::minutes(5)),
              Check::kWrong);
    for (const char* timestamp : {"", "x", "-1", "1614265330 ", "99999999999999999999"}) {
        SignedCallback callback = sample(kGenuine);
        callback.timestamp = timestamp;
        EXPECT_EQ(checkSignature(secrets, callback, kNow), Check::kWrong) << timestamp;
    }
}

}  // namespace
}  // namespace waybill::cli
