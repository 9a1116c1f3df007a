// Is what the transport keeps of others bounded, and gone when it is of no more use?
#include <gtest/gtest.h>
#include <malloc.h>

#include <thread>

#include "support/transport_test.h"
#include "waybill/answer_stream.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

using TransportMemoryTest = TransportTest;

template <typename Condition>
bool await(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kSlack;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

ScriptedReceiver::Script answering(const std::string& text) {
    return [text](ScriptedPeer& peer) {
        while (peer.readRequest())
            if (!peer.send(text)) return;
    };
}

TEST_F(TransportMemoryTest, WithoutRoomLessOfAnAnswerIsKeptAndTheOutcomeIsTheSame) {
    const auto budget = std::make_shared<ByteBudget>(20'000);
    options_.memory = budget;
    ScriptedReceiver receiver(answering(answer(200, std::string(9'000, 'x'))));
    std::vector<AttemptOutcome> outcomes;
    std::size_t kept = 0;
    std::size_t cut = 0;
    for (int i = 0; i < 10; ++i) {
        outcomes.push_back(call(receiver.url()));
        const AttemptOutcome& outcome = outcomes.back();
        EXPECT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_EQ(outcome.http_status, 200);
        EXPECT_EQ(outcome.reused, i > 0) << "it was read to its end";
        EXPECT_EQ(outcome.truncated, outcome.response_body.size() < 9'000);
        kept += outcome.response_head.size() + outcome.response_body.size();
        if (outcome.truncated) ++cut;
    }
    EXPECT_LE(kept, budget->limit());
    EXPECT_GT(kept, budget->limit() - 200) << "there was room for so much";
    EXPECT_EQ(cut, 8u);
    EXPECT_LE(budget->used(), budget->limit());
    outcomes.clear();
    EXPECT_EQ(budget->used(), 0u);
    EXPECT_FALSE(call(receiver.url()).truncated) << "there is room again";
}

TEST_F(TransportMemoryTest, AHeadWithoutRoomIsReadAndCutAfterALine) {
    options_.memory = std::make_shared<ByteBudget>(1'000);
    const auto all = options_.memory->tryTake(960);
    ScriptedReceiver receiver(answering(
        answer(503, "busy", "X-Long: " + std::string(2'000, 'x') + "\r\nRetry-After: 7\r\n")));
    const auto outcome = call(receiver.url());
    EXPECT_EQ(outcome.reason, FailureReason::kHttpStatus);
    EXPECT_EQ(outcome.http_status, 503);
    EXPECT_EQ(outcome.retry_after, Duration(7s));
    EXPECT_TRUE(outcome.truncated);
    EXPECT_LE(outcome.response_head.size() + outcome.response_body.size(), 40u);
    EXPECT_TRUE(outcome.response_head.empty() || outcome.response_head.ends_with('\n'));
}

TEST_F(TransportMemoryTest, AnAnswerThatIsStreamedIsNeverCut) {
    options_.memory = std::make_shared<ByteBudget>(100);
    const auto all = options_.memory->tryTake(100);
    const std::string body(50'000, 'x');
    ScriptedReceiver receiver(answering(answer(200, body)));
    const auto stream = std::make_shared<AnswerStream>();
    AttemptRequest request = post(receiver.url());
    request.stream = stream;
    transport().send(std::move(request),
                     [stream](AttemptOutcome outcome) { stream->end(std::move(outcome)); });
    const auto deadline =
        std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()) + kSlack;
    std::string got;
    ASSERT_EQ(stream->read(got, deadline), AnswerStream::Read::kHead);
    EXPECT_NE(stream->head().find("Content-Length: 50000"), std::string::npos);
    while (stream->read(got, deadline) == AnswerStream::Read::kBody) {
    }
    EXPECT_EQ(got, body);
    EXPECT_FALSE(stream->outcome().truncated);
}

class TransportRequestMemoryTest : public TransportTest {
protected:
    /// The body of a request is gone as soon as its receiver, which does not answer, has it all.
    void expectBodyGoneOnceSent(const std::string& url) {
        Bytes body = makeBytes(std::string(std::size_t{8} << 20, 'x'));
        const std::weak_ptr<const std::string> seen = body;
        AttemptRequest request = post(url);
        request.body = std::move(body);
        auto outcome = begin(std::move(request));
        EXPECT_TRUE(await([&] { return seen.expired(); }));
        EXPECT_EQ(transport().stats().in_flight, 1u);
        answer_now_.set_value();
        EXPECT_EQ(outcome.get().http_status, 200);
    }

    ScriptedReceiver::Script answersLate() {
        return [this](ScriptedPeer& peer) {
            peer.readRequest();
            answer_now_.get_future().wait_for(kLong);
            peer.send(answer(200));
            peer.awaitClose();
        };
    }

    std::promise<void> answer_now_;
};

TEST_F(TransportRequestMemoryTest, ABodyIsGoneOnceItIsSent) {
    ScriptedReceiver receiver(answersLate());
    expectBodyGoneOnceSent(receiver.url());
}

TEST_F(TransportRequestMemoryTest, ABodyIsGoneOnceItIsSentOverTls) {
    TestAuthority authority;
    options_.ca_file = authority.caFile();
    resolver_->set("hooks.example", {{"127.0.0.1"}});
    ScriptedReceiver receiver(answersLate(), authority.issue("hooks.example"));
    expectBodyGoneOnceSent(receiver.url("hooks.example"));
}

TEST_F(TransportRequestMemoryTest, HeadsAreGoneOnceTheyAreSent) {
    constexpr std::size_t kHead = 60'000;
    constexpr std::size_t kSends = 200;
    SilentListener silent;
    const std::string url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/";
    transport();
    const auto held = [] {
        const auto info = ::mallinfo2();
        return info.uordblks + info.hblkhd;
    };
    const std::size_t before = held();
    std::vector<std::future<AttemptOutcome>> outcomes;
    for (std::size_t i = 0; i < kSends; ++i) {
        AttemptRequest request = post(url, kLong);
        request.headers.emplace_back("Authorization", std::string(kHead, 't'));
        outcomes.push_back(begin(std::move(request)));
    }
    EXPECT_TRUE(await([&] { return held() < before + kSends * kHead / 4; }));
    EXPECT_EQ(transport().stats().in_flight, kSends);
}

}  // namespace
}  // namespace waybill
