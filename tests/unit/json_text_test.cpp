// Does splicing leave every byte that is not ours as it came?
#include "waybill/json_text.h"

#include <gtest/gtest.h>

#include "waybill/json_check.h"
#include "waybill/json_quote.h"

namespace waybill::server {
namespace {

std::string without(std::string_view text, const std::vector<std::string_view>& keys) {
    return applyEdits(text, removalOf(jsonMembers(text), keys));
}

std::string with(std::string_view text, std::string_view key, std::string_view value) {
    return applyEdits(text, {assignmentOf(text, jsonMembers(text), key, value)});
}

TEST(JsonText, FindsMembersByTheirPlace) {
    const std::string text = " { \"a\" : 1.50 , \"b\\u0021\":[\"]}\"],\"c\":{\"a\":2} } ";
    const auto members = jsonMembers(text);
    ASSERT_EQ(members.size(), 3U);
    EXPECT_EQ(members[0].key, "a");
    EXPECT_EQ(valueText(text, members[0]), "1.50");
    EXPECT_EQ(members[1].key, "b!");
    EXPECT_EQ(valueText(text, members[1]), "[\"]}\"]");
    EXPECT_EQ(valueText(text, members[2]), "{\"a\":2}");
    EXPECT_EQ(findMember(members, "d"), nullptr);
}

TEST(JsonText, FindsNothingInWhatIsNoObject) {
    EXPECT_TRUE(jsonMembers("[1]").empty());
    EXPECT_TRUE(jsonMembers("\"{}\"").empty());
    EXPECT_TRUE(jsonMembers("{ }").empty());
}

TEST(JsonText, RemovesMembersWithOneCommaEach) {
    const std::string text = R"({"a":1, "b":2 ,"c":3,"d":4})";
    EXPECT_EQ(without(text, {"a"}), R"({"b":2 ,"c":3,"d":4})");
    EXPECT_EQ(without(text, {"b"}), R"({"a":1, "c":3,"d":4})");
    EXPECT_EQ(without(text, {"d"}), R"({"a":1, "b":2 ,"c":3})");
    EXPECT_EQ(without(text, {"c", "d"}), R"({"a":1, "b":2})");
    EXPECT_EQ(without(text, {"a", "c"}), R"({"b":2 ,"d":4})");
    EXPECT_EQ(without(text, {"b", "d"}), R"({"a":1, "c":3})");
    EXPECT_EQ(without(text, {"a", "b", "c", "d"}), "{}");
    EXPECT_EQ(without(text, {"x"}), text);
}

TEST(JsonText, EveryRemovalLeavesValidJson) {
    const std::string text = "{ \"a\" : [1] , \"b\" : \"x\\\"y\" ,\"c\":{\"d\":null}\n}";
    const std::vector<std::string_view> keys = {"a", "b", "c"};
    for (unsigned chosen = 0; chosen < 8; ++chosen) {
        std::vector<std::string_view> gone;
        for (unsigned bit = 0; bit < 3; ++bit)
            if ((chosen >> bit) & 1U) gone.push_back(keys[bit]);
        const std::string rest = without(text, gone);
        EXPECT_FALSE(checkJson(rest).has_value()) << rest;
        EXPECT_EQ(jsonMembers(rest).size(), 3 - gone.size()) << rest;
    }
}

TEST(JsonText, AssignsInPlaceOrAddsLast) {
    EXPECT_EQ(with(R"({"a": 1 ,"b":2})", "a", "[3]"), R"({"a": [3] ,"b":2})");
    EXPECT_EQ(with(R"({"a":1})", "b", "null"), R"({"a":1,"b":null})");
    EXPECT_EQ(with(" { } ", "b", "1"), " {\"b\":1 } ");
}

TEST(JsonText, ReplacesStringValuesButNeitherKeysNorParts) {
    const std::string text =
        R"({"id":"x1","x1":"x1","list":["x1","x12","say \"x1\""],"e":"\u00781","n":1})";
    EXPECT_EQ(applyEdits(text, replacementOfStrings(text, "x1", "resp_2")),
              R"({"id":"resp_2","x1":"resp_2","list":["resp_2","x12","say \"x1\""],)"
              R"("e":"resp_2","n":1})");
}

TEST(JsonText, PunctuationInAnIdIsNotMistakenForStructure) {
    const std::string text = R"({"a":"b","c":","})";
    EXPECT_EQ(applyEdits(text, replacementOfStrings(text, ",", "k")), R"({"a":"b","c":"k"})");
    EXPECT_EQ(applyEdits(text, replacementOfStrings(text, ":", "k")), text);
}

TEST(JsonText, ResolvesEscapes) {
    EXPECT_EQ(jsonStringValue(R"("a\"\\\/\b\f\n\r\t")"), "a\"\\/\b\f\n\r\t");
    EXPECT_EQ(jsonStringValue(R"("\u00e9\u20AC\ud83d\ude00")"),
              "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST(JsonText, QuotesAnything) {
    EXPECT_EQ(jsonQuote("a\"\\\n\x01 \xC3\xA9"), "\"a\\\"\\\\\\n\\u0001 \xC3\xA9\"");
    EXPECT_EQ(jsonQuote("\xFFx"), "\"\xEF\xBF\xBDx\"");
    const std::string odd = "\b\f\r\t\x1F/\x7F";
    EXPECT_EQ(jsonStringValue(jsonQuote(odd)), odd);
}

TEST(JsonText, OfSeveralMembersWithOneKeyTheLastIsFound) {
    const std::string text = R"({"a":1,"b":2,"\u0061":3})";
    const std::vector<JsonMember> members = jsonMembers(text);
    EXPECT_EQ(valueText(text, *findMember(members, "a")), "3");
    EXPECT_EQ(findMember(members, "c"), nullptr);
}

}  // namespace
}  // namespace waybill::server
