// Does a token that the receiver echoes stay off the record?
#include "waybill/token_mask.h"

#include <gtest/gtest.h>

namespace waybill::test {
namespace {

std::string masked(std::string text, const std::string& token, bool cut_off = false) {
    maskToken(text, token, cut_off);
    return text;
}

TEST(TokenMask, EveryOccurrenceIsReplaced) {
    EXPECT_EQ(masked("s3cret", "s3cret"), "****");
    EXPECT_EQ(masked("a s3cret, s3crets3cret!", "s3cret"), "a ****, ********!");
    EXPECT_EQ(masked("nothing here", "s3cret"), "nothing here");
    EXPECT_EQ(masked("", "s3cret"), "");
    EXPECT_EQ(masked("no token", ""), "no token");
}

TEST(TokenMask, ATokenThatLooksLikeTheMaskIsNoTrap) {
    EXPECT_EQ(masked("a*b", "*"), "a****b");
    EXPECT_EQ(masked("********", "****"), "********");
    EXPECT_EQ(masked("aXa", "X"), "a****a");
}

TEST(TokenMask, JsonMayPutBackslashesIntoIt) {
    EXPECT_EQ(masked(R"({"authorization":"Bearer ab\/cd=="})", "ab/cd=="),
              R"({"authorization":"Bearer ****"})");
    EXPECT_EQ(masked(R"("Bearer ab/cd==")", "ab/cd=="), R"("Bearer ****")");
    EXPECT_EQ(masked(R"("a\"b\\c" and a"b\c)", R"(a"b\c)"), R"("****" and ****)");
    EXPECT_EQ(masked(R"("a\"b\/c")", R"(a"b/c)"), R"("****")");
}

TEST(TokenMask, JsonMayWriteAnyCharacterByItsNumber) {
    EXPECT_EQ(masked(R"({"token":"ab\u002Bcd\u003d","next":1})", "ab+cd="),
              R"({"token":"****","next":1})");
    EXPECT_EQ(masked(R"("\u0061\u0062 \u0061b")", "ab"), R"("**** ****")");
    EXPECT_EQ(masked(R"("\u0161b \u00e4b \u00zzb \u")", "ab"), R"("\u0161b \u00e4b \u00zzb \u")");
}

TEST(TokenMask, UrlsAndHtmlHaveTheirOwnWays) {
    EXPECT_EQ(masked("?token=ab%2Bcd%2f%3D&x=%20", "ab+cd/="), "?token=****&x=%20");
    EXPECT_EQ(masked("<b>a&lt;b&amp;c&#39;d&#x2B;e</b> &amp; so on", "a<b&c'd+e"),
              "<b>****</b> &amp; so on");
    EXPECT_EQ(masked("100% & more &no; &#1234567890;", "more or less"),
              "100% & more &no; &#1234567890;");
}

TEST(TokenMask, APieceThatEndsWithinAnEscapeIsReplacedToo) {
    EXPECT_EQ(masked(R"(token: abcd\u002)", "abcd+efgh", true), "token: ****");
    EXPECT_EQ(masked("token: abcd%2", "abcd+efgh", true), "token: ****");
    EXPECT_EQ(masked("token: abcd&am", "abcd&efgh", true), "token: ****");
    EXPECT_EQ(masked(R"(token: abcd\u002)", "abcd+efgh", false), R"(token: abcd\u002)");
    EXPECT_EQ(masked(R"(a\u002befgh and \)", "a+efgh", false), R"(**** and \)");
}

TEST(TokenMask, APieceAtACutOffEndIsReplacedToo) {
    EXPECT_EQ(masked("Bearer s3cret-tok", "s3cret-token", true), "Bearer ****");
    EXPECT_EQ(masked("Bearer s3cr", "s3cret-token", true), "Bearer ****");
    EXPECT_EQ(masked("Bearer s3c", "s3cret-token", true), "Bearer s3c") << "says too little";
    EXPECT_EQ(masked("Bearer s3cret-tok", "s3cret-token", false), "Bearer s3cret-tok");
    EXPECT_EQ(masked("s3cret-token and s3cret-", "s3cret-token", true), "**** and ****");
    EXPECT_EQ(masked("tok", "token", true), "tok");
    EXPECT_EQ(masked("abab", "ababc", true), "****");
}

TEST(TokenMask, ReceiverAndClientCannotMakeItSlow) {
    // Quadratic work on these would take minutes, not milliseconds.
    const std::string text(1024 * 1024, 'a');
    EXPECT_EQ(masked(text, "a").size(), 4 * text.size());
    EXPECT_EQ(masked(text, std::string(4095, 'a') + "b").size(), text.size());
    for (const char escape : {'\\', '%', '&'}) {
        const std::string escapes(1024 * 1024, escape);
        EXPECT_EQ(masked(escapes, "token", true), escapes);
    }
}

}  // namespace
}  // namespace waybill::test
