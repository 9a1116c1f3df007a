// Does what a host's code throws harm nobody, and is it told?
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "support/transport_test.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

class TransportHostFaultsTest : public TransportTest {
protected:
    TransportHostFaultsTest() {
        options_.on_problem = [this](const std::string& problem) {
            const std::lock_guard lock(mutex_);
            told_.push_back(problem);
        };
    }

    std::vector<std::string> told() {
        const std::lock_guard lock(mutex_);
        return told_;
    }

private:
    std::mutex mutex_;
    std::vector<std::string> told_;
};

TEST_F(TransportHostFaultsTest, ACompletionThatThrowsIsToldAndCountedAndHarmsNoOther) {
    ScriptedReceiver receiver(alwaysFine);
    std::atomic<int> calls = 0;
    std::promise<void> all_called;
    constexpr int kSends = 100;
    for (int i = 0; i < kSends; ++i) {
        const std::string url = i % 2 == 0 ? receiver.url() : "http://nowhere.example/";
        transport().send(post(url), [&](AttemptOutcome) {
            if (++calls == kSends) all_called.set_value();
            throw std::runtime_error("a host's bug");
        });
    }
    ASSERT_EQ(all_called.get_future().wait_for(kLong), std::future_status::ready);
    expectHealthy(receiver.url());  // on the same thread, after the last of them
    EXPECT_EQ(calls, kSends);
    EXPECT_EQ(transport().stats().in_flight, 0u);
    EXPECT_EQ(transport().stats().host_exceptions, static_cast<std::uint64_t>(kSends));
    ASSERT_FALSE(told().empty());
    EXPECT_EQ(told().front(), "the host's completion callback: a host's bug");
    EXPECT_LT(told().size(), static_cast<std::size_t>(kSends)) << "at most one a second";
}

TEST_F(TransportHostFaultsTest, AResolverThatThrowsIsToldAndCountedAndFailsItsAttempt) {
    const auto outcome = call("http://throws.example/");
    EXPECT_EQ(outcome.reason, FailureReason::kDns) << "it is no exhaustion of ours";
    EXPECT_EQ(outcome.detail, "the name cannot be looked up: the resolver failed");
    EXPECT_EQ(told(), std::vector<std::string>{"the host's resolver: a resolver's bug"});
    EXPECT_EQ(transport().stats().host_exceptions, 1u);
    ScriptedReceiver receiver(alwaysFine);
    resolver_->set("good.example", {{"127.0.0.1"}});
    expectHealthy(receiver.url("good.example"));
}

TEST_F(TransportHostFaultsTest, AReportThatThrowsIsSurvived) {
    options_.on_problem = [](const std::string&) { throw 7; };
    ScriptedReceiver receiver(alwaysFine);
    std::promise<void> called;
    transport().send(post(receiver.url()), [&](AttemptOutcome) {
        called.set_value();
        throw 8;
    });
    called.get_future().wait();
    expectHealthy(receiver.url());
    EXPECT_EQ(transport().stats().host_exceptions, 1u);
}

TEST_F(TransportHostFaultsTest, WhatACompletionSendsWhileTheTransportEndsIsAnsweredToo) {
    SilentListener silent;
    const std::string url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/";
    options_.reactor_threads = 3;
    auto transport = makeHttpTransport(options_);
    std::atomic<int> answered = 0;
    constexpr int kSends = 30;
    const auto last = [&](AttemptOutcome outcome) {
        EXPECT_EQ(outcome.reason, FailureReason::kLocalFault);
        EXPECT_EQ(outcome.detail, "the transport was stopped");
        ++answered;
    };
    // Some are refused while a reactor still turns, some when none does.
    for (int i = 0; i < kSends; ++i)
        transport->send(post(url), [&](AttemptOutcome) {
            ++answered;
            transport->send(post(url), last);
        });
    Transport& ending = *transport;
    EXPECT_EQ(ending.stats().in_flight, static_cast<std::uint64_t>(kSends));
    transport.get_deleter()(transport.get());
    static_cast<void>(transport.release());
    EXPECT_EQ(answered, 2 * kSends);
}

}  // namespace
}  // namespace waybill
