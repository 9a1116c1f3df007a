// Does an answer reach its reader while it comes, and does the reader set the pace?
#include "waybill/answer_stream.h"

#include <gtest/gtest.h>

#include <future>
#include <new>

#include "support/scripted_receiver.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

MonotonicTime in(Duration patience) {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()) + patience;
}

// As a transport's mailbox does without memory.
TEST(AnswerStream, WhoCannotAskForMoreKeepsWhatCameAndAsksAgain) {
    AnswerStream stream(4);
    int asked = 0;
    stream.attach([&](AnswerStream::Signal) {
        if (++asked == 1) throw std::bad_alloc();
    });
    stream.headCame(200, "");
    std::string bytes;
    ASSERT_EQ(stream.read(bytes, in(0ms)), AnswerStream::Read::kHead);
    EXPECT_FALSE(stream.bodyCame("enough"));
    EXPECT_THROW(stream.read(bytes, in(0ms)), std::bad_alloc);
    EXPECT_EQ(bytes, "");
    EXPECT_EQ(stream.read(bytes, in(0ms)), AnswerStream::Read::kBody);
    EXPECT_EQ(bytes, "enough");
    EXPECT_EQ(asked, 2);
}

class AnswerStreamTest : public testing::Test {
protected:
    AnswerStreamTest() {
        HttpTransportOptions options;
        options.address_policy.allow("loopback");
        options.max_body_bytes = std::size_t{1} << 40;
        transport_ = makeHttpTransport(options);
    }

    /// The answer to a request to the receiver.
    std::shared_ptr<AnswerStream> ask(const ScriptedReceiver& receiver, Duration timeout = 10s,
                                      std::size_t window = 256 * 1024) {
        auto stream = std::make_shared<AnswerStream>(window);
        AttemptRequest request;
        request.url = receiver.url();
        request.timeout = timeout;
        request.stream = stream;
        transport_->send(std::move(request),
                         [stream](AttemptOutcome outcome) { stream->end(std::move(outcome)); });
        return stream;
    }

    /// The rest of the body.
    static std::string readAll(AnswerStream& stream) {
        std::string body;
        while (stream.read(body, in(10s)) == AnswerStream::Read::kBody) {
        }
        return body;
    }

    std::unique_ptr<Transport> transport_;
};

TEST_F(AnswerStreamTest, HeadAndPiecesComeBeforeTheEnd) {
    std::promise<void> seen;
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n");
        peer.send("3\r\none\r\n");
        seen.get_future().wait_for(10s);
        peer.send("3\r\ntwo\r\n0\r\n\r\n");
        peer.awaitClose();
    });
    const auto stream = ask(receiver);
    std::string body;
    ASSERT_EQ(stream->read(body, in(10s)), AnswerStream::Read::kHead);
    EXPECT_EQ(stream->status(), 200);
    EXPECT_NE(stream->head().find("X: y"), std::string::npos);
    ASSERT_EQ(stream->read(body, in(10s)), AnswerStream::Read::kBody);
    EXPECT_EQ(body, "one");
    EXPECT_EQ(stream->read(body, in(1ms)), AnswerStream::Read::kNotYet);
    seen.set_value();
    EXPECT_EQ(readAll(*stream), "two");
    EXPECT_FALSE(stream->outcome().reason);
    EXPECT_FALSE(stream->outcome().truncated);
    EXPECT_EQ(transport_->stats().idle_connections, 1u);
}

TEST_F(AnswerStreamTest, AReaderThatIsSlowStopsTheSender) {
    constexpr std::size_t kBody = 32 * 1024 * 1024;
    std::atomic<std::size_t> sent = 0;
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBody) + "\r\n\r\n");
        const std::string piece(64 * 1024, 'x');
        while (sent < kBody && peer.send(piece))
            sent += piece.size();
        peer.awaitClose();
    });
    const auto stream = ask(receiver, 10s, 64 * 1024);
    std::string body;
    ASSERT_EQ(stream->read(body, in(10s)), AnswerStream::Read::kHead);
    // What the sockets between them hold is sent and no more, however long nobody reads.
    std::size_t before = 1;
    while (before != sent || before == 0) {
        before = sent;
        std::promise<void>().get_future().wait_for(100ms);
    }
    EXPECT_LT(sent, kBody / 2);
    EXPECT_EQ(readAll(*stream).size(), kBody);
    EXPECT_FALSE(stream->outcome().truncated);
}

TEST_F(AnswerStreamTest, AReaderThatStopsEndsTheExchange) {
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        peer.awaitClose();
    });
    const auto stream = ask(receiver);
    std::string body;
    ASSERT_EQ(stream->read(body, in(10s)), AnswerStream::Read::kHead);
    stream->stop();
    EXPECT_EQ(stream->read(body, in(10s)), AnswerStream::Read::kEnd);
    EXPECT_TRUE(receiver.awaitAllClosed());
}

TEST_F(AnswerStreamTest, AStopBeforeTheHeadEndsItToo) {
    ScriptedReceiver receiver([&](ScriptedPeer& peer) { peer.awaitClose(); });
    const auto stream = ask(receiver);
    stream->stop();
    std::string body;
    ASSERT_EQ(stream->read(body, in(10s)), AnswerStream::Read::kEnd);
    EXPECT_EQ(stream->outcome().reason, FailureReason::kLocalFault);
}

TEST_F(AnswerStreamTest, SilenceAfterTheHeadEndsIt) {
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        peer.awaitClose();
    });
    const auto stream = ask(receiver, 200ms);
    std::string body;
    ASSERT_EQ(stream->read(body, in(10s)), AnswerStream::Read::kHead);
    EXPECT_EQ(readAll(*stream), "half");
    EXPECT_TRUE(stream->outcome().truncated);
}

TEST_F(AnswerStreamTest, ASteadySenderMayTakeLongerThanTheTimeout) {
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n");
        for (int i = 0; i < 8; ++i) {
            std::promise<void>().get_future().wait_for(100ms);
            peer.send("x");
        }
        peer.awaitClose();
    });
    const auto stream = ask(receiver, 500ms);
    std::string body;
    ASSERT_EQ(stream->read(body, in(10s)), AnswerStream::Read::kHead);
    EXPECT_EQ(readAll(*stream), "xxxxxxxx");
    EXPECT_FALSE(stream->outcome().truncated);
}

TEST_F(AnswerStreamTest, AStatusThatIsNoSuccessIsStreamedAsWell) {
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send(answer(429, "slow down", "Retry-After: 7\r\n"));
        peer.awaitClose();
    });
    const auto stream = ask(receiver);
    std::string body;
    ASSERT_EQ(stream->read(body, in(10s)), AnswerStream::Read::kHead);
    EXPECT_EQ(stream->status(), 429);
    EXPECT_EQ(readAll(*stream), "slow down");
    EXPECT_EQ(stream->outcome().retry_after, 7s);
}

}  // namespace
}  // namespace waybill
