// Is a client's name looked up, whatever those of the others do?
#include <gtest/gtest.h>

#include <thread>

#include "http/resolver_pool.h"
#include "support/transport_test.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

class TransportLookupTest : public TransportTest {
protected:
    TransportLookupTest() {
        for (int i = 0; i < kMany; ++i)
            resolver_->hangOn(hanging(i));
        resolver_->set("good.example", {{"127.0.0.1"}});
    }

    static std::string hanging(int i) { return "hang" + std::to_string(i) + ".example"; }

    std::future<AttemptOutcome> beginFor(const std::string& client, const std::string& url,
                                         Duration timeout) {
        AttemptRequest request = post(url, timeout);
        request.client = client;
        return begin(std::move(request));
    }

    static constexpr int kMany = 4200;
};

TEST_F(TransportLookupTest, AThousandNamesThatHangAreTheirClientsAlone) {
    ScriptedReceiver receiver(alwaysFine);
    std::vector<std::future<AttemptOutcome>> hanging_ones;
    for (int i = 0; i < 1000; ++i)
        hanging_ones.push_back(beginFor("hostile", "http://" + hanging(i) + "/", 5s));
    const auto good = beginFor("other", receiver.url("good.example"), kLong).get();
    EXPECT_FALSE(good.reason) << good.detail;
    const TransportStats during = transport().stats();
    EXPECT_EQ(during.lookups_running, options_.resolver_threads);
    EXPECT_EQ(during.lookups_waiting, 1000 - options_.resolver_threads);
    for (auto& outcome : hanging_ones) {
        const auto result = outcome.get();
        EXPECT_EQ(result.reason, FailureReason::kTimeout);
        EXPECT_EQ(result.detail, "no answer within 5s while looking up the name");
    }
    expectHealthy(receiver.url("good.example"));
    EXPECT_EQ(transport().stats().lookups_waiting, 0u) << "nobody wants them any more";
    EXPECT_EQ(transport().stats().lookups_running, options_.resolver_threads);
    EXPECT_EQ(resolver_->lookups(), static_cast<int>(options_.resolver_threads) + 2);
}

TEST_F(TransportLookupTest, AClientThatWantsTooManyNamesFailsItself) {
    ScriptedReceiver receiver(alwaysFine);
    std::vector<std::future<AttemptOutcome>> outcomes;
    for (int i = 0; i < kMany; ++i)
        outcomes.push_back(beginFor("hostile", "http://" + hanging(i) + "/", kLong));
    expectHealthy(receiver.url("good.example"));
    resolver_->release();
    int refused = 0;
    for (auto& outcome : outcomes) {
        const auto result = outcome.get();
        EXPECT_EQ(result.reason, FailureReason::kDns) << result.detail;
        if (result.detail.find("too many other names of the same client") != std::string::npos)
            ++refused;
    }
    EXPECT_EQ(refused, kMany - 4096 - static_cast<int>(options_.resolver_threads));
}

TEST_F(TransportLookupTest, AHundredClientsWhoseNamesHangLeaveRoomForOneWhoseWereQuick) {
    ScriptedReceiver receiver(alwaysFine);
    expectHealthy(receiver.url("good.example"));
    std::vector<std::future<AttemptOutcome>> hanging_ones;
    for (int i = 0; i < 1000; ++i)
        hanging_ones.push_back(
            beginFor("hostile" + std::to_string(i % 100), "http://" + hanging(i) + "/", kLong));
    expectHealthy(receiver.url("good.example"));
    EXPECT_EQ(transport().stats().lookups_running, options_.max_resolver_threads);
    resolver_->release();
    for (auto& outcome : hanging_ones)
        EXPECT_EQ(outcome.get().reason, FailureReason::kDns);
}

TEST(ResolverPool, ThreadsComeWhenTheyAreWantedAndGoWhenTheyAreNot) {
    const auto resolver = std::make_shared<ScriptedResolver>();
    const auto mailbox = std::make_shared<http::Mailbox>();
    http::ResolverPool pool(resolver, {.queue = {}, .rest = 1ms},
                            std::make_shared<http::Problems>(nullptr));
    EXPECT_EQ(pool.threads(), 1u);
    std::vector<http::ResolverPool::Ticket> tickets;
    for (std::uint64_t i = 0; i < 4; ++i) {
        resolver->hangOn(std::to_string(i));
        tickets.push_back(pool.lookUp(std::to_string(i), "client", mailbox, i));
    }
    EXPECT_EQ(pool.threads(), 4u);
    resolver->release();
    std::vector<http::Letter> letters;
    const auto deadline = std::chrono::steady_clock::now() + kSlack;
    while ((letters.size() < 4 || pool.threads() > 1) &&
           std::chrono::steady_clock::now() < deadline) {
        mailbox->take(letters);
        std::this_thread::yield();
    }
    EXPECT_EQ(letters.size(), 4u);
    EXPECT_EQ(pool.threads(), 1u);
}

}  // namespace
}  // namespace waybill
