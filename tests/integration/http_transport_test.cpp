// Does every attempt end in time and with the right reason, whatever the receiver does?
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <future>
#include <map>
#include <mutex>

#include "support/scripted_receiver.h"
#include "waybill/errors.h"
#include "waybill/transport.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

// A timeout that no test should run into.
constexpr Duration kLong = 1min;

// What an attempt may take beyond its own time on a busy machine; far less than kLong.
constexpr Duration kSlack = 10s;

/// Names for the test: what each look-up of a name answers, the last answer again and again.
class FakeResolver : public Resolver {
public:
    void set(const std::string& host, std::vector<std::vector<std::string>> answers) {
        const std::lock_guard lock(mutex_);
        answers_[host] = std::move(answers);
    }
    void hangOn(const std::string& host) { hanging_ = host; }
    void release() {
        const std::lock_guard lock(mutex_);
        hanging_.clear();
        released_.notify_all();
    }
    int lookups() {
        const std::lock_guard lock(mutex_);
        return lookups_;
    }

    Resolution resolve(const std::string& host) override {
        std::unique_lock lock(mutex_);
        ++lookups_;
        released_.wait(lock, [&] { return host != hanging_; });
        if (host == "throws.example") throw std::runtime_error("a resolver's bug");
        auto& answers = answers_[host];
        if (answers.empty()) return {{}, "no such name", false};
        Resolution resolution;
        for (const auto& text : answers.front()) {
            resolution.addresses.push_back(parseNetwork(text)->base);
        }
        if (answers.size() > 1) answers.erase(answers.begin());
        return resolution;
    }

private:
    std::mutex mutex_;
    std::condition_variable released_;
    std::map<std::string, std::vector<std::vector<std::string>>> answers_;
    std::string hanging_;
    int lookups_ = 0;
};

AttemptRequest post(std::string url, Duration timeout = kLong) {
    AttemptRequest request;
    request.url = std::move(url);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = makeBytes("{\"hello\":1}");
    request.timeout = timeout;
    return request;
}

/// An outcome and how long it took to come.
struct Timed {
    AttemptOutcome outcome;
    Duration took{};
};

class HttpTransportTest : public ::testing::Test {
protected:
    HttpTransportTest() {
        options_.address_policy.allow("loopback");
        options_.body_after_success = 200ms;
        options_.resolver = resolver_;
    }
    ~HttpTransportTest() override { resolver_->release(); }

    Transport& transport() {
        if (transport_ == nullptr) transport_ = makeHttpTransport(options_);
        return *transport_;
    }

    std::future<AttemptOutcome> begin(AttemptRequest request) {
        auto promise = std::make_shared<std::promise<AttemptOutcome>>();
        auto outcome = promise->get_future();
        transport().send(std::move(request), [promise](AttemptOutcome result) {
            promise->set_value(std::move(result));
        });
        return outcome;
    }

    Timed timed(AttemptRequest request) {
        const auto start = std::chrono::steady_clock::now();
        auto outcome = begin(std::move(request)).get();
        const auto took = std::chrono::steady_clock::now() - start;
        return {std::move(outcome), std::chrono::duration_cast<Duration>(took)};
    }

    AttemptOutcome call(AttemptRequest request) { return begin(std::move(request)).get(); }
    AttemptOutcome call(const std::string& url) { return call(post(url)); }

    /// The receiver's first connection runs `script`, all later ones answer as they should. The
    /// attempt must end within `at_most`, with its connection closed and nothing of it left, and
    /// the next one must not notice.
    AttemptOutcome meet(ScriptedReceiver::Script script, Duration timeout, Duration at_most,
                        std::shared_ptr<const std::string> body = nullptr) {
        ScriptedReceiver receiver([&script](ScriptedPeer& peer) {
            if (peer.number() == 1) return script(peer);
            while (peer.readRequest())
                peer.send(answer(200, "fine"));
        });
        AttemptRequest request = post(receiver.url(), timeout);
        if (body != nullptr) request.body = body;
        const auto [outcome, took] = timed(std::move(request));
        EXPECT_LE(took, at_most);
        EXPECT_TRUE(receiver.awaitAllClosed());
        EXPECT_EQ(transport().stats().in_flight, 0u);
        EXPECT_EQ(transport().stats().idle_connections, 0u);
        expectHealthy(receiver.url());
        return outcome;
    }

    void expectHealthy(const std::string& url) {
        const auto next = call(url);
        EXPECT_FALSE(next.reason) << next.detail;
        EXPECT_EQ(next.http_status, 200);
        EXPECT_EQ(next.response_body, "fine");
    }

