// Who gets a place when others want all of them?
#include <Poco/Exception.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/connection_table.h"
#include "support/raw_client.h"
#include "waybill/server/api_error.h"
#include "waybill/server/http_server.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;
using test::bodyIn;
using test::RawClient;
using test::statusIn;

constexpr const char* kHalfHead = "POST /echo HTTP/1.1\r\nHost: a\r\n";
constexpr const char* kHalfBody = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx";
constexpr const char* kWholeRequest = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";

/// `GET /echo` and `POST /echo` are answered at once, `GET /held` when the test says so;
/// `/healthz` has the reserve.
class HttpPlacesTest : public testing::Test {
protected:
    HttpPlacesTest() {
        for (const char* method : {"GET", "POST"})
            router_.add(method, "/echo", nullptr,
                        [](HttpRequest&) { return jsonResponse(200, "{}"); });
        router_.add("GET", "/healthz", nullptr,
                    [](HttpRequest&) { return jsonResponse(200, "fine"); });
        router_.addAsync("GET", "/held", nullptr, [this](HttpRequest&, Reply reply) {
            const std::lock_guard lock(mutex_);
            held_.push_back(std::move(reply));
        });
        options_.max_connections = 64;
        options_.max_connections_per_address = 32;
        options_.reserved_connections = 8;
        options_.uses_reserve = [](const HttpRequest& request) {
            return request.path == "/healthz";
        };
        // Whoever ends one of these connections, it is not a deadline.
        options_.head_timeout = options_.body_timeout = options_.idle_timeout = 1h;
    }
    ~HttpPlacesTest() override {
        const std::lock_guard lock(mutex_);
        for (const Reply& reply : held_)
            reply([] { return jsonResponse(200, "{}"); });
    }

    void start() {
        server_ = std::make_unique<HttpServer>(options_, router_);
        server_->start();
    }

    /// Opens so many connections that send `bytes`, from one address.
    void crowd(const std::string& from, int count, std::string_view bytes) {
        for (int i = 0; i < count; ++i) {
            RawClient& one = crowd_.emplace_back(server_->port(), from);
            try {
                one.send(bytes);
            } catch (const Poco::Exception&) {
                // Made room already.
            }
        }
    }

    /// Waits until the server's figures are so.
    bool become(const std::function<bool(const HttpConnectionStats&)>& condition) const {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!condition(server_->stats())) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::yield();
        }
        return true;
    }

    int answeredOf(int count, const std::string& from) const {
        int answered = 0;
        for (int i = 0; i < count; ++i) {
            RawClient client(server_->port(), from);
            client.send(kWholeRequest);
            answered += statusIn(client.readAnswer()) == 200 ? 1 : 0;
        }
        return answered;
    }

    HttpServerOptions options_;
    Router router_;
    std::mutex mutex_;
    std::vector<Reply> held_;
    std::unique_ptr<HttpServer> server_;
    std::deque<RawClient> crowd_;
};

TEST_F(HttpPlacesTest, HalfHeadsHaveAnEighthOfThePlacesAndOneAddressHalfOfThose) {
    start();
    const auto left = [&](std::uint64_t came, std::uint64_t open) {
        return become([&](const HttpConnectionStats& stats) {
            return stats.evicted_head + stats.evicted_silent + stats.open == came &&
                   stats.open == open && stats.in_head == open;
        });
    };
    crowd("127.0.0.2", 40, kHalfHead);
    EXPECT_TRUE(left(40, 4));
    crowd("127.0.0.3", 40, kHalfHead);
    crowd("127.0.0.4", 40, kHalfHead);
    EXPECT_TRUE(left(120, 8));
}

TEST_F(HttpPlacesTest, NobodyIsKeptOutByHalfHeadsOfOthersOrOfTheSameAddress) {
    start();
    for (int round = 0; round < 4; ++round) {
        crowd("127.0.0.2", 32, kHalfHead);
        crowd("127.0.0.3", 32, kHalfHead);
        EXPECT_EQ(answeredOf(25, "127.0.0.1"), 25);
        EXPECT_EQ(answeredOf(25, "127.0.0.2"), 25);
    }
}

TEST_F(HttpPlacesTest, NobodyIsKeptOutByHalfBodiesOfOthers) {
    start();
    for (int round = 0; round < 4; ++round) {
        crowd("127.0.0.2", 32, kHalfBody);
        crowd("127.0.0.3", 32, kHalfBody);
        ASSERT_TRUE(become([](const auto& stats) { return stats.silent == 0; }));
        EXPECT_EQ(answeredOf(50, "127.0.0.1"), 50);
    }
}

