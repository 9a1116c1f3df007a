// Is text told from bytes, and never cut in the middle of a character?
#include "waybill/utf8.h"

#include <gtest/gtest.h>

namespace waybill::test {
namespace {

TEST(Utf8, IsToldFromOtherBytes) {
    EXPECT_TRUE(isUtf8(""));
    EXPECT_TRUE(isUtf8("plain"));
    EXPECT_TRUE(isUtf8("f\xC3\xBCr \xE2\x82\xAC \xF0\x9F\x93\xA6"));
    EXPECT_FALSE(isUtf8("f\xFCr"));
    EXPECT_FALSE(isUtf8("\xE2\x82"));
    EXPECT_FALSE(isUtf8("\xED\xA0\x80"));
}

TEST(Utf8, APrefixEndsBetweenCharacters) {
    const std::string euros = "\xE2\x82\xAC\xE2\x82\xAC";
    EXPECT_EQ(utf8Prefix(euros, 6), euros);
    EXPECT_EQ(utf8Prefix(euros, 5), "\xE2\x82\xAC");
    EXPECT_EQ(utf8Prefix(euros, 3), "\xE2\x82\xAC");
    EXPECT_EQ(utf8Prefix(euros, 2), "");
    EXPECT_EQ(utf8Prefix("plain", 3), "pla");
    EXPECT_EQ(utf8Prefix("plain", 100), "plain");
    EXPECT_EQ(utf8Prefix("", 0), "");
}

TEST(Utf8, APrefixIsUtf8WhateverItWasTakenFrom) {
    EXPECT_EQ(utf8Prefix("a\xFFz", 100), "a\xEF\xBF\xBDz");
    EXPECT_EQ(utf8Prefix("a\xFFz", 3), "a") << "a replacement takes three bytes";
    EXPECT_EQ(utf8Prefix("\xE2\x82", 100), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace waybill::test
