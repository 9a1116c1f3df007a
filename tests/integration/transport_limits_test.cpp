// Does the transport keep within its own means, and to its word when it ends?
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <atomic>
#include <filesystem>

#include "support/transport_test.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

using TransportLimitsTest = TransportTest;

/// What this process has taken from the heap and not given back. Zero where a sanitizer has its own
/// heap, which looks for leaks itself.
std::size_t heldMemory() {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

std::ptrdiff_t openDescriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

TEST_F(TransportLimitsTest, OutOfDescriptorsIsALocalFault) {
    ScriptedReceiver receiver(alwaysFine);
    transport();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit low = before;
    low.rlim_cur = 3;  // fewer than are open
    ::setrlimit(RLIMIT_NOFILE, &low);
    const auto outcome = call(receiver.url());
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(outcome.reason, FailureReason::kLocalFault);
    EXPECT_EQ(outcome.detail, "too many open files");
    expectHealthy(receiver.url());
}

// In a process of its own, because the system asks differently once it has looked a name up.
TEST(SystemResolver, OutOfDescriptorsIsALocalFault) {
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    const auto look_up_and_exit = [] {
        rlimit low{};
        ::getrlimit(RLIMIT_NOFILE, &low);
        low.rlim_cur = 3;
        ::setrlimit(RLIMIT_NOFILE, &low);
        const Resolution resolution = systemResolver()->resolve("localhost");
        std::cerr << resolution.error;
        std::exit(resolution.local_fault ? 0 : 1);
    };
    EXPECT_EXIT(look_up_and_exit(), ::testing::ExitedWithCode(0), "Too many open files");
}

TEST_F(TransportLimitsTest, StopEndsWhatIsOnTheWire) {
    SilentListener silent;
    const std::string url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/";
    auto transport = makeHttpTransport(options_);
    std::atomic<int> ended = 0;
    for (int i = 0; i < 20; ++i) {
        transport->send(post(url, 1min), [&](AttemptOutcome outcome) {
            EXPECT_EQ(outcome.reason, FailureReason::kLocalFault);
            ++ended;
        });
    }
    transport.reset();
    EXPECT_EQ(ended, 20);
}

TEST_F(TransportLimitsTest, HostileAnswersLeaveNothingBehind) {
    const auto endless = [](const std::string& start, const std::string& rest) {
        return [=](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send(start);
            peer.sendForever(rest);
        };
    };
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::string filler(10'000, 'b');
    const auto meetAll = [&] {
        meet(endless(ok, "X: y\r\n"));
        meet(endless(ok + "\r\n", filler));
        meet(endless(ok + "Transfer-Encoding: chunked\r\n\r\n5;", filler));
        meet([](ScriptedPeer& peer) { peer.reset(); }, kLong, makeBytes(filler));
    };
    constexpr int kTimes = 40;
    meetAll();  // what is made once and kept
    const std::size_t memory = heldMemory();
    const std::ptrdiff_t descriptors = openDescriptors();
    for (int i = 0; i < kTimes; ++i)
        meetAll();
    EXPECT_LT(heldMemory(), memory + kTimes * options_.kept_body_bytes / 4);
    EXPECT_LT(openDescriptors(), descriptors + kTimes / 4);
}

TEST_F(TransportLimitsTest, CompletionMaySendAgain) {
    ScriptedReceiver receiver(alwaysFine);
    std::promise<void> finished;
    int left = 100;
    std::function<void(AttemptOutcome)> again = [&](AttemptOutcome outcome) {
        EXPECT_FALSE(outcome.reason);
        if (--left == 0) return finished.set_value();
        transport().send(post(receiver.url()), again);
    };
    transport().send(post(receiver.url()), again);
    ASSERT_EQ(finished.get_future().wait_for(kLong), std::future_status::ready);
    EXPECT_EQ(receiver.accepted(), 1);
}

TEST_F(TransportLimitsTest, ManyReactorsShareTheWork) {
    options_.reactor_threads = 3;
    ScriptedReceiver receiver(alwaysFine);
    std::vector<std::future<AttemptOutcome>> outcomes;
    for (int i = 0; i < 60; ++i)
        outcomes.push_back(begin(post(receiver.url())));
    for (auto& outcome : outcomes)
        EXPECT_FALSE(outcome.get().reason);
    EXPECT_EQ(transport().stats().connections_opened + transport().stats().connections_reused, 60u);
}

}  // namespace
}  // namespace waybill
