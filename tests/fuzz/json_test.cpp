// Can JSON break us? Held against a second reader of it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "fuzz/mutations.h"
#include "waybill/json_check.h"
#include "support/sample_events.h"
#include "waybill/errors.h"
#include "waybill/event_codec.h"

namespace waybill::test {
namespace {

const std::vector<std::string> kJsonPieces = {"{",
                                              "}",
                                              "[",
                                              "]",
                                              ",",
                                              ":",
                                              "\"",
                                              "\\u0000",
                                              "\\ud83d\\ude00",
                                              "\\ud83d",
                                              "\\",
                                              "null",
                                              "true",
                                              "-",
                                              "1e999",
                                              "0.1",
                                              "-0",
                                              "00",
                                              "\x01",
                                              "\xff",
                                              "\xc3\xa9",
                                              "\xed\xa0\x80",
                                              "\xf4\x90\x80\x80",
                                              " ",
                                              "\n",
                                              "123456789012345678901"};

/// Nothing: it cannot say, because a number is out of a double's range.
std::optional<bool> otherReaderTakes(const std::string& text) {
    try {
        return !nlohmann::json::parse(text).is_discarded();
    } catch (const nlohmann::json::parse_error&) {
        return false;
    } catch (const nlohmann::json::out_of_range&) {
        return std::nullopt;
    }
}

TEST(FuzzJson, TheCheckAgreesWithAnotherReader) {
    Mutations mutations(
        11,
        {R"({"model":"m","input":"hi","metadata":{"completion_webhook":"http://a/","n":[1,2.5e3]}})",
         R"([true,false,null,"\u00e9\n",-0.1,{"a":{"b":[[]]}}])", R"("text")", "0"},
        kJsonPieces);
    std::uint64_t taken = 0;
    for (std::uint64_t round = fuzzRounds(); round > 0; --round) {
        const std::string text = mutations.next();
        const bool ours =
            !checkJson(text, {.max_depth = 1000, .unique_keys = false}).has_value();
        const auto theirs = otherReaderTakes(text);
        // It takes a byte order mark, and a NUL for the end.
        if (!theirs || text.starts_with("\xef\xbb\xbf") || text.find('\0') != text.npos) continue;
        ASSERT_EQ(ours, *theirs) << testing::PrintToString(text);
        taken += ours;
    }
    EXPECT_GT(taken, 0u);
}

TEST(FuzzJson, EventDataIsReadOrRefusedAndWhatIsReadIsWrittenTheSameAgain) {
    for (const Event& event : fullEvents()) {
        const std::string type(typeName(event));
        Mutations mutations(12, {encodeData(event)}, kJsonPieces);
        for (std::uint64_t round = fuzzRounds(300); round > 0; --round) {
            const std::string data = mutations.next();
            try {
                const std::string written = encodeData(decodeData(type, data, "s", 1));
                ASSERT_EQ(encodeData(decodeData(type, written, "s", 1)), written) << data;
            } catch (const CorruptLog&) {
                // said so
            }
        }
    }
}

}  // namespace
}  // namespace waybill::test
