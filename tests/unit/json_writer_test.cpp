// Is what the log's writer writes always JSON, in the order it was told?
#include "text/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

namespace waybill::test {
namespace {

std::string asJson(std::string_view text) {
    std::string out;
    appendJsonString(out, text);
    return out;
}

TEST(JsonWriter, WritesMembersInTheOrderOfTheCalls) {
    std::string out = "before";
    JsonWriter json(out);
    json.member("z", "text");
    json.member("a", std::string("more"));
    json.member("m", std::string_view("yet more"));
    json.member("yes", true);
    json.member("no", false);
    json.null("nothing");
    json.raw("raw", "[1,2]");
    json.object("inner", [](JsonWriter& inner) { inner.member("x", 1); });
    json.object("empty", [](JsonWriter&) {});
    json.close();
    EXPECT_EQ(out, R"(before{"z":"text","a":"more","m":"yet more","yes":true,"no":false,)"
                   R"("nothing":null,"raw":[1,2],"inner":{"x":1},"empty":{}})");
}

TEST(JsonWriter, AnObjectWithoutMembersIsOneToo) {
    std::string out;
    JsonWriter(out).close();
    EXPECT_EQ(out, "{}");
}

TEST(JsonWriter, NumbersKeepEveryDigit) {
    std::string out;
    JsonWriter json(out);
    json.member("least", std::numeric_limits<std::int64_t>::min());
    json.member("most", std::numeric_limits<std::uint64_t>::max());
    json.member("byte", std::uint8_t{65});
    json.close();
    EXPECT_EQ(out, R"({"least":-9223372036854775808,"most":18446744073709551615,"byte":65})");
}

TEST(JsonString, EscapesWhatMustBe) {
    EXPECT_EQ(asJson(""), R"("")");
    EXPECT_EQ(asJson("plain text / <&>'"), R"("plain text / <&>'")");
    EXPECT_EQ(asJson(R"(a "b" \c)"), R"("a \"b\" \\c")");
    EXPECT_EQ(asJson("\n\r\t"), R"("\n\r\t")");
    EXPECT_EQ(asJson(std::string_view("\0\x01\x1f\x7f", 4)), R"("\u0000\u0001\u001f\u007f")");
    EXPECT_EQ(asJson("\b\f"), R"("\u0008\u000c")");
}

TEST(JsonString, KeepsUtf8) {
    const std::string text =
        "\xC2\xA0 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF "
        "\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF";
    EXPECT_EQ(asJson(text), '"' + text + '"');
}

TEST(JsonString, EachByteThatIsNotUtf8BecomesAReplacementCharacter) {
    const std::string r = "\xEF\xBF\xBD";
    EXPECT_EQ(asJson("\x80"), '"' + r + '"') << "a continuation without a beginning";
    EXPECT_EQ(asJson("\xC3"), '"' + r + '"') << "a beginning without a continuation";
    EXPECT_EQ(asJson("\xC3z"), '"' + r + "z\"");
    EXPECT_EQ(asJson("\xC0\xAF"), '"' + r + r + '"') << "longer than needed";
    EXPECT_EQ(asJson("\xE0\x80\xAF"), '"' + r + r + r + '"') << "longer than needed";
    EXPECT_EQ(asJson("\xF0\x80\x80\xAF"), '"' + r + r + r + r + '"') << "longer than needed";
    EXPECT_EQ(asJson("\xED\xA0\x80"), '"' + r + r + r + '"') << "half of a surrogate pair";
    EXPECT_EQ(asJson("\xF4\x90\x80\x80"), '"' + r + r + r + r + '"') << "beyond U+10FFFF";
    EXPECT_EQ(asJson("\xF8\x88"), '"' + r + r + '"');
    EXPECT_EQ(asJson("\xE2\x82"), '"' + r + r + '"') << "cut off";
    EXPECT_EQ(asJson("\xFF"), '"' + r + '"');
}

TEST(JsonString, EveryByteAfterEveryByteMakesJson) {
    for (int first = 0; first < 256; ++first) {
        std::string array = "[0";
        for (int second = 0; second < 256; ++second) {
            const char text[] = {static_cast<char>(first), static_cast<char>(second)};
            array += ',';
            appendJsonString(array, {text, sizeof text});
        }
        EXPECT_TRUE(nlohmann::json::accept(array + ']')) << first;
    }
}

}  // namespace
}  // namespace waybill::test
