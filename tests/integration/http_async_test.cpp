// Do answers that come later reach the right client, and what does waiting for them cost?
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <future>
#include <mutex>
#include <regex>
#include <thread>

#include "support/raw_client.h"
#include "waybill/server/api_error.h"
#include "waybill/server/http_server.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;
using test::bodyIn;
using test::exchange;
using test::post;
using test::RawClient;
using test::statusIn;

constexpr std::size_t kMaxBody = 300000;

/// Requests whose answers a test gives when it likes.
class Held {
public:
    void keep(HttpRequest& request, Reply reply) {
        const std::lock_guard lock(mutex_);
        waiting_.push_back({&request, std::move(reply)});
        came_.notify_all();
    }

    struct One {
        HttpRequest* request = nullptr;
        Reply reply;

        /// The request's own body, put together on the server's thread.
        void echo() const {
            reply([kept = request] { return jsonResponse(200, kept->body); });
        }
    };

    std::vector<One> take(std::size_t count) {
        std::unique_lock lock(mutex_);
        if (!came_.wait_for(lock, 10s, [&] { return waiting_.size() >= count; })) return {};
        std::vector<One> taken(waiting_.begin(), waiting_.begin() + static_cast<long>(count));
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<long>(count));
        return taken;
    }

    std::size_t waiting() {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<One> waiting_;
};

HttpResponse answerTo(HttpRequest& request) {
    if (request.query == "throw") throw std::runtime_error("no disk");
    if (request.query == "large") return jsonResponse(200, std::string(1 << 20, 'x'));
    if (request.query == "empty") return HttpResponse{204, {}, {}, nullptr, nullptr};
    if (request.query == "busy") return errorResponse(request, {503, "Full.", "", ""});
    if (request.query == "stream") {
        HttpResponse response;
        response.stream = [](BodyWriter& out) { return out.write("one") && out.write("two"); };
        return response;
    }
    return jsonResponse(200, request.method + " " + request.body);
}

class HttpAsyncTest : public testing::Test {
protected:
    HttpAsyncTest() {
        const Guard guard = [](HttpRequest& request) -> std::optional<HttpResponse> {
            if (request.headers.find("x-key") != nullptr) return std::nullopt;
            return errorResponse(request, {401, "No key.", "", ""});
        };
        const auto late = [](HttpRequest& request, const Reply& reply) {
            std::thread([&request, reply] {
                reply([&request] { return answerTo(request); });
            }).detach();
        };
        const auto fast = [](HttpRequest& request, const Reply& reply) {
            reply(answerTo(request));
        };
        for (const char* method : {"GET", "POST"}) {
            router_.add(method, "/sync/open", nullptr, answerTo);
            router_.add(method, "/sync/keyed", guard, answerTo);
            router_.addAsync(method, "/late/open", nullptr, late);
            router_.addAsync(method, "/late/keyed", guard, late);
            router_.addAsync(method, "/fast/open", nullptr, fast);
            router_.addAsync(method, "/fast/keyed", guard, fast);
        }
        router_.addAsync("POST", "/held", nullptr, [this](HttpRequest& request, Reply reply) {
            held_.keep(request, std::move(reply));
        });
        router_.addAsync("POST", "/forgotten", nullptr, [](HttpRequest&, const Reply&) {});
        start(300ms);
    }

    void start(Duration patience) {
        HttpServerOptions options;
        options.max_body_bytes = kMaxBody;
        options.head_timeout = patience;
        options.body_timeout = patience;
        options.on_problem = [this](const std::string& problem) {
            const std::lock_guard lock(mutex_);
            problems_ += problem;
        };
        server_ = std::make_unique<HttpServer>(std::move(options), router_);
        server_->start();
    }

    std::uint16_t port() const { return server_->port(); }

    std::string problems() {
        const std::lock_guard lock(mutex_);
        return problems_;
    }

    Held held_;
    Router router_;
    std::mutex mutex_;
    std::string problems_;
    std::unique_ptr<HttpServer> server_;
};

