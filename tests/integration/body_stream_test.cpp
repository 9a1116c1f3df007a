// Does a body reach its receiver while it is made, and only ever whole or not at all?
#include "waybill/body_stream.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <new>

#include "support/scripted_receiver.h"
#include "waybill/answer_stream.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

MonotonicTime until(Duration patience) {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()) + patience;
}

// As a transport's mailbox does without memory.
TEST(BodyStream, WhatNobodyCouldBeToldOfIsNotTaken) {
    BodyStream stream(std::nullopt);
    int told = 0;
    stream.attach([&] {
        if (++told % 2 == 1) throw std::bad_alloc();
    });
    bool last = false;
    EXPECT_THROW(stream.write("piece", until(0ms)), std::bad_alloc);
    EXPECT_EQ(stream.take(last), "");
    EXPECT_EQ(stream.write("piece", until(0ms)), BodyStream::Write::kTaken);
    EXPECT_EQ(stream.take(last), "piece");
    EXPECT_THROW(stream.finish(), std::bad_alloc);
    EXPECT_EQ(stream.take(last), "");
    EXPECT_FALSE(last);
    stream.finish();
    stream.take(last);
    EXPECT_TRUE(last);
    EXPECT_EQ(told, 4);
}

class BodyStreamTest : public testing::Test {
protected:
    BodyStreamTest() {
        HttpTransportOptions options;
        options.address_policy.allow("loopback");
        transport_ = makeHttpTransport(options);
    }

    std::shared_ptr<AnswerStream> send(const ScriptedReceiver& receiver,
                                       const std::shared_ptr<BodyStream>& body,
                                       Duration timeout = 10s) {
        auto stream = std::make_shared<AnswerStream>();
        AttemptRequest request;
        request.url = receiver.url();
        request.method = "PUT";
        request.timeout = timeout;
        request.stream = stream;
        request.body_stream = body;
        transport_->send(std::move(request),
                         [stream](AttemptOutcome outcome) { stream->end(std::move(outcome)); });
        return stream;
    }

    static int statusOf(AnswerStream& stream) {
        std::string none;
        return stream.read(none, until(10s)) == AnswerStream::Read::kHead ? stream.status() : 0;
    }

    std::unique_ptr<Transport> transport_;
};

/// Takes one request, tells of each piece, and answers once `end` has come.
ScriptedReceiver::Script reading(std::promise<std::string>& request, std::string end) {
    return [&request, end](ScriptedPeer& peer) {
        std::string all;
        while (!all.ends_with(end)) {
            const auto some = peer.readSome();
            if (!some) break;
            all += *some;
        }
        request.set_value(all);
        peer.send(answer(200));
        peer.awaitClose();
    };
}

TEST_F(BodyStreamTest, OneWithALengthIsSentAsItIs) {
    std::promise<std::string> request;
    ScriptedReceiver receiver(reading(request, "second"));
    const auto body = std::make_shared<BodyStream>(11);
    const auto stream = send(receiver, body);
    EXPECT_EQ(body->write("first", until(10s)), BodyStream::Write::kTaken);
    EXPECT_EQ(body->write("second", until(10s)), BodyStream::Write::kTaken);
    body->finish();
    EXPECT_EQ(statusOf(*stream), 200);
    const std::string sent = request.get_future().get();
    EXPECT_NE(sent.find("Content-Length: 11\r\n"), sent.npos);
    EXPECT_TRUE(sent.ends_with("\r\n\r\nfirstsecond"));
}

TEST_F(BodyStreamTest, OneWithoutALengthIsSentInChunks) {
    std::promise<std::string> request;
    ScriptedReceiver receiver(reading(request, "0\r\n\r\n"));
    const auto body = std::make_shared<BodyStream>(std::nullopt);
    body->write("0123456789abcdef!", until(10s));
    body->finish();
    EXPECT_EQ(statusOf(*send(receiver, body)), 200);
    const std::string sent = request.get_future().get();
    EXPECT_NE(sent.find("Transfer-Encoding: chunked\r\n"), sent.npos);
    EXPECT_TRUE(sent.ends_with("\r\n\r\n11\r\n0123456789abcdef!\r\n0\r\n\r\n"));
}

