// Is a call on the wire to the upstream at most once, whatever becomes of the connection?
#include <gtest/gtest.h>

#include <atomic>

#include "llm/backend_answer.h"
#include "llm/upstream_backend.h"
#include "support/transport_test.h"

namespace waybill::server {
namespace {

constexpr std::size_t kPlenty = 1024 * 1024;

/// Answers the first request of the first connection and then does something else.
class UpstreamCallTest : public testing::Test {
protected:
    void meet(ScriptedReceiver::Script then) {
        upstream_.emplace([this, then = std::move(then)](ScriptedPeer& peer) {
            if (peer.number() > 1) {
                while (peer.readRequest()) {
                    ++whole_requests_;
                    peer.send(answer(200, "again"));
                }
                return;
            }
            peer.readRequest();
            peer.send(answer(200, "first"));
            then(peer);
        });
        UpstreamOptions options;
        options.url = upstream_->url();
        backend_.emplace(std::move(options), makeHttpTransport(upstreamTransportOptions()));
        ASSERT_EQ(call().body, "first");
    }

    BackendAnswer call(std::string body = "{}") {
        BackendCall call;
        call.body = std::move(body);
        return readWhole(*backend_->create(std::move(call)), kPlenty, nullptr);
    }

    std::atomic<int> whole_requests_ = 0;  ///< after the first
    std::optional<ScriptedReceiver> upstream_;
    std::optional<UpstreamBackend> backend_;
};

TEST_F(UpstreamCallTest, OneThatMeetsAConnectionClosedWhileIdleIsMadeOnANewOne) {
    std::promise<void> closed;
    meet([&](ScriptedPeer& peer) {
        peer.closeSending();
        closed.set_value();
        peer.awaitClose();
    });
    closed.get_future().wait();
    EXPECT_EQ(call().body, "again");
    EXPECT_EQ(whole_requests_, 1);
}

TEST_F(UpstreamCallTest, OneWhoseConnectionIsClosedOnceItIsReadIsNotMadeAgain) {
    meet([this](ScriptedPeer& peer) {
        if (peer.readRequest()) ++whole_requests_;
    });
    const BackendAnswer answer = call();
    EXPECT_EQ(answer.head.status, 0);
    EXPECT_NE(answer.failure.find("not sent again"), std::string::npos) << answer.failure;
    EXPECT_EQ(whole_requests_, 1);
    EXPECT_EQ(upstream_->accepted(), 1);
}

TEST_F(UpstreamCallTest, OneWhoseConnectionIsResetHalfWayIsNotMadeAgain) {
    meet([](ScriptedPeer& peer) {
        peer.awaitAnything();
        peer.reset();
    });
    const BackendAnswer answer = call(std::string(30'000'000, 'b'));
    EXPECT_NE(answer.failure.find("not sent again"), std::string::npos) << answer.failure;
    EXPECT_EQ(whole_requests_, 0);
    EXPECT_EQ(upstream_->accepted(), 1);
}

TEST_F(UpstreamCallTest, ANewCallAfterThatIsMadeAsEver) {
    meet([](ScriptedPeer& peer) { peer.readRequest(); });
    EXPECT_FALSE(call().whole());
    EXPECT_EQ(call().body, "again");
}

}  // namespace
}  // namespace waybill::server
