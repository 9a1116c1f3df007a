// Do HTTP, gateway, engine, log and transport together do what a client was promised?
#include "daemon/daemon.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "config/settings.h"
#include "support/raw_client.h"
#include "support/scripted_receiver.h"
#include "support/temporary_directory.h"
#include "waybill/clock.h"
#include "waybill/sqlite/log.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using test::bodyIn;
using test::statusIn;

constexpr auto kPatience = 10s;

std::string headerIn(const std::string& message, const std::string& name) {
    const std::size_t at = message.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return message.substr(begin, message.find("\r\n", begin) - begin);
}

/// Answers requests as it is told and keeps them.
class Recorder {
public:
    explicit Recorder(std::string answer_with = answer(200))
        : answer_(std::move(answer_with)), receiver_([this](ScriptedPeer& peer) {
              while (const auto request = peer.readRequest()) {
                  peer.send(keep(*request));
              }
          }) {}

    std::string url(const std::string& path) const { return base() + path; }
    std::string base() const { return "http://127.0.0.1:" + std::to_string(receiver_.port()); }

    void answerWith(std::string text) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(text);
    }

    /// The n-th request (1, 2 …), waited for; empty when it does not come.
    std::string request(std::size_t number) {
        std::unique_lock lock(mutex_);
        came_.wait_for(lock, kPatience, [&] { return requests_.size() >= number; });
        return requests_.size() >= number ? requests_[number - 1] : "";
    }

private:
    std::string keep(const std::string& request) {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        came_.notify_all();
        return answer_;
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<std::string> requests_;
    std::string answer_;
    ScriptedReceiver receiver_;
};

class DaemonTest : public testing::Test {
protected:
    DaemonTest()
        : null_(::open("/dev/null", O_WRONLY)), log_(null_, LogLevel::kError, LogFormat::kText) {}
    ~DaemonTest() override {
        daemon_.reset();
        ::close(null_);
    }

    void start(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments = {"--listen",          "127.0.0.1:0",     "--data",
                                              directory_ / "data", "--allow-network", "loopback"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const ServerOptions options = makeOptions(readSettings(arguments, {}));
        daemon_ = std::make_unique<Daemon>(options, readSecrets(options), log_);
        daemon_->start();
        const std::string url = daemon_->url();
        port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    }

    void stop() {
        daemon_->drain(5s);
        daemon_.reset();
    }

    std::string call(const std::string& method, const std::string& path,
                     const std::string& body = "", const std::string& headers = "") {
        return test::exchange(
            port_, method + " " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers +
                       (body.empty() ? "" : "Content-Type: application/json\r\n") +
                       "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }

    std::string adminHeader() {
        std::ifstream file(directory_ / "data/admin.token");
        std::string token;
        file >> token;
        return "Authorization: Bearer " + token + "\r\n";
    }

    /// Asks again until the answer has the member at the value.
    Json awaitMember(const std::string& path, const std::string& member, const Json& value,
                     const std::string& headers = "") {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        Json json;
        while (std::chrono::steady_clock::now() < deadline) {
            json = Json::parse(bodyIn(call("GET", path, "", headers)), nullptr, false);
            if (json.is_object() && json.value(member, Json()) == value) return json;
            std::this_thread::yield();
        }
        return json;
    }

    static std::string createBody(const Recorder& receiver, const std::string& more = "") {
        return R"({"model":"m","input":"2+2?","messages":[{"role":"user","content":"2+2?"}],)" +
               more + R"("metadata":{"k":"v","completion_webhook":")" +
               receiver.url("/hook?key=abc") + R"(","webhook_token":"s3cret"}})";
    }

    test::TemporaryDirectory directory_;
    int null_;
    LogWriter log_;
    std::unique_ptr<Daemon> daemon_;
    std::uint16_t port_ = 0;
};