std::size_t threadCount() {
    const std::filesystem::directory_iterator threads("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(threads), end(threads)));
}

/// An answer without what differs from one to the next.
std::string masked(const std::string& answer) {
    static const std::regex kDiffers("req_[0-9a-f]{32}|Date: [^\r]*");
    return std::regex_replace(answer, kDiffers, "*");
}

// ---- the same on both ways

struct Exchange {
    const char* name;
    std::string request;  ///< PATH stands for the route
};

class HttpWaysTest : public HttpAsyncTest, public testing::WithParamInterface<Exchange> {
protected:
    /// Everything the client gets to read.
    std::string answers(const std::string& path) {
        const std::regex place("PATH");
        RawClient client(port());
        client.send(std::regex_replace(GetParam().request, place, path));
        return client.readToEnd();
    }
};

const std::string kClose = "Connection: close\r\n";

INSTANTIATE_TEST_SUITE_P(
    Requests, HttpWaysTest,
    testing::Values(
        Exchange{"Body", post("PATH/open", "hello", kClose)},
        Exchange{"NoBody", "GET PATH/open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
        Exchange{"Head", "HEAD PATH/open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
        Exchange{"Http10", "GET PATH/open HTTP/1.0\r\n\r\n"},
        Exchange{"KeptAlive", post("PATH/open", "1") + post("PATH/open", "2") +
                                  post("PATH/open", "3", kClose) + post("PATH/open", "4")},
        Exchange{"Throw", post("PATH/open?throw", "", kClose)},
        Exchange{"KeptAliveAfterThrow",
                 post("PATH/open?throw", "") + post("PATH/open", "2", kClose)},
        Exchange{"LargeAnswer", post("PATH/open?large", "", kClose)},
        Exchange{"NoContent", post("PATH/open?empty", "") + post("PATH/open", "", kClose)},
        Exchange{"Overloaded", post("PATH/open?busy", "", kClose)},
        Exchange{"Stream", post("PATH/open?stream", "") + post("PATH/open", "2", kClose)},
        Exchange{"HeadOfAStream",
                 "HEAD PATH/open?stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
        Exchange{"Refused", post("PATH/keyed", "x") + post("PATH/keyed", "x", kClose)},
        Exchange{"Admitted", post("PATH/keyed", "x", "X-Key: 1\r\n" + kClose)},
        Exchange{"NotFound", post("PATH/none", "x") + post("PATH/none", "x", kClose)},
        Exchange{"WrongMethod", "PUT PATH/open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
        Exchange{"LargeBody", post("PATH/open", std::string(kMaxBody, 'b'), kClose)},
        Exchange{"TooLarge", post("PATH/open", std::string(kMaxBody + 1, 'b'))},
        Exchange{"Chunked",
                 "POST PATH/open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
        Exchange{"Expect",
                 "POST PATH/open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                 "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok"},
        Exchange{"Malformed", "POST PATH/open HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"},
        Exchange{"BareLineFeed", "GET PATH/open HTTP/1.1\nHost: a\n\n"},
        Exchange{"MalformedSecond", post("PATH/open", "1") + "nonsense\r\n\r\n"},
        Exchange{"HalfHead", "POST PATH/open HTTP/1.1\r\nHos"},
        Exchange{"HalfBody",
                 "POST PATH/open HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"}),
    [](const auto& tested) { return tested.param.name; });

TEST_P(HttpWaysTest, ARouteAnswersTheSameAtOnceAndLater) {
    const std::regex path("/(late|fast)/");
    const std::string at_once = masked(answers("/sync"));
    ASSERT_TRUE(at_once.starts_with("HTTP/1.1 ")) << at_once;
    EXPECT_EQ(std::regex_replace(masked(answers("/late")), path, "/sync/"), at_once);
    EXPECT_EQ(std::regex_replace(masked(answers("/fast")), path, "/sync/"), at_once);
}

// ---- order

TEST_F(HttpAsyncTest, EachClientGetsItsOwnAnswersInOrder) {
    constexpr int kClients = 16;
    constexpr int kEach = 20;
    std::deque<RawClient> clients;
    for (int c = 0; c < kClients; ++c) {
        std::string requests;
        for (int i = 0; i < kEach; ++i)
            requests += post("/held", std::to_string(c) + "." + std::to_string(i));
        clients.emplace_back(port()).send(requests);
    }
    for (int i = 0; i < kEach; ++i) {
        const auto batch = held_.take(kClients);
        ASSERT_EQ(batch.size(), kClients);
        EXPECT_EQ(held_.waiting(), 0u);  // the next of a client waits for the answer to this one
        for (auto one = batch.rbegin(); one != batch.rend(); ++one)
            one->echo();
    }
    for (int c = 0; c < kClients; ++c)
        for (int i = 0; i < kEach; ++i)
            EXPECT_EQ(bodyIn(clients[static_cast<std::size_t>(c)].readAnswer()),
                      std::to_string(c) + "." + std::to_string(i));
}

TEST_F(HttpAsyncTest, AClientThatDoesNotReadHoldsUpNobodyElse) {
    const std::string large(60000, 'x');
    constexpr int kAnswers = 200;
    RawClient deaf(port());
    // More than both sides' buffers take.
    std::thread sender([&] {
        for (int i = 0; i < kAnswers; ++i)
            deaf.send(post("/fast/open", large));
    });
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(bodyIn(exchange(port(), post("/late/open", "hello"))), "POST hello");
    for (int i = 0; i < kAnswers; ++i)
        EXPECT_EQ(bodyIn(deaf.readAnswer()).size(), large.size() + 5);
    sender.join();
}

// ---- what goes wrong

TEST_F(HttpAsyncTest, AClientMayLeaveBeforeItsAnswer) {
    {
        RawClient gone(port());
        gone.send(post("/held", "nobody reads this"));
    }
    const auto held = held_.take(1);
    ASSERT_EQ(held.size(), 1u);
    EXPECT_EQ(bodyIn(exchange(port(), post("/late/open", "1"))), "POST 1");
    held.front().echo();
    EXPECT_TRUE(server_->drain(5s));
}

TEST_F(HttpAsyncTest, AHandlerThatForgetsItsReplyIsA500) {
    EXPECT_EQ(statusIn(exchange(port(), post("/forgotten", ""))), 500);
    EXPECT_NE(problems().find("gave no answer"), std::string::npos);
}

TEST_F(HttpAsyncTest, WhatAHandlerThrowsIsReportedAndNotShown) {
    for (const char* path : {"/late/open?throw", "/fast/open?throw"}) {
        const std::string answer = exchange(port(), post(path, ""));
        EXPECT_EQ(statusIn(answer), 500);
        EXPECT_EQ(answer.find("disk"), std::string::npos);
    }
    EXPECT_NE(problems().find("no disk"), std::string::npos);
}

TEST_F(HttpAsyncTest, TheFirstAnswerCounts) {
    RawClient client(port());
    client.send(post("/held", "first"));
    const auto held = held_.take(1);
    ASSERT_EQ(held.size(), 1u);
    held.front().reply(jsonResponse(200, "first"));
    held.front().reply(jsonResponse(200, "second"));
    EXPECT_EQ(bodyIn(client.readAnswer()), "first");
    client.send(post("/late/open", "third"));
    EXPECT_EQ(bodyIn(client.readAnswer()), "POST third");
}

TEST_F(HttpAsyncTest, ADrainWaitsForAnswersThatAreOwed) {
    RawClient owed(port());
    RawClient idle(port());
    idle.send(post("/late/open", "1"));
    EXPECT_EQ(bodyIn(idle.readAnswer()), "POST 1");
    owed.send(post("/held", "2") + post("/held", "not any more"));
    const auto held = held_.take(1);
    ASSERT_EQ(held.size(), 1u);
    EXPECT_FALSE(server_->drain(1ms));
    EXPECT_TRUE(idle.ended());
    held.front().echo();
    const std::string answer = owed.readAnswer();
    EXPECT_EQ(bodyIn(answer), "2");
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(owed.ended());
    EXPECT_TRUE(server_->drain(5s));
    EXPECT_EQ(held_.waiting(), 0u);
}

TEST_F(HttpAsyncTest, AStopWaitsForTheHandlersReply) {
    RawClient owed(port());
    owed.send(post("/held", "1"));
    const auto held = held_.take(1);
    ASSERT_EQ(held.size(), 1u);
    const auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
    EXPECT_TRUE(owed.ended());
    EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
    held.front().echo();
    EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
}

// ---- what waiting costs

TEST_F(HttpAsyncTest, IdleClientsHoldNoThreads) {
    start(30s);
    const std::size_t before = threadCount();
    std::deque<RawClient> clients;
    for (int i = 0; i < 100; ++i) {
        RawClient& client = clients.emplace_back(port());
        client.send(post("/fast/open", "1"));
        EXPECT_EQ(bodyIn(client.readAnswer()), "POST 1");
    }
    for (RawClient& client : clients) {
        client.send("POST /fast/open HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n");
    }
    EXPECT_LE(threadCount(), before + 2);
    for (RawClient& client : clients) {
        client.send("\r\n2");
        EXPECT_EQ(bodyIn(client.readAnswer()), "POST 2");
    }
}

TEST_F(HttpAsyncTest, AWorkerLeavesAnIdleClient) {
    constexpr std::size_t kClients = 500;
    const std::size_t before = threadCount();
    std::deque<RawClient> clients;
    for (std::size_t i = 0; i < kClients; ++i) {
        RawClient& client = clients.emplace_back(port());
        client.send(post("/sync/open", "1"));
        EXPECT_EQ(bodyIn(client.readAnswer()), "POST 1");
    }
    EXPECT_LE(threadCount(), before + kClients / 2);
    for (RawClient& client : clients) {
        client.send(post("/sync/open", "2") + post("/fast/open", "3") + post("/sync/open", "4"));
        for (const char* body : {"POST 2", "POST 3", "POST 4"})
            EXPECT_EQ(bodyIn(client.readAnswer()), body);
    }
}

TEST_F(HttpAsyncTest, ClientsThatWaitForTheirAnswersHoldNoThreads) {
    const std::size_t before = threadCount();
    std::deque<RawClient> clients;
    for (int i = 0; i < 200; ++i)
        clients.emplace_back(port()).send(post("/held", std::to_string(i)));
    const auto held = held_.take(200);
    ASSERT_EQ(held.size(), 200u);
    EXPECT_LE(threadCount(), before + 2);
    for (const auto& one : held)
        one.echo();
    for (int i = 0; i < 200; ++i)
        EXPECT_EQ(bodyIn(clients[static_cast<std::size_t>(i)].readAnswer()), std::to_string(i));
}

TEST_F(HttpAsyncTest, HalfARequestEndsInTimeHoweverSlowlyItGoesOn) {
    const std::string head = "POST /late/open HTTP/1.1\r\nHost: a\r\n";
    for (const std::string& begun : {head + "X-", head + "Content-Length: 9999\r\n\r\n"}) {
        RawClient client(port());
        client.send(begun);
        auto answer = std::async(std::launch::async, [&] { return client.readToEnd(); });
        int more = 0;
        try {
            while (answer.wait_for(10ms) != std::future_status::ready && ++more < 2000)
                client.send("x");
        } catch (const Poco::Exception&) {
            // The server no longer listens.
        }
        EXPECT_LT(more, 2000);
        EXPECT_EQ(statusIn(answer.get()), 408);
    }
}

TEST_F(HttpAsyncTest, ARequestMayComeByteByByte) {
    RawClient client(port());
    for (const std::string& request : {post("/fast/open", "slow"), post("/sync/open", "slow")}) {
        for (const char byte : request)
            client.send({&byte, 1});
        EXPECT_EQ(bodyIn(client.readAnswer()), "POST slow");
    }
}

}  // namespace
}  // namespace waybill::server
