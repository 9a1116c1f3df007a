// Is a command line understood, and does a wrong one say what is wrong?
#include <gtest/gtest.h>

#include <array>

#include "cli/arguments.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 4> kOptions = {
    {{"--status", "STATUS", ""}, {"--limit", "N", ""}, {"--json", "", ""}, {"--help", "", ""}}};

Result<Arguments> parse(std::vector<std::string> words) {
    return parseArguments(words, kOptions);
}

std::string refusalOf(std::vector<std::string> words) {
    const auto arguments = parse(std::move(words));
    return arguments.ok() ? "understood" : arguments.refusal().message;
}

TEST(CliArguments, TakesValuesInBothForms) {
    const auto arguments = parse({"dlv_1", "--status", "failed", "--limit=7", "--json", "dlv_2"});
    ASSERT_TRUE(arguments.ok());
    EXPECT_EQ(arguments->value("--status"), "failed");
    EXPECT_EQ(arguments->value("--limit"), "7");
    EXPECT_TRUE(arguments->has("--json"));
    EXPECT_FALSE(arguments->has("--help"));
    EXPECT_EQ(arguments->operands(), (std::vector<std::string>{"dlv_1", "dlv_2"}));
}

TEST(CliArguments, AfterTwoDashesEverythingIsAnOperand) {
    const auto arguments = parse({"--json", "--", "--status", "-h"});
    ASSERT_TRUE(arguments.ok());
    EXPECT_EQ(arguments->operands(), (std::vector<std::string>{"--status", "-h"}));
}

TEST(CliArguments, SayWhatIsWrong) {
    EXPECT_EQ(refusalOf({"--stauts", "failed"}),
              "Unknown option \"--stauts\". Did you mean \"--status\"?");
    EXPECT_EQ(refusalOf({"--colour"}), "Unknown option \"--colour\".");
    EXPECT_EQ(refusalOf({"--status"}), "--status needs a value: --status STATUS.");
    EXPECT_EQ(refusalOf({"--json=yes"}), "--json takes no value.");
}

TEST(CliArguments, NumbersHaveBounds) {
    for (const char* bad : {"0", "501", "-1", "5x", "", "99999999999999999999"}) {
        const auto arguments = parse({"--limit", bad});
        ASSERT_TRUE(arguments.ok());
        EXPECT_FALSE(arguments->number("--limit", 1, 500, 50).ok()) << bad;
    }
    const auto arguments = parse({"--limit", "500"});
    ASSERT_TRUE(arguments.ok());
    EXPECT_EQ(*arguments->number("--limit", 1, 500, 50), 500u);
    EXPECT_EQ(*parse({})->number("--limit", 1, 500, 50), 50u);
}

TEST(CliArguments, TimesMayReachBack) {
    const Timestamp now = *parseTimestamp("2026-11-21T20:00:00Z");
    EXPECT_EQ(*parse({"--status", "2h"})->time("--status", now),
              *parseTimestamp("2026-11-21T18:00:00Z"));
    EXPECT_EQ(*parse({"--status", "2026-11-21T21:00:00+01:00"})->time("--status", now), now);
    EXPECT_FALSE(parse({"--status", "yesterday"})->time("--status", now).ok());
    EXPECT_EQ(*parse({})->time("--status", now), std::nullopt);
}

TEST(CliArguments, TheCommandIsTheFirstWordThatBelongsToNoOption) {
    const auto at = [](std::vector<std::string> words) { return firstOperand(words, kOptions); };
    EXPECT_EQ(at({"list", "--json"}), 0u);
    EXPECT_EQ(at({"--status", "failed", "--json", "list"}), 3u);
    EXPECT_EQ(at({"--status=failed", "list"}), 1u);
    EXPECT_EQ(at({"--json"}), 1u);
}

}  // namespace
}  // namespace waybill::cli