TEST_F(DaemonTest, AnAllowedPageReadsEveryAnswerOfTheClientApiAndNoneOfTheOperators) {
    start({"--allow-origin", "https://app.example"});
    const std::string page = "Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n";
    const auto readable = [&](const std::string& answer) {
        return headerIn(answer, "Access-Control-Allow-Origin") == "https://app.example" &&
               headerIn(answer, "Vary") == "Origin";
    };
    const std::string ask = R"({"model":"m","messages":[{"role":"user","content":"a b"}])";
    const std::string streamed =
        call("POST", "/v1/chat/completions", ask + R"(,"stream":true})", page);
    EXPECT_EQ(statusIn(streamed), 200);
    EXPECT_TRUE(readable(streamed)) << streamed;
    EXPECT_TRUE(readable(call("POST", "/v1/messages", "no json", page)));
    EXPECT_TRUE(readable(call("GET", "/v1/responses/none", "", page)));
    EXPECT_TRUE(readable(call("GET", "/v1/nothing", "", page)));
    const std::string preflight = call("OPTIONS", "/v1/messages", "",
                                       "Origin: https://app.example\r\n"
                                       "Access-Control-Request-Method: POST\r\n");
    EXPECT_EQ(statusIn(preflight), 204);
    EXPECT_TRUE(readable(preflight));

    const std::string other = "Origin: https://evil.example\r\n";
    EXPECT_EQ(statusIn(call("POST", "/v1/chat/completions", ask + "}", other)), 403);
    for (const char* path : {"/admin/v1/info", "/metrics", "/openapi.json"})
        for (const std::string& from : {page, other}) {
            const std::string answer = call("GET", path, "", from + adminHeader());
            EXPECT_EQ(statusIn(answer), 403) << path;
            EXPECT_EQ(headerIn(answer, "Access-Control-Allow-Origin"), "") << path;
        }
    EXPECT_EQ(statusIn(call("GET", "/admin/v1/info", "", adminHeader())), 200);
    EXPECT_EQ(statusIn(call("GET", "/healthz", "", other)), 200);
}

TEST_F(DaemonTest, WithKeysAPageOfAnotherSiteNeedsOneAndCannotReadTheAnswer) {
    std::ofstream(directory_ / "keys") << "web:sk-web-key-0123456789\n";
    ::chmod((directory_ / "keys").c_str(), 0600);
    start({"--api-keys-file", directory_ / "keys"});
    const std::string other = "Origin: https://evil.example\r\n";
    EXPECT_EQ(statusIn(call("GET", "/v1/models", "", other)), 401);
    const std::string answer =
        call("GET", "/v1/models", "", other + "x-api-key: sk-web-key-0123456789\r\n");
    EXPECT_EQ(statusIn(answer), 200);
    EXPECT_EQ(answer.find("Access-Control-"), std::string::npos);
    EXPECT_EQ(statusIn(call("GET", "/admin/v1/info", "", other + adminHeader())), 403);
}

TEST_F(DaemonTest, ACallWhoseNumbersNoDoubleCanHoldOwesItsCallback) {
    Recorder receiver;
    start();
    const std::string metadata =
        R"("metadata":{"n":1e999,"completion_webhook":")" + receiver.url("/hook") + R"("}})";
    const std::string created =
        call("POST", "/v1/responses", R"({"model":"m","input":"hi","top_p":1e999,)" + metadata);
    EXPECT_EQ(statusIn(created), 200) << created;
    EXPECT_EQ(bodyIn(receiver.request(1)), bodyIn(created));
}

TEST_F(DaemonTest, EveryCreateRouteOwesItsCallback) {
    Recorder receiver;
    start();
    std::size_t calls = 0;
    for (const char* path : {"/v1/responses", "/v1/chat/completions", "/v1/messages"}) {
        const std::string created = call("POST", path, createBody(receiver));
        ASSERT_EQ(statusIn(created), 200) << created;
        EXPECT_EQ(headerIn(created, "waybill-recorded"), "");
        const std::string callback = receiver.request(++calls);
        EXPECT_TRUE(callback.starts_with("POST /hook?key=abc HTTP/1.1\r\n")) << callback;
        EXPECT_EQ(bodyIn(callback), bodyIn(created));
        EXPECT_EQ(headerIn(callback, "Authorization"), "Bearer s3cret");
        EXPECT_EQ(headerIn(callback, "Content-Type"), "application/json");
        const std::string id = Json::parse(bodyIn(created))["id"];
        EXPECT_EQ(bodyIn(call("GET", "/v1/responses/" + id)), bodyIn(created));
        EXPECT_EQ(created.find("s3cret"), std::string::npos);
    }
}

