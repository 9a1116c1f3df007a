// Does a mistyped name find the one that was meant, and nothing when none was?
#include "waybill/nearest_name.h"

#include <gtest/gtest.h>

#include <array>

namespace waybill {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"list",     "show",           "redeliver",
                                                    "--listen", "--retry-delays", "payload"};

TEST(NearestName, FindsOneLetterTooManyTooFewAndWrong) {
    EXPECT_EQ(nearestName("lisst", kNames), "list");
    EXPECT_EQ(nearestName("shw", kNames), "show");
    EXPECT_EQ(nearestName("pailoat", kNames), "payload");
}

TEST(NearestName, CountsSwappedNeighboursOnce) {
    EXPECT_EQ(nearestName("hsow", kNames), "show");
}

TEST(NearestName, TakesCaseAndUnderscoresAsTheSame) {
    EXPECT_EQ(nearestName("--RETRY_DELAYS", kNames), "--retry-delays");
}

TEST(NearestName, SuggestsNothingForWhatIsFarFromEverything) {
    EXPECT_EQ(nearestName("--colour", kNames), "");
    EXPECT_EQ(nearestName("", kNames), "");
    EXPECT_EQ(nearestName(std::string(10'000, 'l'), kNames), "");
}

TEST(NearestName, TheFirstOfEquallyNearOnesWins) {
    constexpr std::array<std::string_view, 2> kTwins = {"tail", "mail"};
    EXPECT_EQ(nearestName("vail", kTwins), "tail");
}

}  // namespace
}  // namespace waybill
