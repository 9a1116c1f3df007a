// Does what strangers can cause stay a bounded number of events, without a count being lost?
#include "operator/access_tally.h"

#include <gtest/gtest.h>

#include <numeric>

#include "credentials/failed_logins.h"
#include "waybill/server/access_trail.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;

AccessNote failedLogin(const std::string& address) {
    return {"engine", {AccessKind::kLoginFailed, "", address}};
}

std::uint64_t sumOf(const std::vector<AccessNote>& notes) {
    return std::accumulate(
        notes.begin(), notes.end(), std::uint64_t{0},
        [](std::uint64_t sum, const AccessNote& note) { return sum + note.access.count; });
}

class Tally : public ::testing::Test {
protected:
    AccessTally tally_;
    MonotonicTime now_{1h};
};

TEST_F(Tally, TheFirstFailedLoginOfAnAddressIsRecordedAtOnceAndTheRestOfTheMinuteAsOne) {
    ASSERT_TRUE(tally_.take(failedLogin("192.0.2.1"), now_));
    for (int i = 0; i < 49; ++i)
        EXPECT_FALSE(tally_.take(failedLogin("192.0.2.1"), now_ + 1s));
    EXPECT_TRUE(tally_.take(failedLogin("192.0.2.2"), now_));
    EXPECT_TRUE(tally_.due(now_ + 59s).empty());
    const auto notes = tally_.due(now_ + 60s);
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_EQ(notes[0].access.address, "192.0.2.1");
    EXPECT_EQ(notes[0].access.count, 49u);
    EXPECT_TRUE(tally_.due(now_ + 120s).empty());
    EXPECT_TRUE(tally_.empty()) << "nothing is remembered of who has stopped";
}

TEST_F(Tally, AnyNumberOfAddressesMakesABoundedNumberOfEventsAMinute) {
    constexpr int kAddresses = 20'000;
    constexpr int kMinutes = 5;
    std::uint64_t events = 0;
    std::uint64_t sum = 0;
    for (int minute = 0; minute < kMinutes; ++minute, now_ += 1min) {
        for (int i = 0; i < kAddresses; ++i) {
            if (!tally_.take(failedLogin("address " + std::to_string(i)), now_)) continue;
            ++events;
            ++sum;
        }
        const auto notes = tally_.due(now_ + 59s);
        events += notes.size();
        sum += sumOf(notes);
    }
    const auto rest = tally_.rest(now_);
    EXPECT_EQ(sum + sumOf(rest), std::uint64_t{kAddresses} * kMinutes);
    EXPECT_LE(events, (AccessTally::kMostPerMinute + 1) * kMinutes);
    EXPECT_LE(rest.size(), AccessTally::kMostPerMinute + 1);
}

TEST_F(Tally, AFloodOfFailedLoginsDoesNotHideTheProvenNameOfAnOperator) {
    for (int i = 0; i < 2000; ++i)
        tally_.take(failedLogin("address " + std::to_string(i)), now_);
    AccessNote check{"operator:kim", {AccessKind::kCheckSent, "https://a.example:443"}};
    EXPECT_FALSE(tally_.take(check, now_));
    check.actor = "operator:anything";
    check.actor_claimed = true;
    EXPECT_FALSE(tally_.take(check, now_));
    std::vector<std::string> actors;
    for (const AccessNote& note : tally_.due(now_ + 60s))
        if (note.access.kind == AccessKind::kCheckSent) actors.push_back(note.actor);
    EXPECT_EQ(actors, (std::vector<std::string>{"engine", "operator:kim"}));
}

TEST_F(Tally, AReaderOfTheLogIsRecordedForAMinuteAndThenForTenAtATime) {
    const AccessNote reading{"operator:kim", {AccessKind::kLogRead, "events", "192.0.2.1"}};
    std::vector<AccessNote> notes;
    for (int second = 0; second < 3600; ++second, now_ += 1s) {
        EXPECT_FALSE(tally_.take(reading, now_)) << "or who follows the log follows himself";
        for (AccessNote& note : tally_.due(now_))
            notes.push_back(std::move(note));
    }
    EXPECT_EQ(notes.size(), 6u);
    for (AccessNote& note : tally_.due(now_ + 10min))
        notes.push_back(std::move(note));
    EXPECT_EQ(sumOf(notes), 3600u);
}

TEST_F(Tally, AStopRecordsWhatWasCountedButReadings) {
    tally_.take({"operator:kim", {AccessKind::kLogRead, "events", "192.0.2.1"}}, now_);
    tally_.take(failedLogin("192.0.2.1"), now_);
    tally_.take(failedLogin("192.0.2.1"), now_);
    const auto notes = tally_.rest(now_ + 1s);
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_EQ(notes[0].access.kind, AccessKind::kLoginFailed);
    EXPECT_EQ(notes[0].access.count, 1u);
    EXPECT_TRUE(tally_.empty());
}

TEST_F(Tally, WhoDidWhatFromWhereIsKeptApart) {
    const AccessRecorded refused{AccessKind::kRoleRefused, "GET deliveries/{id}/payload", "::1"};
    EXPECT_TRUE(tally_.take({"operator:vera", refused}, now_));
    EXPECT_TRUE(tally_.take({"operator:olaf", refused}, now_));
    EXPECT_TRUE(tally_.take({"operator:olaf", refused, true}, now_));
    EXPECT_FALSE(tally_.take({"operator:vera", refused}, now_));
}

TEST(FailedLogins, OnlyWhatComesAfterTheLimitOfAMinuteMustWaitAndEverLonger) {
    FailedLogins logins(3);
    const MonotonicTime now{1h};
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(logins.failed("192.0.2.1", now));
    for (const Duration wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s})
        EXPECT_EQ(logins.failed("192.0.2.1", now + 1s), wait);
    EXPECT_FALSE(logins.failed("192.0.2.2", now + 1s)) << "another one's failures do not count";
    EXPECT_FALSE(logins.failed("192.0.2.1", now + 61s)) << "it is another minute";
}

TEST(FailedLogins, NoLimitHoldsNobodyBack) {
    FailedLogins logins(0);
    for (int i = 0; i < 10'000; ++i)
        ASSERT_FALSE(logins.failed("192.0.2.1", MonotonicTime{1h}));
}

TEST(FailedLogins, MoreNetworksThanItRemembersCountAsOne) {
    FailedLogins logins(10);
    const MonotonicTime now{1h};
    std::size_t held_back = 0;
    for (std::size_t i = 0; i < FailedLogins::kMostNetworks + 100; ++i)
        held_back += logins.failed("network " + std::to_string(i), now) ? 1u : 0u;
    EXPECT_GT(held_back, 50u);
    EXPECT_FALSE(logins.failed("network x", now + 2min)) << "those of before are forgotten";
}

}  // namespace
}  // namespace waybill::server
