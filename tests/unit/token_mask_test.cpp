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

std::string coded(const std::string& bytes, std::string_view alphabet) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        unsigned group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 |
                    (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            text += at + i > bytes.size() ? '=' : alphabet[group >> (18 - 6 * i) & 0x3F];
    }
    return text;
}

constexpr std::string_view kStd =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

TEST(TokenMask, Base64HidesNoneWhereverItBegins) {
    for (const std::string token : {"s3cret-t0ken", "s3cret-t0ken?", "s3cret-t0ken>~", "abcd"})
        for (const std::string_view alphabet : {kStd, kUrl})
            for (const std::string before : {"", "u", "u:", "u:p", "Bearer "})
                for (const std::string after : {"", "!", "!!", "!!!"}) {
                    const std::string text = coded(before + token + after, alphabet);
                    // Every character that has a bit of the token goes, and no other.
                    const std::size_t begin = before.size() * 8 / 6;
                    const std::size_t end = ((before.size() + token.size()) * 8 + 5) / 6;
                    EXPECT_EQ(masked("x " + text + " y", token),
                              "x " + text.substr(0, begin) + "****" + text.substr(end) + " y");
                    EXPECT_EQ(masked(text.substr(0, text.size() / 2), token, true).find("****") !=
                                  std::string::npos,
                              text.size() / 2 >= 4 + (before.size() * 8 + 5) / 6)
                        << text.substr(0, text.size() / 2);
                }
    EXPECT_EQ(masked(R"("Zj8\/Pz8\/Pz8\/")", "?????????"), R"("Zj8\/Pz8\/Pz8\/")");
}

TEST(TokenMask, Base64WithEscapedSlashesHidesNone) {
    const std::string token = "????????";
    std::string text = coded(token, kStd);
    ASSERT_NE(text.find('/'), std::string::npos);
    for (std::size_t at = text.find('/'); at != std::string::npos; at = text.find('/', at + 2))
        text.insert(at, "\\");
    EXPECT_EQ(masked("\"" + text + "\"", token), R"("****=")");
}

TEST(TokenMask, HexadecimalHidesNone) {
    EXPECT_EQ(masked("0x7333637265742d74 7333637265742D74.", "s3cret-t"), "0x**** ****.");
    EXPECT_EQ(masked("616263", "abc"), "616263") << "three bytes stand there by chance";
}

TEST(TokenMask, WhatMayGoOnIsHeldAndNothingElse) {
    const SecretMask mask({"s3cret/token"});
    const auto held = [&](std::string text) {
        const std::string whole = text;
        std::string out;
        mask.moveClear(text, out);
        EXPECT_EQ(out + text, whole);
        return text.size();
    };
    EXPECT_EQ(held("Bearer s3cr"), 4U);
    EXPECT_EQ(held("Bearer s3cret\\"), 7U);
    EXPECT_EQ(held("Bearer s3cret\\u00"), 10U);
    EXPECT_EQ(held("%733cret%2"), 10U);
    EXPECT_EQ(held("Bearer s3cx"), 0U);
    EXPECT_EQ(held(""), 0U);
    for (const char* end : {"you & me\n\n", "100%\n", "\\n\n", "a \\ux", "%g"})
        EXPECT_EQ(held(end), 0U) << end;
    EXPECT_EQ(held("czNjcmV0L3Rva"), 13U) << "base64";
    EXPECT_EQ(held("x 73336372"), 8U) << "hexadecimal";
    EXPECT_LE(held(std::string(100'000, '&')), 9U * 24U);
}

TEST(TokenMask, OneSecretDoesNotUncoverTheRestOfAnother) {
    const std::string key = "sk-proj-abc/def+ghi";
    for (const char* token : {"sk-proj-", "abc/def", "+ghi\"", "key:sk-proj-abc/def+gh",
                              "\"key:sk-proj-abc/def+ghi\",\"and\":\"more-than-that"}) {
        const SecretMask mask({token, key});
        for (const std::string& quoted :
             {"{\"key:" + key + "\"}", std::string(R"({"key:sk-proj-abc\/def+ghi"})"),
              std::string("{\"key:sk-proj-abc%2fdef%2Bghi\"}")}) {
            std::string whole = quoted;
            mask.apply(whole);
            EXPECT_EQ(whole.find("sk-"), std::string::npos) << whole;
            EXPECT_EQ(whole.find("ghi"), std::string::npos) << whole;
            for (std::size_t piece = 1; piece < quoted.size(); ++piece) {
                std::string held, out;
                for (std::size_t at = 0; at < quoted.size(); at += piece) {
                    held += quoted.substr(at, piece);
                    mask.moveClear(held, out);
                }
                mask.apply(held);
                EXPECT_EQ(out + held, whole) << token << ", pieces of " << piece;
            }
        }
    }
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