TEST_F(HttpPlacesTest, HalfBodiesMakeRoomForTheirOwnAddressOnceTheyAreSlow) {
    start();
    crowd("127.0.0.2", 32, kHalfBody);
    ASSERT_TRUE(become([](const auto& stats) { return stats.in_body >= 32; }));
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (answeredOf(1, "127.0.0.2") == 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    EXPECT_EQ(answeredOf(20, "127.0.0.2"), 20);
    EXPECT_GT(server_->stats().evicted_body, 0u);
}

TEST_F(HttpPlacesTest, NobodyIsKeptOutByThoseWhoSayNothing) {
    start();
    crowd("127.0.0.2", 60, "");
    crowd("127.0.0.3", 60, "");
    EXPECT_EQ(answeredOf(50, "127.0.0.1"), 50);
    EXPECT_EQ(answeredOf(50, "127.0.0.2"), 50);
}

TEST_F(HttpPlacesTest, NobodyIsKeptOutByThoseWhoHaveHadTheirLastAnswer) {
    start();
    for (const char* from : {"127.0.0.2", "127.0.0.3"}) {
        crowd(from, 36, "no request\r\n\r\n");
        for (auto client = crowd_.end() - 36; client != crowd_.end(); ++client)
            EXPECT_EQ(statusIn(client->readAnswer()), 400);
    }
    EXPECT_EQ(answeredOf(25, "127.0.0.1"), 25);
    EXPECT_EQ(answeredOf(25, "127.0.0.2"), 25);
}

TEST_F(HttpPlacesTest, AClientThatWasAnsweredStaysWhoeverElseComes) {
    start();
    RawClient client(server_->port());
    client.send(kWholeRequest);
    ASSERT_EQ(statusIn(client.readAnswer()), 200);
    for (const char* bytes : {kHalfHead, "", kHalfBody, kHalfHead})
        for (const char* from : {"127.0.0.2", "127.0.0.3", "127.0.0.4"})
            crowd(from, 40, bytes);
    EXPECT_EQ(answeredOf(1, "127.0.0.5"), 1) << "all before have been accepted";
    client.send(kWholeRequest);
    EXPECT_EQ(statusIn(client.readAnswer()), 200);
    EXPECT_EQ(server_->stats().evicted_idle, 0u);
}

TEST_F(HttpPlacesTest, AProbeIsAnsweredWhileClientsHaveAllPlaces) {
    start();
    constexpr std::string_view kHeld = "GET /held HTTP/1.1\r\nHost: a\r\n\r\n";
    crowd("127.0.0.2", 32, kHeld);
    crowd("127.0.0.3", 32, kHeld);
    ASSERT_TRUE(become([&](const auto&) {
        const std::lock_guard lock(mutex_);
        return held_.size() == 64;
    }));
    for (const char* from : {"127.0.0.1", "127.0.0.2"}) {
        RawClient refused(server_->port(), from);
        refused.send(kHeld);
        const std::string answer = refused.readAnswer();
        EXPECT_EQ(statusIn(answer), 503);
        EXPECT_NE(answer.find("\r\nRetry-After: "), std::string::npos);
        EXPECT_NE(answer.find("too_many_requests"), std::string::npos);
        for (int i = 0; i < 20; ++i) {
            RawClient probe(server_->port(), from);
            probe.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            EXPECT_EQ(bodyIn(probe.readAnswer()), "fine");
        }
    }
    EXPECT_EQ(server_->stats().refused_reserve, 2u);
}

TEST_F(HttpPlacesTest, APlaceIsFreeAgainOnceItsRequestIsAnswered) {
    options_.max_connections = options_.max_connections_per_address = 1;
    start();
    RawClient first(server_->port());
    RawClient second(server_->port());
    for (int i = 0; i < 20; ++i)
        for (RawClient* client : {&first, &second}) {
            client->send(kWholeRequest);
            EXPECT_EQ(statusIn(client->readAnswer()), 200);
            ASSERT_TRUE(
                become([](const auto& stats) { return stats.idle + stats.silent == stats.open; }));
        }
}

TEST(AddressGroup, IsTheAddressOrTheNetworkOfAnIpv6Client) {
    EXPECT_EQ(addressGroup("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(addressGroup("::ffff:192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(addressGroup("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(addressGroup("2001:db8:1:2::9"), addressGroup("2001:db8:1:2:ffff::1"));
    EXPECT_NE(addressGroup("2001:db8:1:2::9"), addressGroup("2001:db8:1:3::9"));
    EXPECT_EQ(addressGroup("fe80::1%eth0"), "fe80::/64");
    EXPECT_EQ(addressGroup("::1"), "::1");
    EXPECT_EQ(addressGroup("no address"), "no address");
}

}  // namespace
}  // namespace waybill::server
