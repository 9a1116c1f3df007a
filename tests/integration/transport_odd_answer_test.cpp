// Is an odd answer taken for what it is, and a malformed one for none?
#include <gtest/gtest.h>

#include "support/transport_test.h"

namespace waybill {
namespace {

using OddAnswerTest = TransportTest;

TEST_F(OddAnswerTest, MalformedAnswers) {
    for (const std::string bad :
         {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
          "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!",
          "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "hello\r\n",
          "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
        const auto outcome = meet([&](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send(bad);
            peer.awaitClose();
        });
        EXPECT_EQ(outcome.reason, FailureReason::kProtocol) << bad;
        EXPECT_FALSE(outcome.http_status) << bad;
        EXPECT_FALSE(outcome.response_head.empty()) << bad;
    }
}

TEST_F(OddAnswerTest, TruncatedBodyOfASuccessIsDelivered) {
    for (const std::string head : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n"}) {
        const auto outcome = meet([&](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send(head + "hel");
        });
        EXPECT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_EQ(outcome.response_body, "hel");
        EXPECT_TRUE(outcome.truncated);
    }
}

TEST_F(OddAnswerTest, OldReceiverThatClosesWhenDone) {
    const auto outcome = meet([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.0 200 OK\r\nServer: old\r\n\r\nall of it");
    });
    EXPECT_FALSE(outcome.reason) << outcome.detail;
    EXPECT_EQ(outcome.response_body, "all of it");
    EXPECT_FALSE(outcome.truncated);
}

TEST_F(OddAnswerTest, InterimAnswerIsNotTheAnswer) {
    for (const int status : {200, 500}) {
        ScriptedReceiver receiver([status](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(status, "first"));
            peer.readRequest();
            peer.send(answer(202, "second"));
            peer.awaitClose();
        });
        const auto first = call(receiver.url());
        EXPECT_EQ(first.http_status, status);
        EXPECT_EQ(first.response_body, "first");
        const auto second = call(receiver.url());
        EXPECT_EQ(second.http_status, 202);
        EXPECT_EQ(second.response_body, "second");
        EXPECT_TRUE(second.reused);
    }
}

TEST_F(OddAnswerTest, AnswerThatIsFollowedByAnotherIsNotReused) {
    const auto outcome = meet([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send(answer(500, "yours") + answer(200, "not yours"));
        peer.awaitClose();
    });
    EXPECT_EQ(outcome.http_status, 500);
    EXPECT_EQ(outcome.response_body, "yours");
}

TEST_F(OddAnswerTest, EarlyAnswerIsReadThoughTheRequestIsNot) {
    // More than the kernel's buffers on both sides can take in: net.ipv4.tcp_rmem and tcp_wmem.
    const auto body = makeBytes(std::string(60'000'000, 'b'));
    for (const bool close : {false, true}) {
        const auto outcome = meet(
            [close](ScriptedPeer& peer) {
                peer.send(answer(413, "too large"));
                if (close) return;
                peer.awaitClose();
            },
            kLong, body);
        EXPECT_EQ(outcome.reason, FailureReason::kHttpStatus) << outcome.detail;
        EXPECT_EQ(outcome.http_status, 413);
    }
}

TEST_F(OddAnswerTest, AnswerInTheSameBreathAsTheConnection) {
    const auto outcome = meet([](ScriptedPeer& peer) {
        peer.send(answer(200, "eager"));
        peer.closeSending();
        peer.awaitClose();
    });
    EXPECT_EQ(outcome.http_status, 200) << outcome.detail;
    EXPECT_EQ(outcome.response_body, "eager");
}

}  // namespace
}  // namespace waybill
