// Does the trial receiver behave as a careful receiver would?
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/URI.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>

#include "cli/receiver.h"
#include "waybill/clock.h"

namespace waybill::cli {
namespace {

/// A receiver that remembers what came.
class Listening {
public:
    explicit Listening(ReceiverOptions options) : receiver_(watched(std::move(options))) {}

    /// The status that a callback with these headers is answered with.
    int post(const std::vector<std::pair<std::string, std::string>>& headers = {},
             const std::string& body = "{}") {
        const Poco::URI uri(receiver_.url());
        Poco::Net::HTTPClientSession session(uri.getHost(), uri.getPort());
        Poco::Net::HTTPRequest request("POST", "/hook?x=1", "HTTP/1.1");
        request.setContentLength64(static_cast<Poco::Int64>(body.size()));
        for (const auto& [name, value] : headers)
            request.set(name, value);
        session.sendRequest(request) << body;
        Poco::Net::HTTPResponse response;
        session.receiveResponse(response);
        return response.getStatus();
    }

    ReceivedCallback last() const {
        const std::lock_guard lock(mutex_);
        return last_;
    }

private:
    ReceiverOptions watched(ReceiverOptions options) {
        options.port = 0;
        options.on_callback = [this](const ReceivedCallback& callback) {
            const std::lock_guard lock(mutex_);
            last_ = callback;
        };
        return options;
    }

    mutable std::mutex mutex_;
    ReceivedCallback last_;
    Receiver receiver_;
};

TEST(TrialReceiver, ReportsEachCallbackAsItCame) {
    Listening receiver({});
    EXPECT_EQ(receiver.post({{"webhook-id", "dlv_1"}}, R"({"a":1})"), 200);
    const ReceivedCallback callback = receiver.last();
    EXPECT_EQ(callback.number, 1u);
    EXPECT_EQ(callback.method + " " + callback.target, "POST /hook?x=1");
    EXPECT_EQ(callback.header("Webhook-Id"), "dlv_1");
    EXPECT_EQ(callback.body, R"({"a":1})");
    EXPECT_EQ(callback.answered, 200);
}

TEST(TrialReceiver, AnswersItsStatusesInTurnAgainAndAgain) {
    ReceiverOptions options;
    options.statuses = {500, 503, 202};
    Listening receiver(std::move(options));
    for (const int expected : {500, 503, 202, 500})
        EXPECT_EQ(receiver.post(), expected);
}

TEST(TrialReceiver, RefusesAWrongTokenAndKeepsTheTurn) {
    ReceiverOptions options;
    options.statuses = {202, 500};
    options.secrets.token = "s3cret";
    Listening receiver(std::move(options));
    EXPECT_EQ(receiver.post({{"Authorization", "Bearer wrong"}}), 401);
    EXPECT_EQ(receiver.last().token, Check::kWrong);
    EXPECT_EQ(receiver.post(), 401);
    EXPECT_EQ(receiver.last().token, Check::kAbsent);
    EXPECT_EQ(receiver.post({{"Authorization", "Bearer s3cret"}}), 202);
    EXPECT_EQ(receiver.last().token, Check::kValid);
}

TEST(TrialReceiver, AcceptsWhatIsSignedWithTheTokenAndNothingElse) {
    const SigningKey key = SigningKey::fromToken("s3cret");
    ReceiverOptions options;
    options.secrets.keys = {key};
    Listening receiver(std::move(options));
    const auto now = std::chrono::floor<std::chrono::seconds>(systemClock().now().wall);
    const std::int64_t seconds = now.time_since_epoch().count();
    const std::vector<std::pair<std::string, std::string>> headers = {
        {"webhook-id", "dlv_1"},
        {"webhook-timestamp", std::to_string(seconds)},
        {"webhook-signature", key.sign("dlv_1", seconds, "{}")}};
    EXPECT_EQ(receiver.post(headers, "{}"), 200);
    EXPECT_EQ(receiver.post(headers, "{ }"), 401);
    EXPECT_EQ(receiver.post({}, "{}"), 401);
}

TEST(TrialReceiver, ABodyBeyondTheLimitIsNotTaken) {
    ReceiverOptions options;
    options.max_body_bytes = 40'000;
    Listening receiver(std::move(options));
    EXPECT_EQ(receiver.post({}, std::string(40'000, 'x')), 200);
    EXPECT_EQ(receiver.post({}, std::string(40'001, 'x')), 413);
}

TEST(TrialReceiver, ManyMoreConnectionsAreKeptThanItHasThreads) {
    constexpr int kConnections = 400;
    ReceiverOptions options;
    options.port = 0;
    std::atomic<int> arrived = 0;
    options.on_callback = [&](const ReceivedCallback&) { ++arrived; };
    const Receiver receiver(std::move(options));
    const Poco::URI uri(receiver.url());
    std::vector<std::unique_ptr<Poco::Net::HTTPClientSession>> kept;
    for (int i = 0; i < kConnections; ++i) {
        kept.push_back(
            std::make_unique<Poco::Net::HTTPClientSession>(uri.getHost(), uri.getPort()));
        kept.back()->setKeepAlive(true);
    }
    for (const int round : {1, 2}) {
        for (const auto& session : kept) {
            Poco::Net::HTTPRequest request("POST", "/", "HTTP/1.1");
            request.setKeepAlive(true);
            request.setContentLength(2);
            session->sendRequest(request) << "{}";
        }
        for (const auto& session : kept) {
            Poco::Net::HTTPResponse response;
            session->receiveResponse(response);
            ASSERT_EQ(response.getStatus(), 200);
        }
        EXPECT_EQ(arrived, round * kConnections);
    }
}

TEST(TrialReceiver, APortIsNotSharedWithAnother) {
    ReceiverOptions options;
    options.port = 0;
    const Receiver first(options);
    options.port = Poco::URI(first.url()).getPort();
    EXPECT_THROW(const Receiver second(options), Poco::Net::NetException);
}

TEST(TrialReceiver, AWaitBeforeTheAnswerEndsWithTheReceiver) {
    std::promise<void> arrived;
    ReceiverOptions options;
    options.port = 0;
    options.delay = std::chrono::hours(1);
    options.on_callback = [&](const ReceivedCallback&) { arrived.set_value(); };
    auto receiver = std::make_unique<Receiver>(std::move(options));
    const Poco::URI uri(receiver->url());
    Poco::Net::HTTPClientSession session(uri.getHost(), uri.getPort());
    Poco::Net::HTTPRequest request("POST", "/", "HTTP/1.1");
    request.setContentLength(0);
    session.sendRequest(request);
    session.flushRequest();
    ASSERT_EQ(arrived.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);

    const auto before = std::chrono::steady_clock::now();
    receiver.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
}

}  // namespace
}  // namespace waybill::cli