TEST_F(DaemonTest, AResponseEchoesItsMetadataWithoutTheToken) {
    Recorder receiver;
    start();
    const Json object = Json::parse(bodyIn(call("POST", "/v1/responses", createBody(receiver))));
    EXPECT_EQ(object["metadata"],
              (Json{{"k", "v"}, {"completion_webhook", receiver.url("/hook?key=abc")}}));
}

TEST_F(DaemonTest, AnUnusableUrlChangesNothing) {
    start();
    const std::string created =
        call("POST", "/v1/responses",
             R"({"model":"m","input":"x","metadata":{"completion_webhook":"ftp://h"}})");
    EXPECT_EQ(statusIn(created), 200);
    const std::string events = call("GET", "/admin/v1/events?limit=100", "", adminHeader());
    EXPECT_NE(events.find("callback_ignored"), std::string::npos);
    EXPECT_EQ(events.find("delivery_accepted"), std::string::npos);
}

TEST_F(DaemonTest, ABackgroundResponseIsQueuedThenDelivered) {
    Recorder receiver;
    start({"--echo-delay", "100ms"});
    const std::string created =
        call("POST", "/v1/responses", createBody(receiver, R"("background":true,)"));
    ASSERT_EQ(statusIn(created), 200) << created;
    const Json queued = Json::parse(bodyIn(created));
    EXPECT_EQ(queued["status"], "queued");
    const std::string path = "/v1/responses/" + queued["id"].get<std::string>();
    Json seen = Json::parse(bodyIn(call("GET", path)));
    EXPECT_TRUE(seen["status"] == "queued" || seen["status"] == "in_progress") << seen;
    seen["status"] = "queued";
    EXPECT_EQ(seen, queued);
    const std::string callback = receiver.request(1);
    EXPECT_EQ(bodyIn(callback), bodyIn(call("GET", path)));
    const Json done = Json::parse(bodyIn(callback));
    EXPECT_EQ(done["status"], "completed");
    EXPECT_EQ(done["id"], queued["id"]);
    EXPECT_EQ(done["background"], true);
    EXPECT_EQ(done["metadata"], queued["metadata"]);
    EXPECT_EQ(statusIn(call("POST", "/v1/responses", R"({"background":true,"stream":true})")), 400);
}

TEST_F(DaemonTest, TheUpstreamSeesEverythingButTheTwoKeys) {
    Recorder receiver;
    Recorder upstream(answer(200,
                             R"({"id":"up_1","object":"response", "n":1.0,"metadata":{"k":"v"}})",
                             "Content-Type: application/json\r\nX-RateLimit-Limit: 9\r\n"));
    start({"--upstream", upstream.base() + "/v1"});
    const std::string created = call("POST", "/v1/responses?x=1", createBody(receiver),
                                     "Authorization: Bearer theirs\r\nOpenAI-Project: p\r\n");
    ASSERT_EQ(statusIn(created), 200) << created;
    const std::string asked = upstream.request(1);
    EXPECT_TRUE(asked.starts_with("POST /v1/responses?x=1 HTTP/1.1\r\n")) << asked;
    EXPECT_EQ(bodyIn(asked),
              R"({"model":"m","input":"2+2?","messages":[{"role":"user","content":"2+2?"}],)"
              R"("metadata":{"k":"v"}})");
    EXPECT_EQ(headerIn(asked, "Authorization"), "Bearer theirs");
    EXPECT_EQ(headerIn(asked, "OpenAI-Project"), "p");
    EXPECT_EQ(
        bodyIn(created),
        R"({"id":"up_1","object":"response", "n":1.0,"metadata":{"k":"v","completion_webhook":")" +
            receiver.url("/hook?key=abc") + R"("}})");
    EXPECT_EQ(headerIn(created, "X-RateLimit-Limit"), "9");
    EXPECT_EQ(bodyIn(receiver.request(1)), bodyIn(created));
    EXPECT_EQ(bodyIn(call("GET", "/v1/responses/up_1")), bodyIn(created));

    // The same id again is not the same response.
    const Json again = Json::parse(bodyIn(call("POST", "/v1/responses", createBody(receiver))));
    EXPECT_NE(again["id"], "up_1");
    EXPECT_EQ(bodyIn(call("GET", "/v1/responses/up_1")), bodyIn(created));
}

