// Does a sealed secret stay closed for everybody else, and unchanged for us?
#include "waybill/secret_box.h"

#include <gtest/gtest.h>

#include "waybill/errors.h"
#include "waybill/secret_text.h"

namespace waybill::test {
namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";

SecretBox boxWith(const std::string& key) {
    return SecretBox(key, systemEntropy());
}

TEST(SecretBox, WhatWasSealedOpensAgain) {
    const SecretBox box = boxWith(kKey);
    for (const std::string& secret : {std::string("s3cret"), std::string(),
                                      std::string("\0\xFF\0", 3), std::string(10'000, 'x')}) {
        for (const std::string_view context : {"row 7", ""})
            EXPECT_EQ(box.open(box.seal(secret, context), context), secret);
    }
    EXPECT_EQ(box.open(box.seal("s3cret", {}), {}), "s3cret");
}

TEST(SecretBox, OpensInAnotherProcessWithTheSameKey) {
    EXPECT_EQ(boxWith(kKey).open(boxWith(kKey).seal("s3cret", "row 7"), "row 7"), "s3cret");
}

TEST(SecretBox, TheSecretDoesNotShowAndItsSealNeverRepeats) {
    const SecretBox box = boxWith(kKey);
    const std::string once = box.seal("s3cret-s3cret-s3cret", "row 7");
    const std::string twice = box.seal("s3cret-s3cret-s3cret", "row 7");
    EXPECT_NE(once, twice);
    EXPECT_EQ(once.find("s3cret"), std::string::npos);
    EXPECT_EQ(once.size(), 1 + 12 + 20 + 16u) << "version, nonce, ciphertext, tag";
    EXPECT_EQ(once.front(), 1);
}

TEST(SecretBox, AnotherKeyOrContextDoesNotOpenIt) {
    const SecretBox box = boxWith(kKey);
    const std::string sealed = box.seal("s3cret", "row 7");
    EXPECT_EQ(box.open(sealed, "row 8"), std::nullopt);
    EXPECT_EQ(box.open(sealed, ""), std::nullopt);
    std::string other_key = kKey;
    other_key.back() ^= 1;
    EXPECT_EQ(boxWith(other_key).open(sealed, "row 7"), std::nullopt);
}

TEST(SecretBox, AnyChangedByteIsNoticed) {
    const SecretBox box = boxWith(kKey);
    const std::string sealed = box.seal("s3cret", "row 7");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] ^= 1;
        EXPECT_EQ(box.open(changed, "row 7"), std::nullopt) << "byte " << i;
    }
    for (std::size_t length = 0; length < sealed.size(); ++length)
        EXPECT_EQ(box.open(sealed.substr(0, length), "row 7"), std::nullopt) << length;
    EXPECT_EQ(box.open(sealed + '\0', "row 7"), std::nullopt);
}

TEST(SecretText, LeavesNothingWhereItWas) {
    std::string text(100, 's');
    const char* const place = text.data();
    text.resize(50);
    wipe(text);
    EXPECT_TRUE(text.empty());
    EXPECT_EQ(std::string(place, 100), std::string(100, '\0'));

    SecretText secret(std::string("short"));
    const SecretText moved = std::move(secret);
    EXPECT_EQ(moved.view(), "short");
    EXPECT_EQ(secret.view(), "");  // NOLINT(bugprone-use-after-move): that is the question
}

TEST(SecretBox, AKeyHasThirtyTwoBytesAndIsNotRepeatedInTheComplaint) {
    for (const std::size_t length : {0u, 16u, 31u, 33u, 64u}) {
        try {
            boxWith(std::string(length, 'k'));
            ADD_FAILURE() << length << " bytes were taken";
        } catch (const ConfigError& error) {
            EXPECT_EQ(error.displayText().find("kk"), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace waybill::test
