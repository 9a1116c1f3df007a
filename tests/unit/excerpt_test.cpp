// Does a message show little of what strangers wrote, and nothing that harms?
#include "waybill/excerpt.h"

#include <gtest/gtest.h>

#include "http/without_folders.h"
#include "waybill/utf8.h"

namespace waybill::test {
namespace {

TEST(Excerpt, WhatIsShortIsShownAsItIs) {
    EXPECT_EQ(excerpt(""), "");
    EXPECT_EQ(excerpt("Zoë \"/v1/x\""), "Zoë \"/v1/x\"");
    EXPECT_EQ(excerpt(std::string(kMaxExcerpt, 'a')), std::string(kMaxExcerpt, 'a'));
}

TEST(Excerpt, WhatIsLongIsCutBetweenCharactersAndItsLengthIsTold) {
    EXPECT_EQ(excerpt(std::string(201, 'a')), std::string(200, 'a') + "… (201 bytes)");
    std::string umlauts = "a";
    for (int i = 0; i < 1'000'000; ++i)
        umlauts += "ö";
    const std::string shown = excerpt(umlauts);
    EXPECT_TRUE(isUtf8(shown));
    EXPECT_LT(shown.size(), 230u);
    EXPECT_NE(shown.find("ö… (2000001 bytes)"), std::string::npos) << shown;
    EXPECT_EQ(excerpt("abcdef", 3), "abc… (6 bytes)");
}

TEST(Excerpt, NoControlCharacterAndNothingThatIsNotUtf8Comes) {
    EXPECT_EQ(excerpt(std::string("a\0b\r\n\x1b[31m\x7f", 11)), "a?b???[31m?");
    EXPECT_EQ(excerpt("\xff"), "\xEF\xBF\xBD");
}

TEST(WithoutFolders, AnAbsolutePathBecomesTheNameOfItsFile) {
    using server::withoutFolders;
    EXPECT_EQ(withoutFolders("/srv/wb/waybill.db: disk full"), "waybill.db: disk full");
    EXPECT_EQ(withoutFolders("move \"/srv/a b/x\", (/tmp/y) away"), "move \"a b/x\", (y) away");
    EXPECT_EQ(withoutFolders("ask http://h/x or ./data/x, 1/2"), "ask http://h/x or ./data/x, 1/2");
    EXPECT_EQ(withoutFolders(""), "");
}

}  // namespace
}  // namespace waybill::test