    std::shared_ptr<FakeResolver> resolver_ = std::make_shared<FakeResolver>();
    HttpTransportOptions options_;

private:
    std::unique_ptr<Transport> transport_;
};

TEST_F(HttpTransportTest, SendsExactlyTheRequest) {
    std::promise<std::string> seen;
    ScriptedReceiver receiver([&](ScriptedPeer& peer) {
        seen.set_value(peer.readRequest().value_or(""));
        peer.send(answer(202, "got it", "X-Answer: yes\r\n"));
        peer.awaitClose();
    });
    AttemptRequest request = post(receiver.url() + "/a?b=c#d");
    request.headers.emplace_back("Authorization", "Bearer s3cret");
    const auto outcome = call(std::move(request));
    EXPECT_EQ(seen.get_future().get(),
              "POST /hook/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(receiver.port()) +
                  "\r\nContent-Type: application/json\r\n"
                  "Authorization: Bearer s3cret\r\n"
                  "Content-Length: 11\r\n\r\n{\"hello\":1}");
    EXPECT_FALSE(outcome.reason);
    EXPECT_EQ(outcome.detail, "");
    EXPECT_EQ(outcome.http_status, 202);
    EXPECT_EQ(outcome.response_head,
              "HTTP/1.1 202 Scripted\r\nX-Answer: yes\r\nContent-Length: 6\r\n");
    EXPECT_EQ(outcome.response_body, "got it");
    EXPECT_FALSE(outcome.truncated);
    EXPECT_FALSE(outcome.reused);
    EXPECT_EQ(outcome.remote_address, "127.0.0.1:" + std::to_string(receiver.port()));
    EXPECT_EQ(outcome.tls, "");
    EXPECT_FALSE(outcome.timings.dns);
    EXPECT_TRUE(outcome.timings.connect);
    EXPECT_FALSE(outcome.timings.tls);
    EXPECT_TRUE(outcome.timings.first_byte);
    EXPECT_GE(outcome.timings.total, *outcome.timings.connect + *outcome.timings.first_byte);
}

TEST_F(HttpTransportTest, SendsLargeAndEmptyBodies) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (const auto request = peer.readRequest()) {
            const auto body_at = request->find("\r\n\r\n") + 4;
            peer.send(answer(200, std::to_string(request->size() - body_at)));
        }
    });
    for (const std::size_t size : {0u, 1u, 100'000u, 20'000'000u}) {
        AttemptRequest request = post(receiver.url());
        request.body = makeBytes(std::string(size, 'b'));
        EXPECT_EQ(call(std::move(request)).response_body, std::to_string(size));
    }
    AttemptRequest none = post(receiver.url());
    none.body = nullptr;
    EXPECT_EQ(call(std::move(none)).response_body, "0");
}

TEST_F(HttpTransportTest, EveryStatusButSuccessIsAFailure) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (const auto request = peer.readRequest()) {
            const int status = std::stoi(request->substr(std::string("POST /hook/").size(), 3));
            peer.send("HTTP/1.1 " + std::to_string(status) +
                      " x\r\nLocation: http://127.0.0.1:1/\r\nRetry-After: 7\r\n"
                      "Content-Length: 0\r\n\r\n");
        }
    });
    for (const int status :
         {200, 201, 202, 299, 300, 301, 302, 307, 400, 401, 404, 410, 429, 500, 503, 599}) {
        const auto outcome = call(receiver.url() + "/" + std::to_string(status));
        EXPECT_EQ(outcome.http_status, status);
        EXPECT_EQ(outcome.reason.has_value(), status >= 300) << status;
        if (outcome.reason) {
            EXPECT_EQ(*outcome.reason, FailureReason::kHttpStatus);
            EXPECT_EQ(outcome.detail, "answered " + std::to_string(status));
        }
        const bool asks_to_wait = status == 429 || status == 503;
        EXPECT_EQ(outcome.retry_after, asks_to_wait ? std::optional<Duration>(7s) : std::nullopt);
    }
    EXPECT_EQ(receiver.accepted(), 1) << "a redirect was followed, or a connection not reused";
}

// ---- slow receivers

TEST_F(HttpTransportTest, Silence) {
    const auto outcome = meet([](ScriptedPeer& peer) { peer.awaitClose(); }, 300ms, 300ms + kSlack);
    EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
    EXPECT_EQ(outcome.detail, "no answer within 300ms while waiting for the first byte");
    EXPECT_GE(outcome.timings.total, Duration(300ms));
    EXPECT_TRUE(outcome.timings.connect);
    EXPECT_FALSE(outcome.timings.first_byte);
}

