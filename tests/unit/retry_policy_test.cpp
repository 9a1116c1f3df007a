// When is a failed attempt made again?
#include "waybill/retry_policy.h"

#include <gtest/gtest.h>

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr std::nullopt_t kNotAsked = std::nullopt;

TEST(RetryPolicy, TheDefaultsInPlainTime) {
    const RetryPolicy policy;
    EXPECT_EQ(policy.maxAttempts(), 4u);
    Duration since_acceptance{};
    EXPECT_EQ(since_acceptance, 0s) << "attempt 1";
    since_acceptance += policy.delayAfter(1, 0, kNotAsked);
    EXPECT_EQ(since_acceptance, 5s) << "attempt 2";
    since_acceptance += policy.delayAfter(2, 0, kNotAsked);
    EXPECT_EQ(since_acceptance, 5min + 5s) << "attempt 3";
    since_acceptance += policy.delayAfter(3, 0, kNotAsked);
    EXPECT_EQ(since_acceptance, 35min + 5s) << "attempt 4";
}

TEST(RetryPolicy, TheLastDelayRepeats) {
    const RetryPolicy policy{.max_retries = 10, .delays = {1s, 2s}};
    EXPECT_EQ(policy.delayAfter(1, 0, kNotAsked), 1s);
    EXPECT_EQ(policy.delayAfter(2, 0, kNotAsked), 2s);
    EXPECT_EQ(policy.delayAfter(3, 0, kNotAsked), 2s);
    EXPECT_EQ(policy.delayAfter(100, 0, kNotAsked), 2s);
    EXPECT_EQ(policy.delayAfter(0xFFFFFFFF, 0, kNotAsked), 2s);
}

TEST(RetryPolicy, JitterMovesADelayByATenthAtMost) {
    const RetryPolicy policy{.delays = {100s}};
    EXPECT_EQ(policy.delayAfter(1, -1.0, kNotAsked), 90s);
    EXPECT_EQ(policy.delayAfter(1, -0.5, kNotAsked), 95s);
    EXPECT_EQ(policy.delayAfter(1, 0.5, kNotAsked), 105s);
    EXPECT_LE(policy.delayAfter(1, 0.999999999, kNotAsked), 110s);
    EXPECT_GT(policy.delayAfter(1, 0.999, kNotAsked), 109s);
}

TEST(RetryPolicy, NoDelayIsNoDelayWhateverTheJitter) {
    const RetryPolicy policy{.delays = {0s}};
    EXPECT_EQ(policy.delayAfter(1, -1.0, kNotAsked), 0s);
    EXPECT_EQ(policy.delayAfter(1, 0.9, kNotAsked), 0s);
}

TEST(RetryPolicy, RetryAfterMakesADelayLongerAndNeverShorter) {
    const RetryPolicy policy{.delays = {100s}};
    EXPECT_EQ(policy.delayAfter(1, 0, 10s), 100s);
    EXPECT_EQ(policy.delayAfter(1, 0, 100s), 100s);
    EXPECT_EQ(policy.delayAfter(1, 0, 101s), 101s);
    EXPECT_EQ(policy.delayAfter(1, -1.0, 95s), 95s) << "also than one that chance made shorter";
    EXPECT_EQ(policy.delayAfter(1, 0, 0s), 100s);
    EXPECT_EQ(policy.delayAfter(1, 0, -5s), 100s);
}

TEST(RetryPolicy, AnHourOfRetryAfterIsHeeded) {
    const RetryPolicy policy{.delays = {5s}};
    EXPECT_EQ(policy.delayAfter(1, 0, 1h), 1h);
    EXPECT_EQ(policy.delayAfter(1, 0, 1h + 1us), 1h);
    EXPECT_EQ(policy.delayAfter(1, 0, Duration::max()), 1h);
    const RetryPolicy slow{.delays = {24h}};
    EXPECT_EQ(slow.delayAfter(1, 0, 3h), 24h);
}

TEST(RetryPolicy, FinalStatusesEndARound) {
    const RetryPolicy policy{.final_statuses = {410, 404}};
    EXPECT_TRUE(policy.endsRound(410));
    EXPECT_TRUE(policy.endsRound(404));
    EXPECT_FALSE(policy.endsRound(400));
    EXPECT_FALSE(RetryPolicy{}.endsRound(410));
}

}  // namespace
}  // namespace waybill::test
