// Does nothing that is unseen, or steers a terminal, come through any form of output as it is?
#include "waybill/printable.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "logging/log_writer.h"
#include "waybill/json_quote.h"
#include "waybill/operator_views.h"
#include "waybill/utf8.h"
#include "waybill/views.h"

namespace waybill {
namespace {

constexpr char32_t kLast = 0x10FFFF;

bool isSurrogate(char32_t character) {
    return character >= 0xD800 && character <= 0xDFFF;
}

std::string utf8Of(char32_t code) {
    const auto tail = [&](unsigned shift) {
        return static_cast<char>(0x80 | ((code >> shift) & 0x3F));
    };
    if (code < 0x80) return {static_cast<char>(code)};
    if (code < 0x800) return {static_cast<char>(0xC0 | (code >> 6)), tail(0)};
    if (code < 0x10000) return {static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
    return {static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
}

/// Written apart from the code: what the project promises never to print.
bool isPromised(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF ||
           (c >= 0xE0000 && c <= 0xE007F);
}

/// The first character of an output that may not be there; line breaks end lines.
std::string problemOf(std::string_view output) {
    while (!output.empty()) {
        const std::size_t length = utf8SequenceLength(output);
        if (length == 0) return "a byte that is not UTF-8";
        const char32_t character = codePointOf(output.substr(0, length));
        if (character != '\n' && (isPromised(character) || isUnseen(character)))
            return "U+" + std::to_string(static_cast<unsigned>(character));
        output.remove_prefix(length);
    }
    return {};
}

EventView eventOf(const std::string& text, const std::string& data) {
    EventView event;
    event.stream = event.type = event.actor = event.hash = text;
    event.data = data;
    return event;
}

std::string complained(const std::string& text) {
    std::ostringstream out;
    std::ostringstream err;
    cli::Console(out, err, 0, false).complain(text);
    return err.str();
}

std::vector<std::string> outputsOf(const std::string& text) {
    DeliveryView delivery;
    delivery.id = delivery.url = delivery.endpoint = delivery.client = delivery.subject = text;
    AttemptView attempt;
    attempt.explanation = attempt.remote_address = attempt.tls = attempt.response_body = text;
    attempt.request_headers = {{text, text}};
    BulkView bulk;
    bulk.id = bulk.actor = bulk.reason = text;
    bulk.filter = "{\"q\":\"" + text + "\"}";
    const std::vector<server::LogField> fields = {{"field", text}};
    std::vector<std::string> outputs = {printable(text),
                                        jsonQuote(text),
                                        printableJson("[\"" + text + "\"]"),
                                        printableJson(text),
                                        toJson(delivery),
                                        toJson(attempt),
                                        toJson(bulk),
                                        toJson(eventOf(text, "{\"a\":\"" + text + "\"}")),
                                        toJson(eventOf(text, text))};
    for (const auto format : {server::LogFormat::kText, server::LogFormat::kJson})
        outputs.push_back(formatLogLine(format, "T", server::LogLevel::kWarn, text, fields));
    return outputs;
}

TEST(Printable, NoOutputHasACharacterThatIsUnseen) {
    for (char32_t character = 0; character <= kLast; ++character) {
        EXPECT_TRUE(isUnseen(character) || !isPromised(character)) << unsigned(character);
        if (isSurrogate(character) || !isUnseen(character)) continue;
        const std::string text = "a" + utf8Of(character) + "b";
        for (const std::string& output : outputsOf(text))
            ASSERT_EQ(problemOf(output), "") << unsigned(character) << ": " << output;
        if (character == '\n' || character == '\t') continue;
        ASSERT_EQ(problemOf(complained(text)), "") << unsigned(character);
    }
}

TEST(Printable, NoOutputHasAByteThatIsNotUtf8) {
    for (int byte = 0x80; byte < 0x100; ++byte) {
        for (const std::string& output : outputsOf({'a', static_cast<char>(byte), 'b'}))
            ASSERT_EQ(problemOf(output), "") << byte << ": " << output;
    }
}

TEST(Printable, EveryOtherCharacterStaysAsItIs) {
    std::string all;
    for (char32_t character = 0x20; character <= kLast; ++character)
        if (!isSurrogate(character) && !isUnseen(character)) all += utf8Of(character);
    EXPECT_EQ(printable(all), all);
    EXPECT_EQ(printableJson(all), all);
}

TEST(Printable, TheJsonValueStaysTheSame) {
    for (char32_t character = 0; character <= kLast; ++character) {
        if (isSurrogate(character) || !isUnseen(character)) continue;
        const std::string text = "\"\\a" + utf8Of(character) + "b\\u0041";
        ASSERT_EQ(nlohmann::json::parse(jsonQuote(text)), text);
        if (character < 0x20) continue;  // cannot stand in a JSON string
        const std::string json = "{\"k\\\\\" :\"" + utf8Of(character) + "\\\"\\\\\"}";
        ASSERT_EQ(nlohmann::json::parse(printableJson(json)), nlohmann::json::parse(json));
    }
    EXPECT_EQ(printableJson("{\n\t\"a\":\r1}"), "{  \"a\": 1}");
}

TEST(Printable, OneNotationForCharactersAndOneForBytes) {
    EXPECT_EQ(printable("plain ünïcode ✓ 🙂"), "plain ünïcode ✓ 🙂");
    EXPECT_EQ(printable("\x1b[2Jgone"), "\\u{1B}[2Jgone");
    EXPECT_EQ(printable("\u202Etxt.exe"), "\\u{202E}txt.exe");
    EXPECT_EQ(printable("\xC2\x9B\x9B"), "\\u{9B}\\x9B");
    EXPECT_EQ(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80") << "a surrogate";
    EXPECT_EQ(printable("a\tb\nc\r", true), "a\tb\nc\\u{0D}");
    EXPECT_EQ(printableJson("\"\U000E0041\""), "\"\\udb40\\udc41\"");
}

TEST(Printable, DataThatIsNoJsonSaysNothingAboutTheMembersAroundIt) {
    const std::string data = R"({},"hash":"forged","x":{})";
    const auto json = nlohmann::json::parse(toJson(eventOf("true", data)));
    EXPECT_EQ(json["hash"], "true");
    EXPECT_EQ(json["data"], data);
}

}  // namespace
}  // namespace waybill