TEST_F(HttpTransportTest, DripInTheHead) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\n");
            peer.dripForever("X: y\r\n", 20ms);
        },
        300ms, 300ms + kSlack);
    EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
    EXPECT_EQ(outcome.detail, "no answer within 300ms while receiving the answer's head");
    EXPECT_FALSE(outcome.http_status);
    EXPECT_TRUE(outcome.timings.first_byte);
}

TEST_F(HttpTransportTest, DripInTheBodyOfASuccess) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            peer.dripForever("b", 20ms);
        },
        kLong, kSlack);
    EXPECT_FALSE(outcome.reason);
    EXPECT_EQ(outcome.http_status, 200);
    EXPECT_TRUE(outcome.truncated);
    EXPECT_FALSE(outcome.response_body.empty());
}

TEST_F(HttpTransportTest, DripInTheBodyOfAFailure) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 500 Oh\r\nContent-Length: 1000000\r\n\r\n");
            peer.dripForever("b", 20ms);
        },
        400ms, 400ms + kSlack);
    EXPECT_EQ(outcome.reason, FailureReason::kHttpStatus);
    EXPECT_EQ(outcome.http_status, 500);
    EXPECT_TRUE(outcome.truncated);
}

TEST_F(HttpTransportTest, ReceiverThatDoesNotRead) {
    const auto outcome = meet([](ScriptedPeer& peer) { peer.awaitDisconnect(); }, 300ms,
                              300ms + kSlack, makeBytes(std::string(30'000'000, 'b')));
    EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
    EXPECT_EQ(outcome.detail, "no answer within 300ms while sending the request");
}

// ---- endless receivers

TEST_F(HttpTransportTest, EndlessHead) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\n");
            peer.sendForever("X: y\r\n");
        },
        kLong, kSlack);
    EXPECT_EQ(outcome.reason, FailureReason::kProtocol);
    EXPECT_EQ(outcome.detail, "the answer is malformed: a head that is too long");
    EXPECT_LE(outcome.response_head.size(), 64u * 1024);
}

TEST_F(HttpTransportTest, EndlessHeadLine) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.sendForever(std::string(1000, 'x'));
        },
        kLong, kSlack);
    EXPECT_EQ(outcome.reason, FailureReason::kProtocol);
}

TEST_F(HttpTransportTest, EndlessInterimAnswers) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.sendForever("HTTP/1.1 100 Continue\r\n\r\n");
        },
        kLong, kSlack);
    EXPECT_EQ(outcome.reason, FailureReason::kProtocol);
    EXPECT_EQ(outcome.detail, "the answer is malformed: too many interim answers");
}

TEST_F(HttpTransportTest, EndlessChunkExtension) {
    for (const int status : {200, 500}) {
        const auto outcome = meet(
            [status](ScriptedPeer& peer) {
                peer.readRequest();
                peer.send("HTTP/1.1 " + std::to_string(status) +
                          " x\r\nTransfer-Encoding: chunked\r\n\r\n5;");
                peer.sendForever(std::string(1000, 'x'));
            },
            kLong, kSlack);
        EXPECT_EQ(outcome.http_status, status);
        EXPECT_EQ(outcome.reason.has_value(), status == 500);
        EXPECT_TRUE(outcome.truncated);
        EXPECT_EQ(outcome.response_body, "");
    }
}

