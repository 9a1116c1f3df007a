// Does the pool give out only connections on which nothing has happened?
#include "http/connection_pool.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <future>

#include "support/scripted_receiver.h"
#include "waybill/address_policy.h"

namespace waybill::http {
namespace {

using namespace std::chrono_literals;

const MonotonicTime kNow{};

Origin originOf(const ScriptedReceiver& receiver) {
    Origin origin;
    origin.host = "127.0.0.1";
    origin.address = parseNetwork("127.0.0.1")->base;
    origin.port = receiver.port();
    return origin;
}

bool awaitEvent(const Connection& connection, short event) {
    pollfd descriptor{connection.fd(), event, 0};
    return ::poll(&descriptor, 1, 10'000) == 1;
}

class ConnectionPoolTest : public ::testing::Test {
protected:
    /// What `take` gives after the receiver has run `script` on an idle connection.
    std::unique_ptr<Connection> takeAfter(const ScriptedReceiver::Script& script) {
        std::promise<void> idle;
        ScriptedReceiver receiver([&](ScriptedPeer& peer) {
            idle.get_future().wait();
            script(peer);
        });
        auto connection = std::make_unique<Connection>(originOf(receiver));
        EXPECT_EQ(connection->connect(), 0);
        EXPECT_TRUE(awaitEvent(*connection, POLLOUT));
        const Connection& kept = *connection;
        pool_.put(std::move(connection), kNow, std::nullopt);
        idle.set_value();
        EXPECT_TRUE(awaitEvent(kept, POLLIN | POLLRDHUP));
        return pool_.take(originOf(receiver), kNow);
    }

    ClosedConnections closed_;
    ConnectionPool pool_{{.connections = 10, .per_origin = 10, .idle = 1min}, closed_};
};

TEST_F(ConnectionPoolTest, AnswerToNothingIsNotTakenForTheNextOne) {
    EXPECT_EQ(takeAfter([](ScriptedPeer& peer) {
                  peer.send(answer(200, "to nothing"));
                  peer.awaitClose();
              }),
              nullptr);
    EXPECT_EQ(closed_.size(), 1u);
    EXPECT_EQ(pool_.size(), 0u);
}

TEST_F(ConnectionPoolTest, ConnectionThatWasClosedIsNotGivenOut) {
    EXPECT_EQ(takeAfter([](ScriptedPeer& peer) { peer.closeSending(); }), nullptr);
    EXPECT_EQ(takeAfter([](ScriptedPeer& peer) { peer.reset(); }), nullptr);
    EXPECT_EQ(closed_.size(), 2u);
}

}  // namespace
}  // namespace waybill::http
