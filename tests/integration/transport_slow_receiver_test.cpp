// Does an attempt end in time when its receiver takes its own?
#include <gtest/gtest.h>

#include "support/transport_test.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

using SlowReceiverTest = TransportTest;

TEST_F(SlowReceiverTest, Silence) {
    const auto outcome = meet([](ScriptedPeer& peer) { peer.awaitClose(); }, 300ms);
    EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
    EXPECT_EQ(outcome.detail, "no answer within 300ms while waiting for the first byte");
    EXPECT_GE(outcome.timings.total, Duration(300ms));
    EXPECT_TRUE(outcome.timings.connect);
    EXPECT_FALSE(outcome.timings.first_byte);
}

TEST_F(SlowReceiverTest, DripInTheHead) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\n");
            peer.dripForever("X: y\r\n", 20ms);
        },
        300ms);
    EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
    EXPECT_EQ(outcome.detail, "no answer within 300ms while receiving the answer's head");
    EXPECT_FALSE(outcome.http_status);
    EXPECT_TRUE(outcome.timings.first_byte);
}

TEST_F(SlowReceiverTest, DripInTheBodyOfASuccess) {
    const auto outcome = meet([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        peer.dripForever("b", 20ms);
    });
    EXPECT_FALSE(outcome.reason);
    EXPECT_EQ(outcome.http_status, 200);
    EXPECT_TRUE(outcome.truncated);
    EXPECT_FALSE(outcome.response_body.empty());
}

TEST_F(SlowReceiverTest, DripInTheBodyOfAFailure) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 500 Oh\r\nContent-Length: 1000000\r\n\r\n");
            peer.dripForever("b", 20ms);
        },
        400ms);
    EXPECT_EQ(outcome.reason, FailureReason::kHttpStatus);
    EXPECT_EQ(outcome.http_status, 500);
    EXPECT_TRUE(outcome.truncated);
}

TEST_F(SlowReceiverTest, ReceiverThatDoesNotRead) {
    const auto outcome = meet([](ScriptedPeer& peer) { peer.awaitDisconnect(); }, 300ms,
                              makeBytes(std::string(30'000'000, 'b')));
    EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
    EXPECT_EQ(outcome.detail, "no answer within 300ms while sending the request");
}

TEST_F(SlowReceiverTest, AddressThatDoesNotAnswer) {
    SilentListener nobody("127.0.0.1", 0, 0);
    nobody.fillBacklog();
    const auto [outcome, took] =
        timed(post("http://127.0.0.1:" + std::to_string(nobody.port()) + "/", 300ms));
    EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
    EXPECT_EQ(outcome.detail, "no answer within 300ms while connecting");
    EXPECT_LE(took, 300ms + kSlack);
}

TEST_F(SlowReceiverTest, AThousandHangingAttemptsEndInTime) {
    constexpr int kCount = 1000;
    SilentListener silent;
    ScriptedReceiver healthy(alwaysFine);
    const std::string url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/";
    std::vector<std::future<AttemptOutcome>> outcomes;
    for (int i = 0; i < kCount; ++i)
        outcomes.push_back(begin(post(url, 1s)));
    expectHealthy(healthy.url());
    for (auto& outcome : outcomes) {
        const auto result = outcome.get();
        EXPECT_EQ(result.reason, FailureReason::kTimeout) << result.detail;
        EXPECT_GE(result.timings.total, Duration(1s));
        EXPECT_LE(result.timings.total, 1s + kSlack);
    }
    EXPECT_EQ(transport().stats().in_flight, 0u);
}

}  // namespace
}  // namespace waybill