TEST_F(HttpTransportTest, EndlessBody) {
    for (const std::string framing :
         {"Content-Length: 99999999999\r\n\r\n", "X: until close\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n"}) {
        std::atomic<std::size_t> taken = 0;
        const auto outcome = meet(
            [&](ScriptedPeer& peer) {
                peer.readRequest();
                peer.send("HTTP/1.1 200 OK\r\n" + framing);
                taken = peer.sendForever(std::string(10'000, 'b'));
            },
            kLong, kSlack);
        EXPECT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_TRUE(outcome.truncated);
        EXPECT_EQ(outcome.response_body.size(), options_.kept_body_bytes);
        EXPECT_GE(taken, options_.max_body_bytes - 10'000);
    }
}

// ---- malformed and odd answers

TEST_F(HttpTransportTest, MalformedAnswers) {
    for (const std::string bad :
         {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
          "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!",
          "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "hello\r\n",
          "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
        const auto outcome = meet(
            [&](ScriptedPeer& peer) {
                peer.readRequest();
                peer.send(bad);
                peer.awaitClose();
            },
            kLong, kSlack);
        EXPECT_EQ(outcome.reason, FailureReason::kProtocol) << bad;
        EXPECT_FALSE(outcome.http_status) << bad;
        EXPECT_FALSE(outcome.response_head.empty()) << bad;
    }
}

TEST_F(HttpTransportTest, TruncatedBodyOfASuccessIsDelivered) {
    for (const std::string head : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n"}) {
        const auto outcome = meet(
            [&](ScriptedPeer& peer) {
                peer.readRequest();
                peer.send(head + "hel");
            },
            kLong, kSlack);
        EXPECT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_EQ(outcome.response_body, "hel");
        EXPECT_TRUE(outcome.truncated);
    }
}

TEST_F(HttpTransportTest, OldReceiverThatClosesWhenDone) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.0 200 OK\r\nServer: old\r\n\r\nall of it");
        },
        kLong, kSlack);
    EXPECT_FALSE(outcome.reason) << outcome.detail;
    EXPECT_EQ(outcome.response_body, "all of it");
    EXPECT_FALSE(outcome.truncated);
}

TEST_F(HttpTransportTest, InterimAnswerIsNotTheAnswer) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        peer.readRequest();
        peer.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(500, "first"));
        peer.readRequest();
        peer.send(answer(200, "second"));
        peer.awaitClose();
    });
    const auto first = call(receiver.url());
    EXPECT_EQ(first.http_status, 500);
    EXPECT_EQ(first.response_body, "first");
    const auto second = call(receiver.url());
    EXPECT_EQ(second.http_status, 200);
    EXPECT_EQ(second.response_body, "second");
    EXPECT_TRUE(second.reused);
}

TEST_F(HttpTransportTest, AnswerThatIsFollowedByAnotherIsNotReused) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send(answer(500, "yours") + answer(200, "not yours"));
            peer.awaitClose();
        },
        kLong, kSlack);
    EXPECT_EQ(outcome.http_status, 500);
    EXPECT_EQ(outcome.response_body, "yours");
}

TEST_F(HttpTransportTest, EarlyAnswerIsReadThoughTheRequestIsNot) {
    const auto body = makeBytes(std::string(30'000'000, 'b'));
    for (const bool close : {false, true}) {
        const auto outcome = meet(
            [close](ScriptedPeer& peer) {
                peer.send(answer(413, "too large"));
                if (close) return;
                peer.awaitClose();
            },
            kLong, kSlack, body);
        EXPECT_EQ(outcome.reason, FailureReason::kHttpStatus) << outcome.detail;
        EXPECT_EQ(outcome.http_status, 413);
    }
}

TEST_F(HttpTransportTest, AnswerInTheSameBreathAsTheConnection) {
    const auto outcome = meet(
        [](ScriptedPeer& peer) {
            peer.send(answer(200, "eager"));
            peer.closeSending();
            peer.awaitClose();
        },
        kLong, kSlack);
    EXPECT_EQ(outcome.http_status, 200) << outcome.detail;
    EXPECT_EQ(outcome.response_body, "eager");
}

// ---- broken connections

TEST_F(HttpTransportTest, ResetAtEachStage) {
    const auto at_once = meet([](ScriptedPeer& peer) { peer.reset(); }, kLong, kSlack);
    EXPECT_EQ(at_once.reason, FailureReason::kConnect);

    const auto after_request = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.reset();
        },
        kLong, kSlack);
    EXPECT_EQ(after_request.reason, FailureReason::kConnect);
    EXPECT_EQ(after_request.detail, "connection reset by peer");

    const auto while_sending = meet([](ScriptedPeer& peer) { peer.reset(); }, kLong, kSlack,
                                    makeBytes(std::string(30'000'000, 'b')));
    EXPECT_EQ(while_sending.reason, FailureReason::kConnect);
}

TEST_F(HttpTransportTest, ClosedAtEachStage) {
    const auto after_request = meet([](ScriptedPeer& peer) { peer.readRequest(); }, kLong, kSlack);
    EXPECT_EQ(after_request.reason, FailureReason::kConnect);
    EXPECT_EQ(after_request.detail, "connection closed without an answer");

    const auto within_head = meet(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nContent-");
        },
        kLong, kSlack);
    EXPECT_EQ(within_head.reason, FailureReason::kProtocol);
    EXPECT_EQ(within_head.detail,
              "the answer is malformed: the connection was closed within its head");
}

TEST_F(HttpTransportTest, RefusedPort) {
    std::uint16_t unused = 0;
    { unused = SilentListener().port(); }
    const auto outcome = call("http://127.0.0.1:" + std::to_string(unused) + "/");
    EXPECT_EQ(outcome.reason, FailureReason::kConnect);
    EXPECT_EQ(outcome.detail, "connection refused");
    EXPECT_EQ(outcome.remote_address, "127.0.0.1:" + std::to_string(unused));
}

