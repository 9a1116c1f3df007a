// Is a connection used again where that is safe, and only there?
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "support/transport_test.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

using ConnectionReuseTest = TransportTest;

TEST_F(ConnectionReuseTest, ConnectionIsReused) {
    ScriptedReceiver receiver(alwaysFine);
    for (int i = 0; i < 5; ++i) {
        const auto outcome = call(receiver.url());
        EXPECT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_EQ(outcome.reused, i > 0);
        EXPECT_EQ(outcome.timings.connect.has_value(), i == 0);
    }
    EXPECT_EQ(receiver.accepted(), 1);
    EXPECT_EQ(transport().stats().connections_opened, 1u);
    EXPECT_EQ(transport().stats().connections_reused, 4u);
    EXPECT_EQ(transport().stats().idle_connections, 1u);

    AttemptRequest fresh = post(receiver.url());
    fresh.fresh_connection = true;
    EXPECT_FALSE(call(std::move(fresh)).reused);
    EXPECT_EQ(receiver.accepted(), 2);
}

TEST_F(ConnectionReuseTest, StaleConnectionIsNotSentOnAgain) {
    std::atomic<int> requests = 0;
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        peer.readRequest();
        ++requests;
        peer.send(answer(200, "fine"));
        if (peer.number() > 1) return peer.awaitClose();
        peer.readRequest();  // and goes away without an answer
        ++requests;
    });
    EXPECT_FALSE(call(receiver.url()).reason);
    const auto stale = call(receiver.url());
    EXPECT_EQ(stale.reason, FailureReason::kStaleConnection);
    EXPECT_TRUE(stale.reused);
    EXPECT_EQ(requests, 2);
    AttemptRequest fresh = post(receiver.url());
    fresh.fresh_connection = true;
    EXPECT_FALSE(call(std::move(fresh)).reason);
    EXPECT_EQ(requests, 3);
}

TEST_F(ConnectionReuseTest, TimeoutOnAReusedConnectionIsATimeout) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send(answer(200, "fine"));
        peer.awaitClose();
    });
    EXPECT_FALSE(call(receiver.url()).reason);
    const auto outcome = call(post(receiver.url(), 200ms));
    EXPECT_TRUE(outcome.reused);
    EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
}

TEST_F(ConnectionReuseTest, ConnectionClosedWhileIdleIsNotUsed) {
    std::promise<void> close;
    auto told_to_close = close.get_future().share();
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send(answer(200, "fine"));
        if (peer.number() == 1) {
            told_to_close.wait();
        } else {
            peer.awaitClose();
        }
    });
    EXPECT_FALSE(call(receiver.url()).reason);
    close.set_value();
    const auto deadline = std::chrono::steady_clock::now() + kSlack;
    while (transport().stats().idle_connections > 0) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        std::this_thread::yield();
    }
    const auto next = call(receiver.url());
    EXPECT_FALSE(next.reason) << next.detail;
    EXPECT_FALSE(next.reused);
}

TEST_F(ConnectionReuseTest, IdleConnectionsAreClosedInTime) {
    options_.idle_timeout = 100ms;
    ScriptedReceiver receiver(alwaysFine);
    EXPECT_FALSE(call(receiver.url()).reason);
    EXPECT_TRUE(receiver.awaitAllClosed());
    EXPECT_EQ(transport().stats().idle_connections, 0u);
}

TEST_F(ConnectionReuseTest, NoMoreIdleConnectionsThanAllowed) {
    options_.max_idle_per_endpoint = 2;
    constexpr int kAtOnce = 6;
    std::mutex mutex;
    std::condition_variable changed;
    int waiting = 0;
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        peer.readRequest();
        {
            std::unique_lock lock(mutex);
            ++waiting;
            changed.notify_all();
            changed.wait_for(lock, kSlack, [&] { return waiting == kAtOnce; });
        }
        peer.send(answer(200, "fine"));
        peer.awaitClose();
    });
    std::vector<std::future<AttemptOutcome>> outcomes;
    for (int i = 0; i < kAtOnce; ++i)
        outcomes.push_back(begin(post(receiver.url())));
    for (auto& outcome : outcomes)
        EXPECT_FALSE(outcome.get().reason);
    EXPECT_EQ(receiver.accepted(), kAtOnce);
    EXPECT_EQ(transport().stats().idle_connections, 2u);
}

TEST_F(ConnectionReuseTest, ReceiverSaysWhenItCloses) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine", "Keep-Alive: timeout=1\r\n"));
    });
    EXPECT_FALSE(call(receiver.url()).reason);
    EXPECT_FALSE(call(receiver.url()).reused);
}

}  // namespace
}  // namespace waybill
