// Is the JSON checker exactly as strict as it says?
#include "waybill/json_check.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace waybill::server {
namespace {

bool accepts(std::string_view text) {
    return !checkJson(text).has_value();
}

TEST(JsonCheck, AcceptsWhatRfc8259Allows) {
    for (const char* text :
         {"null", " true ", "false", "0", "-0", "-1.5e+10", "1E9", "\"\"", "[]", "{}",
          "[1, [2], {\"a\": 3}]", "{\"a\":1,\"b\":{\"a\":2}}", "\"\\u0000\\ud83d\\ude00\\/\"",
          "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"", "\t\r\n[ ]\n"})
        EXPECT_TRUE(accepts(text)) << text;
}

TEST(JsonCheck, RefusesEverythingElse) {
    for (const char* text : {"",
                             " ",
                             "nul",
                             "True",
                             "01",
                             "1.",
                             ".5",
                             "1e",
                             "+1",
                             "-",
                             "\"",
                             "\"\\x\"",
                             "\"\\u12\"",
                             "\"\\ud800\"",
                             "\"\\ude00\"",
                             "\"\\ud800\\u0041\"",
                             "\"\n\"",
                             "\"\x01\"",
                             "[1,]",
                             "[1 2]",
                             "[",
                             "]",
                             "{",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\":1,}",
                             "{a:1}",
                             "{'a':1}",
                             "{} {}",
                             "1 2",
                             "// comment\n1",
                             "NaN",
                             "Infinity",
                             "\xEF\xBB\xBF{}"})
        EXPECT_FALSE(accepts(text)) << text;
}

TEST(JsonCheck, RefusesWhatIsNotUtf8) {
    for (const char* bytes : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xED\xA0\x80",
                              "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80", "\xFF"})
        EXPECT_FALSE(accepts('"' + std::string(bytes) + '"'));
}

TEST(JsonCheck, RefusesAKeyTwiceHoweverItIsSpelled) {
    EXPECT_FALSE(accepts(R"({"a":1,"a":2})"));
    EXPECT_FALSE(accepts(R"({"a":1,"\u0061":2})"));
    EXPECT_FALSE(accepts(R"([{"x":{"a":1,"b":2,"a":3}}])"));
    EXPECT_TRUE(accepts(R"({"a":{"a":1},"b":{"a":1}})"));
    EXPECT_FALSE(checkJson(R"({"a":1,"a":2})", {.max_depth = 64, .unique_keys = false}));
}

TEST(JsonCheck, BoundsTheDepth) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(accepts(nested(64)));
    EXPECT_FALSE(accepts(nested(65)));
    EXPECT_FALSE(accepts(std::string(1000000, '[')));
}

TEST(JsonCheck, SaysWhereButNotWhat) {
    const auto problem = checkJson(R"({"secret":nope})");
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->offset, 10U);
    EXPECT_EQ(problem->message.find("secret"), std::string::npos);
}

TEST(JsonCheck, AgreesWithAnotherParserOnMutatedText) {
    const std::string seed =
        R"({"model":"m","n":[1,-2.5e3,true,null],"s":"\u00e9\n\ud83d\ude00 \\","o":{"x":{}}})";
    const std::string alphabet = "{}[]\",:\\u0189eE+-.truefalsn \n\x80\xC3\xA9\x01";
    std::mt19937 random(7);
    std::size_t valid = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = seed;
        for (int edits = 1 + static_cast<int>(random() % 3); edits > 0; --edits) {
            const std::size_t at = random() % text.size();
            const char c = alphabet[random() % alphabet.size()];
            if (random() % 3 == 0)
                text.erase(at, 1);
            else if (random() % 2 == 0)
                text.insert(at, 1, c);
            else
                text[at] = c;
        }
        const JsonLimits limits{.max_depth = 64, .unique_keys = false};
        const bool accepted = !checkJson(text, limits).has_value();
        EXPECT_EQ(accepted, nlohmann::json::accept(text)) << text;
        valid += accepted ? 1 : 0;
    }
    EXPECT_GT(valid, 100U);
}

}  // namespace
}  // namespace waybill::server