TEST_F(HttpTransportTest, AddressThatDoesNotAnswer) {
    SilentListener nobody("127.0.0.1", 0, 0);
    nobody.fillBacklog();
    const auto [outcome, took] =
        timed(post("http://127.0.0.1:" + std::to_string(nobody.port()) + "/", 300ms));
    EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
    EXPECT_EQ(outcome.detail, "no answer within 300ms while connecting");
    EXPECT_LE(took, 300ms + kSlack);
}

// ---- connections used again

TEST_F(HttpTransportTest, ConnectionIsReused) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
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

TEST_F(HttpTransportTest, StaleConnectionIsNotSentOnAgain) {
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

TEST_F(HttpTransportTest, TimeoutOnAReusedConnectionIsATimeout) {
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

TEST_F(HttpTransportTest, ConnectionClosedWhileIdleIsNotUsed) {
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

TEST_F(HttpTransportTest, IdleConnectionsAreClosedInTime) {
    options_.idle_timeout = 100ms;
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
    EXPECT_FALSE(call(receiver.url()).reason);
    EXPECT_TRUE(receiver.awaitAllClosed());
    EXPECT_EQ(transport().stats().idle_connections, 0u);
}

TEST_F(HttpTransportTest, NoMoreIdleConnectionsThanAllowed) {
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

TEST_F(HttpTransportTest, ReceiverSaysWhenItCloses) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine", "Keep-Alive: timeout=1\r\n"));
    });
    EXPECT_FALSE(call(receiver.url()).reason);
    EXPECT_FALSE(call(receiver.url()).reused);
}

// ---- names and addresses

TEST_F(HttpTransportTest, RefusedAddressIsNotConnectedTo) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) { peer.awaitClose(); });
    options_.address_policy = {};
    for (const std::string host : {"127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"}) {
        const auto outcome = call(receiver.url(host));
        EXPECT_EQ(outcome.reason, FailureReason::kRefusedAddress) << host;
        EXPECT_NE(outcome.detail.find("loopback"), std::string::npos) << outcome.detail;
    }
    EXPECT_EQ(receiver.accepted(), 0);
}

TEST_F(HttpTransportTest, OneRefusedAddressRefusesTheName) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) { peer.awaitClose(); });
    resolver_->set("mixed.example", {{"127.0.0.1", "10.0.0.1"}});
    const auto outcome = call(receiver.url("mixed.example"));
    EXPECT_EQ(outcome.reason, FailureReason::kRefusedAddress);
    EXPECT_EQ(outcome.detail, "the name leads to 10.0.0.1: private (10.0.0.0/8, RFC 1918)");
    EXPECT_TRUE(outcome.timings.dns);
    EXPECT_EQ(receiver.accepted(), 0);
}

TEST_F(HttpTransportTest, NameThatChangesItsAnswerLeadsNowhereUnchecked) {
    ScriptedReceiver good([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
    ScriptedReceiver evil([](ScriptedPeer& peer) { peer.awaitClose(); }, std::nullopt, "127.0.0.2",
                          good.port());
    options_.address_policy = {};
    options_.address_policy.allow("127.0.0.1");
    resolver_->set("rebind.example", {{"127.0.0.1"}, {"127.0.0.2"}, {"127.0.0.1"}});

    const auto first = call(good.url("rebind.example"));
    EXPECT_FALSE(first.reason) << first.detail;
    EXPECT_EQ(resolver_->lookups(), 1) << "the address that was checked must be the one used";

    const auto second = call(good.url("rebind.example"));
    EXPECT_EQ(second.reason, FailureReason::kRefusedAddress);

    const auto third = call(good.url("rebind.example"));
    EXPECT_FALSE(third.reason) << third.detail;
    EXPECT_TRUE(third.reused);
    EXPECT_EQ(evil.accepted(), 0);
}

TEST_F(HttpTransportTest, ConnectionToAnAddressTheNameNoLongerHasIsNotReused) {
    const auto serve = [](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    };
    ScriptedReceiver before(serve);
    ScriptedReceiver after(serve, std::nullopt, "127.0.0.2", before.port());
    resolver_->set("moved.example", {{"127.0.0.1"}, {"127.0.0.2"}});
    EXPECT_EQ(call(before.url("moved.example")).remote_address,
              "127.0.0.1:" + std::to_string(before.port()));
    const auto moved = call(before.url("moved.example"));
    EXPECT_EQ(moved.remote_address, "127.0.0.2:" + std::to_string(before.port()));
    EXPECT_FALSE(moved.reused);
}

TEST_F(HttpTransportTest, NextAddressIsTriedWhenOneRefuses) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
    resolver_->set("two.example", {{"127.0.0.9", "127.0.0.1"}});
    const auto outcome = call(receiver.url("two.example"));
    EXPECT_FALSE(outcome.reason) << outcome.detail;
    EXPECT_EQ(outcome.remote_address, "127.0.0.1:" + std::to_string(receiver.port()));
}

TEST_F(HttpTransportTest, NextAddressIsTriedWhenOneDoesNotAnswer) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
    SilentListener nobody("127.0.0.3", receiver.port(), 0);
    nobody.fillBacklog();
    resolver_->set("two.example", {{"127.0.0.3", "127.0.0.1"}});
    const auto [outcome, took] = timed(post(receiver.url("two.example"), 2s));
    EXPECT_FALSE(outcome.reason) << outcome.detail;
    EXPECT_EQ(outcome.remote_address, "127.0.0.1:" + std::to_string(receiver.port()));
    EXPECT_GE(took, Duration(300ms));
}