TEST_F(DaemonTest, WhatTheUpstreamAnswersWithoutAnObjectIsRelayedAndMakesNoCallback) {
    Recorder receiver;
    const std::string error = R"({"error":{"message":"slow down","type":"x","code":null}})";
    Recorder upstream(answer(429, error, "Content-Type: application/json\r\nRetry-After: 7\r\n"));
    start({"--upstream", upstream.base()});
    const std::string refused = call("POST", "/v1/chat/completions", createBody(receiver));
    EXPECT_EQ(statusIn(refused), 429);
    EXPECT_EQ(bodyIn(refused), error);
    EXPECT_EQ(headerIn(refused, "Retry-After"), "7");
    upstream.answerWith(answer(200, "<html>"));
    const std::string odd = call("POST", "/v1/messages", createBody(receiver));
    EXPECT_EQ(statusIn(odd), 200);
    EXPECT_EQ(bodyIn(odd), "<html>");
    const std::string events = call("GET", "/admin/v1/events?limit=100", "", adminHeader());
    EXPECT_EQ(events.find("delivery_accepted"), std::string::npos);
    EXPECT_NE(events.find("response_completed"), std::string::npos);
}

TEST_F(DaemonTest, ADeliveryIsMadeOnceForAnIdempotencyKey) {
    Recorder receiver;
    start();
    const std::string body =
        R"({"url":")" + receiver.url("/x") + R"(","payload": { "b":1.0,"a":2 } ,"subject":"s"})";
    const std::string accepted = call("POST", "/v1/deliveries", body, "Idempotency-Key: one\r\n");
    ASSERT_EQ(statusIn(accepted), 202) << accepted;
    const std::string id = Json::parse(bodyIn(accepted))["id"];
    const std::string callback = receiver.request(1);
    EXPECT_EQ(bodyIn(callback), R"({ "b":1.0,"a":2 })");
    EXPECT_EQ(headerIn(callback, "webhook-id"), id);
    const std::string again = call("POST", "/v1/deliveries", body, "Idempotency-Key: one\r\n");
    EXPECT_EQ(statusIn(again), 202);
    EXPECT_EQ(Json::parse(bodyIn(again))["id"], id);
    EXPECT_EQ(statusIn(call("POST", "/v1/deliveries", body + " ", "Idempotency-Key: one\r\n")),
              409);

    const Json shown = awaitMember("/v1/deliveries/" + id, "status", "delivered");
    EXPECT_EQ(shown["url"], receiver.url("/x"));
    EXPECT_EQ(shown["attempt_count"], 1);
    const Json listed =
        Json::parse(bodyIn(call("GET", "/v1/deliveries?subject=s&status=delivered")));
    ASSERT_EQ(listed["data"].size(), 1U);
    EXPECT_EQ(listed["data"][0]["id"], id);
    EXPECT_TRUE(listed["next_cursor"].is_null());
    EXPECT_EQ(statusIn(call("GET", "/v1/deliveries?subjekt=s")), 400);
}

