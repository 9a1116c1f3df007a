#include "support/transport_test.h"

namespace waybill {

AttemptRequest post(std::string url, Duration timeout) {
    AttemptRequest request;
    request.url = std::move(url);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = makeBytes("{\"hello\":1}");
    request.timeout = timeout;
    return request;
}

TransportTest::TransportTest() {
    options_.address_policy.allow("loopback");
    options_.body_after_success = std::chrono::milliseconds(200);
    options_.resolver = resolver_;
}

Transport& TransportTest::transport() {
    if (transport_ == nullptr) transport_ = makeHttpTransport(options_);
    return *transport_;
}

std::future<AttemptOutcome> TransportTest::begin(AttemptRequest request) {
    auto promise = std::make_shared<std::promise<AttemptOutcome>>();
    auto outcome = promise->get_future();
    transport().send(std::move(request),
                     [promise](AttemptOutcome result) { promise->set_value(std::move(result)); });
    return outcome;
}

Timed TransportTest::timed(AttemptRequest request) {
    const auto start = std::chrono::steady_clock::now();
    auto outcome = call(std::move(request));
    const auto took = std::chrono::steady_clock::now() - start;
    return {std::move(outcome), std::chrono::duration_cast<Duration>(took)};
}

AttemptOutcome TransportTest::meet(const ScriptedReceiver::Script& script, Duration timeout,
                                   const Bytes& body) {
    ScriptedReceiver receiver(
        [&](ScriptedPeer& peer) { peer.number() == 1 ? script(peer) : alwaysFine(peer); });
    AttemptRequest request = post(receiver.url(), timeout);
    if (body != nullptr) request.body = body;
    const auto [outcome, took] = timed(std::move(request));
    EXPECT_LE(took, timeout == kLong ? kSlack : timeout + kSlack);
    EXPECT_TRUE(receiver.awaitAllClosed());
    expectNothingLeft();
    expectHealthy(receiver.url());
    return outcome;
}

void TransportTest::expectHealthy(const std::string& url) {
    const auto next = call(url);
    EXPECT_FALSE(next.reason) << next.detail;
    EXPECT_EQ(next.http_status, 200);
    EXPECT_EQ(next.response_body, "fine");
}

void TransportTest::expectNothingLeft() {
    EXPECT_EQ(transport().stats().in_flight, 0u);
    EXPECT_EQ(transport().stats().idle_connections, 0u);
}

}  // namespace waybill