TEST_F(HttpTransportTest, EveryAddressRefuses) {
    std::uint16_t unused = 0;
    { unused = SilentListener().port(); }
    resolver_->set("two.example", {{"127.0.0.1", "127.0.0.2"}});
    const auto outcome = call("http://two.example:" + std::to_string(unused) + "/");
    EXPECT_EQ(outcome.reason, FailureReason::kConnect);
    EXPECT_EQ(outcome.detail, "connection refused");
}

TEST_F(HttpTransportTest, NameThatDoesNotExist) {
    const auto outcome = call("http://nowhere.example/");
    EXPECT_EQ(outcome.reason, FailureReason::kDns);
    EXPECT_EQ(outcome.detail, "the name cannot be looked up: no such name");
    EXPECT_EQ(call("http://throws.example/").reason, FailureReason::kLocalFault);
}

TEST_F(HttpTransportTest, LookUpThatHangsHoldsUpNobodyElse) {
    options_.resolver_threads = 2;
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
    resolver_->set("good.example", {{"127.0.0.1"}});
    resolver_->hangOn("hang.example");
    std::vector<std::future<AttemptOutcome>> hanging;
    for (int i = 0; i < 10; ++i)
        hanging.push_back(begin(post("http://hang.example/", 300ms)));
    expectHealthy(receiver.url("good.example"));
    for (auto& outcome : hanging) {
        const auto result = outcome.get();
        EXPECT_EQ(result.reason, FailureReason::kTimeout);
        EXPECT_EQ(result.detail, "no answer within 300ms while looking up the name");
    }
    // The transport does not wait for it either; the fixture lets it go afterwards.
}

// ---- TLS

class TlsTest : public HttpTransportTest {
protected:
    TlsTest() {
        options_.ca_file = authority_.caFile();
        resolver_->set("hooks.example", {{"127.0.0.1"}});
    }

    AttemptOutcome meetTls(const TestIdentity& identity, const std::string& host) {
        ScriptedReceiver receiver(
            [](ScriptedPeer& peer) {
                while (peer.readRequest())
                    peer.send(answer(200, "fine"));
            },
            identity);
        const auto outcome = call(receiver.url(host));
        if (outcome.reason) {
            EXPECT_TRUE(receiver.awaitAllClosed());
        }
        EXPECT_EQ(transport().stats().in_flight, 0u);
        return outcome;
    }

    TestAuthority authority_;
};

TEST_F(TlsTest, DeliversAndReusesTheConnection) {
    std::promise<std::string> server_name;
    ScriptedReceiver receiver(
        [&](ScriptedPeer& peer) {
            server_name.set_value(peer.serverName());
            while (peer.readRequest())
                peer.send(answer(200, "fine"));
        },
        authority_.issue("hooks.example"));
    for (int i = 0; i < 5; ++i) {
        const auto outcome = call(receiver.url("hooks.example"));
        ASSERT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_EQ(outcome.response_body, "fine");
        EXPECT_EQ(outcome.tls, "TLSv1.3");
        EXPECT_EQ(outcome.reused, i > 0);
        EXPECT_EQ(outcome.timings.tls.has_value(), i == 0);
    }
    EXPECT_EQ(server_name.get_future().get(), "hooks.example");
    EXPECT_EQ(receiver.accepted(), 1);
}

