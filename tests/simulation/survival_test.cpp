// Does the ring survive anything?
#include <gtest/gtest.h>

#include <iostream>
#include <ostream>

#include "simulation/campaign.h"
#include "simulation/simulation.h"

namespace waybill::test {
namespace {

std::string described(const SimulationReport& report) {
    std::string text =
        std::to_string(report.kills) + " kills, " + std::to_string(report.power_cuts) +
        " power cuts, " + std::to_string(report.failures) + " failures, " +
        std::to_string(report.faults) + " faults, " + std::to_string(report.host_faults) +
        " host faults, " + std::to_string(report.deliveries) + " deliveries, " +
        std::to_string(report.requests) + " requests";
    for (const std::string& violation : report.violations)
        text += "\n  " + violation;
    return text;
}

TEST(Survival, EveryPromiseIsKeptThroughCrashesAndPowerCuts) {
    const Campaign campaign(20);
    const std::uint64_t count = campaign.end - campaign.first;
    std::uint64_t deliveries = 0;
    std::uint64_t requests = 0;
    std::uint64_t failures = 0;
    std::uint64_t faults = 0;
    std::uint64_t host_faults = 0;
    for (std::uint64_t seed = campaign.first; seed < campaign.end; ++seed) {
        const SimulationReport report = Simulation(seed).run();
        ASSERT_TRUE(report.violations.empty()) << "seed " << seed << ": " << described(report);
        deliveries += report.deliveries;
        requests += report.requests;
        failures += report.failures;
        faults += report.faults;
        host_faults += report.host_faults;
    }
    EXPECT_GT(deliveries, 20 * count) << "the worlds were busy";
    EXPECT_GT(requests, 20 * count);
    EXPECT_GT(failures, count) << "and their disks failed now and then";
    EXPECT_GT(faults, 5 * count) << "and calls of the log threw";
    EXPECT_GT(host_faults, 5 * count) << "and so did the host";
    std::cout << count << " worlds: " << deliveries << " deliveries, " << requests << " requests, "
              << failures << " failures of disks, " << faults << " calls of the log and "
              << host_faults << " of the host that threw\n";
}

TEST(Survival, TheSameSeedIsTheSameWorld) {
    const SimulationReport once = Simulation(7).run();
    const SimulationReport again = Simulation(7).run();
    EXPECT_EQ(once.head, again.head) << described(once) << "\n" << described(again);
    EXPECT_NE(once.head, Simulation(8).run().head);
}

/// A checker that finds nothing proves nothing.
struct BrokenPromise {
    const char* name;
    Breakage breakage;
    const char* found_as;  ///< in a violation
};

void PrintTo(const BrokenPromise& broken, std::ostream* out) {
    *out << broken.name;
}

class Broken : public ::testing::TestWithParam<BrokenPromise> {};

TEST_P(Broken, IsFoundOut) {
    constexpr std::uint64_t kSeeds = 20;
    std::string others;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        for (const std::string& violation :
             Simulation(seed, GetParam().breakage).run().violations) {
            if (violation.find(GetParam().found_as) != std::string::npos) return;
            others += "\n  " + violation;
        }
    }
    FAIL() << "in none of " << kSeeds << " worlds anybody said: " << GetParam().found_as << "; but"
           << others.substr(0, 1000);
}

INSTANTIATE_TEST_SUITE_P(
    Survival, Broken,
    ::testing::Values(
        BrokenPromise{"WalIsNotSynced", Breakage::kWalIsNotSynced, "lacks acknowledged events"},
        BrokenPromise{"DatabaseIsNotSynced", Breakage::kDatabaseIsNotSynced, "event "},
        BrokenPromise{"IndexIsNotSynced", Breakage::kIndexIsNotSynced, "index"},
        BrokenPromise{"OpenAttemptsAreForgotten", Breakage::kOpenAttemptsAreForgotten,
                      "is not finished"},
        // The log takes no attempt beyond the policy, and the stream is set aside.
        BrokenPromise{"CountsAreForgotten", Breakage::kCountsAreForgotten, "is not finished"},
        BrokenPromise{"DueTimesAreForgotten", Breakage::kDueTimesAreForgotten, "before it was due"},
        BrokenPromise{"IdempotencyKeysAreForgotten", Breakage::kIdempotencyKeysAreForgotten,
                      "one idempotency key"},
        BrokenPromise{"RequestsAreSentTwice", Breakage::kRequestsAreSentTwice, "was sent twice"},
        BrokenPromise{"SuccessIsInvented", Breakage::kSuccessIsInvented, "said to be delivered"},
        BrokenPromise{"RepliesAreDropped", Breakage::kRepliesAreDropped, "was not answered"},
        BrokenPromise{"RepliesAreRepeated", Breakage::kRepliesAreRepeated, "was answered twice"},
        BrokenPromise{"OutcomesAreDropped", Breakage::kOutcomesAreDropped, "stay attempting"},
        BrokenPromise{"OutcomesAreCalledUnknown", Breakage::kOutcomesAreCalledUnknown,
                      "was known and is recorded as abandoned"},
        BrokenPromise{"BudgetIsIgnored", Breakage::kBudgetIsIgnored, "more than the budget"},
        BrokenPromise{"OtherBytesAreRead", Breakage::kOtherBytesAreRead,
                      "is not what was accepted"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace waybill::test
