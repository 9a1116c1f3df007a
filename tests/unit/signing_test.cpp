// Do the signatures verify as the Standard Webhooks specification says?
#include "waybill/signing.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <memory>

#include "waybill/errors.h"

namespace waybill::test {
namespace {

// The specification's own example.
constexpr auto kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr auto kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t kTime = 1614265330;
constexpr auto kBody = R"({"test": 2432232314})";
constexpr auto kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

std::string base64(std::string_view bytes) {
    std::string text(bytes.size() * 2 + 8, '\0');
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))));
    return text;
}

/// Whether `signature` is `key`'s over `message` (RFC 8032), according to OpenSSL.
bool ed25519Verifies(const std::string& seed, const std::string& signature_base64,
                     const std::string& message) {
    std::string signature(66, '\0');
    EVP_DecodeBlock(reinterpret_cast<unsigned char*>(signature.data()),
                    reinterpret_cast<const unsigned char*>(signature_base64.data()),
                    static_cast<int>(signature_base64.size()));
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                     reinterpret_cast<const unsigned char*>(seed.data()), 32),
        EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get());
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            64, reinterpret_cast<const unsigned char*>(message.data()),
                            message.size()) == 1;
}

TEST(Signing, TheExampleOfTheSpecificationHolds) {
    EXPECT_EQ(SigningKey::parse(kSecret).sign(kId, kTime, kBody), kSignature);
}

TEST(Signing, IdTimeAndBodyAreAllSigned) {
    const SigningKey key = SigningKey::parse(kSecret);
    EXPECT_NE(key.sign("msg_other", kTime, kBody), kSignature);
    EXPECT_NE(key.sign(kId, kTime + 1, kBody), kSignature);
    EXPECT_NE(key.sign(kId, kTime, "{}"), kSignature);
    EXPECT_TRUE(key.sign(kId, kTime, "").starts_with("v1,"));
}

TEST(Signing, AnEd25519SignatureVerifies) {
    const std::string seed = "0123456789abcdef0123456789abcdef";
    const std::string message = std::string(kId) + ".1614265330." + kBody;
    // A 64-byte key is the seed and the public key, as libsodium writes it.
    for (const std::string& secret : {seed, seed + std::string(32, 'p')}) {
        const std::string signature =
            SigningKey::parse("whsk_" + base64(secret)).sign(kId, kTime, kBody);
        ASSERT_TRUE(signature.starts_with("v1a,"));
        EXPECT_TRUE(ed25519Verifies(seed, signature.substr(4), message));
        EXPECT_FALSE(ed25519Verifies(seed, signature.substr(4), message + " "));
        EXPECT_FALSE(ed25519Verifies(std::string(32, 'x'), signature.substr(4), message));
    }
}

TEST(Signing, EveryKeySigns) {
    const SigningKey old_key = SigningKey::parse(kSecret);
    const SigningKey new_key = SigningKey::parse("whsec_" + base64("another secret of 25 bytes"));
    const SigningKey ed_key = SigningKey::parse("whsk_" + base64(std::string(32, 's')));
    EXPECT_EQ(signatureHeader({}, kId, kTime, kBody), "");
    EXPECT_EQ(signatureHeader({old_key}, kId, kTime, kBody), kSignature);
    EXPECT_EQ(
        signatureHeader({new_key, old_key, ed_key}, kId, kTime, kBody),
        new_key.sign(kId, kTime, kBody) + ' ' + kSignature + ' ' + ed_key.sign(kId, kTime, kBody));
}

TEST(Signing, ATokensOwnBytesAreItsKey) {
    const std::string message = std::string(kId) + ".1614265330." + kBody;
    const auto raw = [&](const std::string& bytes) {
        std::array<unsigned char, 32> mac{};
        HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(),
             nullptr);
        return "v1," + base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
    };
    for (const std::string token : {"s3cret", "whsec", "whsec_", "whsec_not base64!", "whsec_AAA=A",
                                    "whsec_A", "whsec_AAAA-", "whsk_AAAA", "WHSEC_AAAA"}) {
        EXPECT_EQ(SigningKey::fromToken(token).sign(kId, kTime, kBody), raw(token)) << token;
    }
}

TEST(Signing, ATokenThatIsASigningSecretIsTakenForOne) {
    EXPECT_EQ(SigningKey::fromToken(kSecret).sign(kId, kTime, kBody), kSignature);
}

TEST(Signing, PaddingMayBeLeftOut) {
    for (const std::size_t bytes : {25u, 26u}) {
        const std::string padded = "whsec_" + base64(std::string(bytes, 's'));
        ASSERT_TRUE(padded.ends_with('='));
        const std::string bare = padded.substr(0, padded.find('='));
        EXPECT_EQ(SigningKey::parse(bare).sign(kId, kTime, kBody),
                  SigningKey::parse(padded).sign(kId, kTime, kBody));
    }
}

TEST(Signing, ASecretHasTheStandardsLength) {
    for (const std::size_t bytes : {24u, 64u})
        EXPECT_NO_THROW(SigningKey::parse("whsec_" + base64(std::string(bytes, 's')))) << bytes;
    for (const std::size_t bytes : {1u, 23u, 65u})
        EXPECT_THROW(SigningKey::parse("whsec_" + base64(std::string(bytes, 's'))), ConfigError)
            << bytes;
}

TEST(Signing, ABadSecretIsRefusedAndNotRepeated) {
    for (const std::string& secret :
         {std::string(), std::string("hunter2"), std::string("whsec_"),
          std::string("whsec_hunter2!"), std::string("whsec_hunte"), std::string("whsec_hunter2=="),
          std::string("whsec_hunt hunt"), std::string("whsec_hunt\n"),
          std::string("whsec_hu=="
                      "nter"),
          std::string("whsec_hunter-_"), std::string("whsk_"), std::string("whsk_hunter22"),
          "whsk_" + base64(std::string(31, 'h')), "whsk_" + base64(std::string(33, 'h')),
          std::string("Whsec_hunter22")}) {
        try {
            SigningKey::parse(secret);
            ADD_FAILURE() << secret << " was taken";
        } catch (const ConfigError& error) {
            const std::string text = error.displayText();
            EXPECT_EQ(text.find("hunt"), std::string::npos) << text;
            EXPECT_EQ(text.find("aGho"), std::string::npos) << text;
        }
    }
}

TEST(Signing, CopiesOutliveTheOriginal) {
    auto original = std::make_unique<SigningKey>(SigningKey::parse(kSecret));
    const SigningKey copy = *original;
    original.reset();
    EXPECT_EQ(copy.sign(kId, kTime, kBody), kSignature);
}

}  // namespace
}  // namespace waybill::test