TEST_F(TlsTest, LargeBodiesBothWays) {
    ScriptedReceiver receiver(
        [](ScriptedPeer& peer) {
            while (const auto request = peer.readRequest()) {
                peer.send(answer(200, request->substr(request->size() - 60'000)));
            }
        },
        authority_.issue("hooks.example"));
    std::string body;
    while (body.size() < 5'000'000)
        body += std::to_string(body.size()) + ",";
    for (int i = 0; i < 2; ++i) {
        AttemptRequest request = post(receiver.url("hooks.example"));
        request.body = makeBytes(body);
        const auto outcome = call(std::move(request));
        ASSERT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_EQ(outcome.response_body, body.substr(body.size() - 60'000));
    }
    EXPECT_EQ(receiver.accepted(), 1);
}

TEST_F(TlsTest, SessionIsResumed) {
    std::mutex mutex;
    std::vector<bool> resumed;
    ScriptedReceiver receiver(
        [&](ScriptedPeer& peer) {
            {
                const std::lock_guard lock(mutex);
                resumed.push_back(peer.sessionResumed());
            }
            while (peer.readRequest()) {
                peer.send(answer(200, "fine", "Connection: close\r\n"));
            }
        },
        authority_.issue("hooks.example"));
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(call(receiver.url("hooks.example")).reason);
        ASSERT_TRUE(receiver.awaitAllClosed());
    }
    EXPECT_EQ(resumed, (std::vector<bool>{false, true, true}));
}

TEST_F(TlsTest, CertificateOfAnAddress) {
    const auto outcome = meetTls(authority_.issue("127.0.0.1"), "127.0.0.1");
    EXPECT_FALSE(outcome.reason) << outcome.detail;
}

TEST_F(TlsTest, WrongName) {
    const auto name = meetTls(authority_.issue("other.example"), "hooks.example");
    EXPECT_EQ(name.reason, FailureReason::kTls);
    EXPECT_EQ(name.detail, "hostname mismatch");
    const auto address = meetTls(authority_.issue("hooks.example"), "127.0.0.1");
    EXPECT_EQ(address.reason, FailureReason::kTls);
    EXPECT_EQ(address.detail, "IP address mismatch");
}

TEST_F(TlsTest, SelfSigned) {
    const auto outcome = meetTls(selfSigned("hooks.example"), "hooks.example");
    EXPECT_EQ(outcome.reason, FailureReason::kTls);
    EXPECT_EQ(outcome.detail, "self-signed certificate");
}

TEST_F(TlsTest, Expired) {
    const auto outcome = meetTls(authority_.issue("hooks.example", -1h), "hooks.example");
    EXPECT_EQ(outcome.reason, FailureReason::kTls);
    EXPECT_EQ(outcome.detail, "certificate has expired");
}

TEST_F(TlsTest, UnknownAuthority) {
    options_.ca_file.clear();
    const auto outcome = meetTls(authority_.issue("hooks.example"), "hooks.example");
    EXPECT_EQ(outcome.reason, FailureReason::kTls);
    EXPECT_EQ(outcome.detail, "unable to get local issuer certificate");
}

TEST_F(TlsTest, HandshakeThatNeverFinishes) {
    for (const bool drips : {false, true}) {
        ScriptedReceiver receiver([drips](ScriptedPeer& peer) {
            // A TLS record that announces 16,000 bytes, of which few ever come.
            if (drips) {
                peer.send(std::string("\x16\x03\x03\x3e\x80", 5));
                peer.dripForever(std::string(1, '\0'), 20ms);
            } else {
                peer.awaitClose();
            }
        });
        const auto [outcome, took] =
            timed(post("https://127.0.0.1:" + std::to_string(receiver.port()) + "/", 300ms));
        EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
        EXPECT_EQ(outcome.detail, "no answer within 300ms while setting up TLS");
        EXPECT_LE(took, 300ms + kSlack);
        EXPECT_TRUE(receiver.awaitAllClosed());
    }
}

TEST_F(TlsTest, ReceiverThatDoesNotSpeakTls) {
    for (const std::string bytes : {"HTTP/1.1 400 Bad Request\r\n\r\n", ""}) {
        ScriptedReceiver receiver([&](ScriptedPeer& peer) { peer.send(bytes); });
        const auto outcome = call("https://127.0.0.1:" + std::to_string(receiver.port()) + "/");
        EXPECT_EQ(outcome.reason, FailureReason::kTls);
        EXPECT_NE(outcome.detail.find("during the TLS handshake"), std::string::npos)
            << outcome.detail;
    }
}

TEST_F(TlsTest, StaleConnection) {
    ScriptedReceiver receiver(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send(answer(200, "fine"));
            peer.readRequest();
        },
        authority_.issue("hooks.example"));
    EXPECT_FALSE(call(receiver.url("hooks.example")).reason);
    const auto stale = call(receiver.url("hooks.example"));
    EXPECT_EQ(stale.reason, FailureReason::kStaleConnection) << stale.detail;
}

TEST_F(TlsTest, ResetAfterTheHandshake) {
    ScriptedReceiver receiver(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.reset();
        },
        authority_.issue("hooks.example"));
    const auto outcome = call(receiver.url("hooks.example"));
    EXPECT_EQ(outcome.reason, FailureReason::kConnect) << outcome.detail;
}

TEST(HttpTransport, UnreadableCaFileIsAConfigError) {
    HttpTransportOptions options;
    options.ca_file = "/nonexistent/ca.pem";
    EXPECT_THROW(makeHttpTransport(options), ConfigError);
}

// ---- limits of our own

TEST_F(HttpTransportTest, RequestThatCannotBeSent) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) { peer.awaitClose(); });
    AttemptRequest injected = post(receiver.url());
    injected.headers.emplace_back("X", "a\r\nY: b");
    EXPECT_EQ(call(std::move(injected)).reason, FailureReason::kProtocol);
    EXPECT_EQ(call(receiver.url() + "/a b").reason, FailureReason::kProtocol);
    EXPECT_EQ(call("ftp://127.0.0.1/").reason, FailureReason::kProtocol);
    EXPECT_EQ(receiver.accepted(), 0);
}

