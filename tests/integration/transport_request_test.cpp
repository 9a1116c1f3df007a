// Is exactly the request sent, and the answer told as it came?
#include <gtest/gtest.h>

#include "support/transport_test.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

using TransportRequestTest = TransportTest;

TEST_F(TransportRequestTest, SendsExactlyTheRequest) {
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

TEST_F(TransportRequestTest, SendsLargeAndEmptyBodies) {
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

TEST_F(TransportRequestTest, EveryStatusButSuccessIsAFailure) {
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

TEST_F(TransportRequestTest, RequestThatCannotBeSent) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) { peer.awaitClose(); });
    AttemptRequest injected = post(receiver.url());
    injected.headers.emplace_back("X", "a\r\nY: b");
    EXPECT_EQ(call(std::move(injected)).reason, FailureReason::kProtocol);
    EXPECT_EQ(call(receiver.url() + "/a b").reason, FailureReason::kProtocol);
    EXPECT_EQ(call("ftp://127.0.0.1/").reason, FailureReason::kProtocol);
    EXPECT_EQ(receiver.accepted(), 0);
}

}  // namespace
}  // namespace waybill
