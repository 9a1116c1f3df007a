// Is an answer without an end cut where the limits are?
#include <gtest/gtest.h>

#include <atomic>

#include "support/transport_test.h"

namespace waybill {
namespace {

using EndlessAnswerTest = TransportTest;

TEST_F(EndlessAnswerTest, Head) {
    const auto outcome = meet([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.1 200 OK\r\n");
        peer.sendForever("X: y\r\n");
    });
    EXPECT_EQ(outcome.reason, FailureReason::kProtocol);
    EXPECT_EQ(outcome.detail, "the answer is malformed: a head that is too long");
    EXPECT_LE(outcome.response_head.size(), 64u * 1024);
}

TEST_F(EndlessAnswerTest, HeadLine) {
    const auto outcome = meet([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.sendForever(std::string(1000, 'x'));
    });
    EXPECT_EQ(outcome.reason, FailureReason::kProtocol);
    EXPECT_EQ(outcome.detail, "the answer is malformed: a head that is too long");
}

TEST_F(EndlessAnswerTest, InterimAnswers) {
    const auto outcome = meet([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.sendForever("HTTP/1.1 100 Continue\r\n\r\n");
    });
    EXPECT_EQ(outcome.reason, FailureReason::kProtocol);
    EXPECT_EQ(outcome.detail, "the answer is malformed: too many interim answers");
}

TEST_F(EndlessAnswerTest, ChunkExtension) {
    for (const int status : {200, 500}) {
        const auto outcome = meet([status](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 " + std::to_string(status) +
                      " x\r\nTransfer-Encoding: chunked\r\n\r\n5;");
            peer.sendForever(std::string(1000, 'x'));
        });
        EXPECT_EQ(outcome.http_status, status);
        EXPECT_EQ(outcome.reason.has_value(), status == 500);
        EXPECT_TRUE(outcome.truncated);
        EXPECT_EQ(outcome.response_body, "");
    }
}

TEST_F(EndlessAnswerTest, Body) {
    for (const std::string framing :
         {"Content-Length: 99999999999\r\n\r\n", "X: until close\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n"}) {
        std::atomic<std::size_t> taken = 0;
        const auto outcome = meet([&](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\n" + framing);
            taken = peer.sendForever(std::string(10'000, 'b'));
        });
        EXPECT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_TRUE(outcome.truncated);
        EXPECT_EQ(outcome.response_body.size(), options_.kept_body_bytes);
        EXPECT_GE(taken, options_.max_body_bytes - 10'000);
    }
}

}  // namespace
}  // namespace waybill