TEST_F(BodyStreamTest, WhatIsThereIsSentBeforeTheRestIsMade) {
    std::promise<void> seen;
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        std::string all;
        while (all.find("first") == all.npos)
            all += peer.readSome().value_or("first");
        seen.set_value();
        while (all.find("second") == all.npos)
            all += peer.readSome().value_or("second");
        peer.send(answer(200));
        peer.awaitClose();
    });
    const auto body = std::make_shared<BodyStream>(11);
    const auto stream = send(receiver, body);
    body->write("first", until(10s));
    ASSERT_EQ(seen.get_future().wait_for(10s), std::future_status::ready);
    body->write("second", until(10s));
    body->finish();
    EXPECT_EQ(statusOf(*stream), 200);
}

TEST_F(BodyStreamTest, AReceiverThatTakesNothingStopsTheMaker) {
    SilentListener receiver;
    auto stream = std::make_shared<AnswerStream>();
    const auto body = std::make_shared<BodyStream>(std::nullopt, 64 * 1024);
    AttemptRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(receiver.port()) + "/";
    request.timeout = 500ms;
    request.stream = stream;
    request.body_stream = body;
    transport_->send(std::move(request),
                     [stream](AttemptOutcome outcome) { stream->end(std::move(outcome)); });
    const std::string piece(16 * 1024, 'x');
    std::size_t taken = 0;
    auto written = BodyStream::Write::kTaken;
    while (written != BodyStream::Write::kClosed && taken < (std::size_t{1} << 30)) {
        written = body->write(piece, until(10s));
        if (written == BodyStream::Write::kTaken) taken += piece.size();
    }
    EXPECT_EQ(written, BodyStream::Write::kClosed);
    EXPECT_LT(taken, std::size_t{64} << 20);
    std::string none;
    EXPECT_EQ(stream->read(none, until(10s)), AnswerStream::Read::kEnd);
    EXPECT_EQ(stream->outcome().reason, FailureReason::kTimeout);
}

TEST_F(BodyStreamTest, AMakerThatTakesItsTimeIsNotTheReceiversFault) {
    std::promise<std::string> request;
    ScriptedReceiver receiver(reading(request, "late"));
    const auto body = std::make_shared<BodyStream>(4);
    const auto stream = send(receiver, body, 2s);
    std::string none;
    EXPECT_EQ(stream->read(none, until(2500ms)), AnswerStream::Read::kNotYet);
    body->write("late", until(10s));
    body->finish();
    EXPECT_EQ(statusOf(*stream), 200);
}

TEST_F(BodyStreamTest, AnAnswerBeforeTheEndIsReadAndTheConnectionIsNotUsedAgain) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        peer.awaitAnything();
        peer.send(answer(413));
        peer.awaitClose();
    });
    const auto body = std::make_shared<BodyStream>(1000);
    const auto stream = send(receiver, body);
    body->write("some", until(10s));
    EXPECT_EQ(statusOf(*stream), 413);
    std::string none;
    EXPECT_EQ(stream->read(none, until(10s)), AnswerStream::Read::kEnd);
    EXPECT_EQ(body->write("more", until(10s)), BodyStream::Write::kClosed);
    EXPECT_EQ(transport_->stats().idle_connections, 0U);
}

TEST_F(BodyStreamTest, OneThatIsNotAsLongAsItSaysNeverCounts) {
    for (const char* text : {"longer than that", "short"}) {
        std::atomic<bool> whole = false;
        ScriptedReceiver receiver(
            [&](ScriptedPeer& peer) { whole = peer.readRequest().has_value(); });
        const auto body = std::make_shared<BodyStream>(10);
        body->write(text, until(10s));
        body->finish();
        const auto stream = send(receiver, body);
        std::string none;
        EXPECT_EQ(stream->read(none, until(10s)), AnswerStream::Read::kEnd);
        EXPECT_EQ(stream->outcome().reason, FailureReason::kLocalFault);
        EXPECT_TRUE(receiver.awaitAllClosed());
        EXPECT_FALSE(whole);
    }
}

}  // namespace
}  // namespace waybill
