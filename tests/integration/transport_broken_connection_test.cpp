// What becomes of an attempt whose connection breaks?
#include <gtest/gtest.h>

#include "support/transport_test.h"

namespace waybill {
namespace {

using BrokenConnectionTest = TransportTest;

TEST_F(BrokenConnectionTest, ResetAtEachStage) {
    const auto at_once = meet([](ScriptedPeer& peer) { peer.reset(); });
    EXPECT_EQ(at_once.reason, FailureReason::kConnect);

    const auto after_request = meet([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.reset();
    });
    EXPECT_EQ(after_request.reason, FailureReason::kConnect);
    EXPECT_EQ(after_request.detail, "connection reset by peer");

    const auto while_sending = meet([](ScriptedPeer& peer) { peer.reset(); }, kLong,
                                    makeBytes(std::string(30'000'000, 'b')));
    EXPECT_EQ(while_sending.reason, FailureReason::kConnect);
}

TEST_F(BrokenConnectionTest, ResetWithinTheAnswer) {
    ScriptedReceiver bystander([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send(answer(200, "fine", "Connection: close\r\n"));
    });
    const auto reset_after = [&](const std::string& sent) {
        return meet([&](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send(sent);
            // A reset overtakes what was not read yet. The bystander's turn comes after that.
            expectHealthy(bystander.url());
            peer.reset();
        });
    };
    const auto in_head = reset_after("HTTP/1.1 200 OK\r\nContent-");
    EXPECT_EQ(in_head.reason, FailureReason::kConnect);
    EXPECT_EQ(in_head.detail, "connection reset by peer in the middle of the answer's head");
    EXPECT_FALSE(in_head.http_status);

    const auto in_success = reset_after("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel");
    EXPECT_FALSE(in_success.reason) << in_success.detail;
    EXPECT_EQ(in_success.response_body, "hel");
    EXPECT_TRUE(in_success.truncated);

    const auto in_failure = reset_after("HTTP/1.1 500 Oh\r\nContent-Length: 10\r\n\r\nhel");
    EXPECT_EQ(in_failure.reason, FailureReason::kHttpStatus);
    EXPECT_EQ(in_failure.http_status, 500);
    EXPECT_TRUE(in_failure.truncated);
}

TEST_F(BrokenConnectionTest, ClosedAtEachStage) {
    const auto after_request = meet([](ScriptedPeer& peer) { peer.readRequest(); });
    EXPECT_EQ(after_request.reason, FailureReason::kConnect);
    EXPECT_EQ(after_request.detail, "connection closed without an answer");

    const auto within_head = meet([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.1 200 OK\r\nContent-");
    });
    EXPECT_EQ(within_head.reason, FailureReason::kProtocol);
    EXPECT_EQ(within_head.detail,
              "the answer is malformed: the connection was closed within its head");
}

TEST_F(BrokenConnectionTest, RefusedPort) {
    std::uint16_t unused = 0;
    { unused = SilentListener().port(); }
    const auto outcome = call("http://127.0.0.1:" + std::to_string(unused) + "/");
    EXPECT_EQ(outcome.reason, FailureReason::kConnect);
    EXPECT_EQ(outcome.detail, "connection refused");
    EXPECT_EQ(outcome.remote_address, "127.0.0.1:" + std::to_string(unused));
}

}  // namespace
}  // namespace waybill