TEST_F(DaemonTest, WhatCannotBeDeliveredIsRefusedWithItsParam) {
    start();
    const auto param = [&](const std::string& body) {
        const std::string refused = call("POST", "/v1/deliveries", body);
        EXPECT_EQ(statusIn(refused), 400) << refused;
        return Json::parse(bodyIn(refused))["error"]["param"];
    };
    EXPECT_EQ(param(R"({"url":"http://10.0.0.1/","payload":1})"), "url");
    EXPECT_EQ(param(R"({"url":"http://h/","payload":1,"token":"a b"})"), "token");
    EXPECT_EQ(param(R"({"url":"http://h/","payload":1,"max_retries":1000})"), "max_retries");
    EXPECT_EQ(param(R"({"url":"http://h/"})"), "payload");
}

TEST_F(DaemonTest, WhatIsOnesOwnIsNobodyElses) {
    Recorder receiver;
    std::ofstream(directory_ / "keys") << "alice:key-a\nbob:key-b\n";
    start({"--api-keys-file", directory_ / "keys"});
    const std::string alice = "Authorization: Bearer key-a\r\n";
    const std::string bob = "x-api-key: key-b\r\n";
    const std::string body = R"({"url":")" + receiver.url("/x") + R"(","payload":1})";
    EXPECT_EQ(statusIn(call("POST", "/v1/deliveries", body)), 401);
    EXPECT_EQ(statusIn(call("POST", "/v1/deliveries", body, "x-api-key: wrong\r\n")), 401);
    const Json made = Json::parse(bodyIn(call("POST", "/v1/deliveries", body, alice)));
    EXPECT_EQ(made["client"], "alice");
    const std::string path = "/v1/deliveries/" + made["id"].get<std::string>();
    EXPECT_EQ(statusIn(call("GET", path, "", alice)), 200);
    EXPECT_EQ(statusIn(call("GET", path, "", bob)), 404);
    const Json response =
        Json::parse(bodyIn(call("POST", "/v1/responses", createBody(receiver), bob)));
    const std::string object = "/v1/responses/" + response["id"].get<std::string>();
    EXPECT_EQ(statusIn(call("GET", object, "", bob)), 200);
    EXPECT_EQ(statusIn(call("GET", object, "", alice)), 404);

    // A key that goes away is refused from the reload on; the name's new key owns what it made.
    std::ofstream(directory_ / "keys") << "alice:key-new\n";
    daemon_->reload();
    EXPECT_EQ(statusIn(call("GET", path, "", alice)), 401);
    EXPECT_EQ(statusIn(call("GET", path, "", "x-api-key: key-new\r\n")), 200);
}

TEST_F(DaemonTest, AnOperatorSeesWhatHappenedAndPutsItRight) {
    Recorder receiver(answer(500, "broken"));
    start({"--max-retries", "0"});
    const std::string body = R"({"url":")" + receiver.url("/x") + R"(","payload":[1]})";
    const std::string id = Json::parse(bodyIn(call("POST", "/v1/deliveries", body)))["id"];
    const std::string path = "/admin/v1/deliveries/" + id;
    EXPECT_EQ(statusIn(call("GET", path)), 401);
    EXPECT_EQ(statusIn(call("GET", path, "", "Authorization: Bearer wrong\r\n")), 401);
    const std::string admin = adminHeader();
    const Json failed = awaitMember(path, "status", "failed", admin);
    ASSERT_EQ(failed["attempts"].size(), 1U) << failed;
    EXPECT_EQ(failed["attempts"][0]["http_status"], 500);
    EXPECT_EQ(bodyIn(call("GET", path + "/payload", "", admin)), "[1]");

    receiver.answerWith(answer(200));
    const std::string redelivered = call("POST", path + "/redeliver", R"({"reason":"mended"})",
                                         admin + "Waybill-Actor: jo\r\n");
    EXPECT_EQ(statusIn(redelivered), 202) << redelivered;
    const Json delivered = awaitMember(path, "status", "delivered", admin);
    EXPECT_EQ(delivered["attempt_count"], 2);
    EXPECT_EQ(headerIn(receiver.request(2), "webhook-id"), id);
    EXPECT_EQ(statusIn(call("POST", path + "/cancel", "", admin)), 409);
    EXPECT_EQ(statusIn(call("POST", path + "/redeliver", R"({"raeson":"x"})", admin)), 400);
    const Json events = Json::parse(bodyIn(call("GET", path + "/events", "", admin)));
    bool named = false;
    for (const Json& event : events["data"])
        named =
            named || (event["type"] == "redelivery_requested" && event["actor"] == "operator:jo");
    EXPECT_TRUE(named) << events;
    EXPECT_EQ(statusIn(call("GET", "/admin/v1/deliveries/dlv_no", "", admin)), 404);
    EXPECT_EQ(Json::parse(bodyIn(call("GET", "/admin/v1/info", "", admin)))["ready"], true);
}

TEST_F(DaemonTest, HealthIsOpenToAll) {
    start();
    EXPECT_EQ(statusIn(call("GET", "/healthz")), 200);
    EXPECT_EQ(statusIn(call("GET", "/readyz")), 200);
    EXPECT_EQ(statusIn(call("GET", "/v1/nothing")), 404);
    EXPECT_EQ(statusIn(call("DELETE", "/v1/deliveries")), 405);
}

/// What an earlier process left when it ended in the middle.
void leaveOpen(const std::string& directory, const std::string& callback_url, std::uint32_t runs) {
    const auto log = sqlite::openLog({.directory = directory});
    const Timestamp now = systemClock().now().wall;
    Batch batch;
    for (std::uint32_t run = 1; run <= runs; ++run) {
        NewEvent& event = batch.emplace_back();
        event.recorded = {0, "resp_bg", run, now, "client:anonymous", false, ResponseCreated{}, {}};
        event.recorded.event = ResponseCreated{
            .kind = "response", .client = "anonymous", .background = true, .run = run};
        if (run > 1) continue;
        event.attachments.destination = Destination{callback_url, "s3cret"};
        event.attachments.request =
            StoredRequest{R"({"model":"m","input":"again"})", "{}",
                          R"({"id":"resp_bg","status":"queued","error":null,"metadata":{}})", "{}"};
    }
    NewEvent& direct = batch.emplace_back();
    direct.recorded = {0, "resp_now", 1, now, "client:anonymous", false, ResponseCreated{}, {}};
    direct.recorded.event = ResponseCreated{.kind = "response", .client = "anonymous"};
    log->append(batch, log->head());
}

TEST_F(DaemonTest, ABackgroundResponseIsRunAgainAfterACrash) {
    Recorder receiver;
    leaveOpen(directory_ / "data", receiver.url("/hook"), 1);
    start();
    const std::string callback = receiver.request(1);
    const Json object = Json::parse(bodyIn(callback), nullptr, false);
    ASSERT_TRUE(object.is_object()) << callback;
    EXPECT_EQ(object["id"], "resp_bg");
    EXPECT_EQ(object["status"], "completed");
    EXPECT_EQ(object["output"][0]["content"][0]["text"], "again");
    EXPECT_EQ(headerIn(callback, "Authorization"), "Bearer s3cret");
    EXPECT_EQ(bodyIn(call("GET", "/v1/responses/resp_bg")), bodyIn(callback));
    EXPECT_EQ(statusIn(call("GET", "/v1/responses/resp_now")), 404);
}

TEST_F(DaemonTest, ABackgroundResponseThatWasRunOftenEnoughFails) {
    Recorder receiver;
    leaveOpen(directory_ / "data", receiver.url("/hook"), 2);
    start({"--background-reruns", "1"});
    const Json object = Json::parse(bodyIn(receiver.request(1)), nullptr, false);
    ASSERT_TRUE(object.is_object());
    EXPECT_EQ(object["status"], "failed");
    EXPECT_EQ(object["error"]["code"], "server_error");
}

TEST_F(DaemonTest, AStopFinishesWhatIsUnderWayAndLeavesTheRest) {
    Recorder receiver;
    start({"--echo-delay", "1h"});
    const std::string created =
        call("POST", "/v1/responses", createBody(receiver, R"("background":true,)"));
    const std::string id = Json::parse(bodyIn(created))["id"];
    daemon_->drain(10ms);
    daemon_.reset();
    start();
    EXPECT_EQ(Json::parse(bodyIn(receiver.request(1)), nullptr, false)["status"], "completed");
    EXPECT_EQ(awaitMember("/v1/responses/" + id, "status", "completed")["id"], id);
}

}  // namespace
}  // namespace waybill::server