TEST_F(HttpTransportTest, OutOfDescriptorsIsALocalFault) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
    transport();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit low = before;
    low.rlim_cur = 3;  // fewer than are open
    ::setrlimit(RLIMIT_NOFILE, &low);
    const auto outcome = call(receiver.url());
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(outcome.reason, FailureReason::kLocalFault);
    EXPECT_EQ(outcome.detail, "too many open files");
    expectHealthy(receiver.url());
}

TEST_F(HttpTransportTest, StopEndsWhatIsOnTheWire) {
    SilentListener silent;
    const std::string url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/";
    auto transport = makeHttpTransport(options_);
    std::atomic<int> ended = 0;
    for (int i = 0; i < 20; ++i) {
        transport->send(post(url, 1min), [&](AttemptOutcome outcome) {
            EXPECT_EQ(outcome.reason, FailureReason::kLocalFault);
            ++ended;
        });
    }
    transport.reset();
    EXPECT_EQ(ended, 20);
}

TEST_F(HttpTransportTest, CompletionMaySendAgain) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
    std::promise<void> finished;
    int left = 100;
    std::function<void(AttemptOutcome)> again = [&](AttemptOutcome outcome) {
        EXPECT_FALSE(outcome.reason);
        if (--left == 0) return finished.set_value();
        transport().send(post(receiver.url()), again);
    };
    transport().send(post(receiver.url()), again);
    ASSERT_EQ(finished.get_future().wait_for(kLong), std::future_status::ready);
    EXPECT_EQ(receiver.accepted(), 1);
}

TEST_F(HttpTransportTest, AThousandHangingAttemptsEndInTime) {
    constexpr int kCount = 1000;
    SilentListener silent;
    ScriptedReceiver healthy([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
    const std::string url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/";
    std::vector<std::future<AttemptOutcome>> outcomes;
    for (int i = 0; i < kCount; ++i)
        outcomes.push_back(begin(post(url, 1s)));
    expectHealthy(healthy.url());
    for (auto& outcome : outcomes) {
        const auto result = outcome.get();
        EXPECT_EQ(result.reason, FailureReason::kTimeout) << result.detail;
        EXPECT_GE(result.timings.total, Duration(1s));
        EXPECT_LE(result.timings.total, 1s + kSlack);
    }
    EXPECT_EQ(transport().stats().in_flight, 0u);
}

TEST_F(HttpTransportTest, ManyReactorsShareTheWork) {
    options_.reactor_threads = 3;
    ScriptedReceiver receiver([](ScriptedPeer& peer) {
        while (peer.readRequest())
            peer.send(answer(200, "fine"));
    });
    std::vector<std::future<AttemptOutcome>> outcomes;
    for (int i = 0; i < 60; ++i)
        outcomes.push_back(begin(post(receiver.url())));
    for (auto& outcome : outcomes)
        EXPECT_FALSE(outcome.get().reason);
    EXPECT_EQ(transport().stats().connections_opened + transport().stats().connections_reused, 60u);
}

}  // namespace
}  // namespace waybill
