// Can a program that embeds the engine serve the operator API itself, so that the dashboard and the
// command line work against it? Only public headers, no waybilld.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/scripted_receiver.h"
#include "support/temporary_directory.h"
#include "waybill/admin_api.h"
#include "waybill/server/bulk_runner.h"
#include "waybill/server/event_notifier.h"
#include "waybill/server/http_server.h"
#include "waybill/server/operator_api.h"
#include "waybill/sqlite/log.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;

AddressPolicy loopback() {
    AddressPolicy policy;
    policy.allow("loopback");
    return policy;
}

/// A host as somebody else would write it.
class Host {
public:
    explicit Host(const std::string& directory)
        : log_(sqlite::openLog({.directory = directory})),
          transport_(makeHttpTransport({.address_policy = loopback()})),
          engine_(*log_, *transport_, engineOptions()),
          model_(directory + "/waybill.db"),
          bulk_(engine_, model_),
          server_({}, routes()) {
        engine_.start();
        bulk_.start();
        server_.start();
    }
    ~Host() {
        server_.stop();
        bulk_.stop();
        engine_.stop();
    }

    Engine& engine() { return engine_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
    std::unique_ptr<AdminApi> api() const { return makeHttpAdminApi({url(), "s3cret", "ada"}); }

private:
    EngineOptions engineOptions() {
        EngineOptions options;
        options.address_policy = loopback();
        options.retry_policy.max_retries = 0;
        options.on_event = [this](const RecordedEvent& event) {
            notifier_.recorded(event.global_position);
        };
        return options;
    }

    const Router& routes() {
        OperatorApiOptions options;
        options.identify = [](std::string_view token) -> std::optional<OperatorIdentity> {
            if (token != "s3cret") return std::nullopt;
            return OperatorIdentity{"host", Role::kAdmin, true};
        };
        options.transport = transport_.get();
        options.bulk = &bulk_;
        options.notifier = &notifier_;
        addOperatorApi(router_, engine_, model_, std::move(options));
        return router_;
    }

    EventNotifier notifier_;
    std::unique_ptr<EventLog> log_;
    std::unique_ptr<Transport> transport_;
    Engine engine_;
    sqlite::ReadModel model_;
    BulkRunner bulk_;
    Router router_;
    HttpServer server_;
};

class EmbeddedOperatorApi : public testing::Test {
protected:
    EmbeddedOperatorApi()
        : receiver_([this](ScriptedPeer& peer) {
              while (peer.readRequest())
                  peer.send(answer(healthy_ ? 200 : 500));
          }),
          host_(directory_ / "log"),
          api_(host_.api()) {}

    /// A delivery whose only attempt has failed, unless the receiver is healthy.
    StreamId deliver() {
        const auto accepted = host_.engine().submit(
            {.destination = {.url = endpoint() + "/hook"}, .payload = makeBytes("{}")});
        EXPECT_TRUE(accepted.ok());
        EXPECT_TRUE(host_.engine().waitUntilFinished(accepted->delivery.id, 10s));
        return accepted->delivery.id;
    }

    std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(receiver_.port()); }

    test::TemporaryDirectory directory_;
    std::atomic<bool> healthy_{false};
    ScriptedReceiver receiver_;
    Host host_;
    std::unique_ptr<AdminApi> api_;
};

TEST_F(EmbeddedOperatorApi, ShowsWhatThereIs) {
    const StreamId id = deliver();
    DeliveryFilter failed;
    failed.status = "failed";
    EXPECT_EQ(*api_->countDeliveries(failed), 1U);
    const auto page =
        api_->deliveries(failed, PageRequest{.limit = 10, .order = DeliveryOrder::kUpdated});
    ASSERT_TRUE(page.ok()) << page.refusal().message;
    ASSERT_EQ(page->data.size(), 1U);
    EXPECT_EQ(page->data[0].id, id);
    EXPECT_EQ(api_->delivery(id)->attempts.size(), 1U);
    EXPECT_EQ(*api_->payload(id).value(), "{}");
    EXPECT_EQ(api_->info()->actor, "operator:ada");
    EXPECT_EQ(api_->stats(1h, 1min)->total.accepted, 1U);
    const auto endpoints = api_->endpoints(1h);
    ASSERT_TRUE(endpoints.ok());
    ASSERT_EQ(endpoints->data.size(), 1U);
    EXPECT_EQ(endpoints->data[0].endpoint, endpoint());
    EXPECT_EQ(api_->deliveries({}, PageRequest{.cursor = "x"}).refusal().param, "cursor");
}

TEST_F(EmbeddedOperatorApi, SendsManyAgain) {
    const StreamId first = deliver();
    const StreamId second = deliver();
    healthy_ = true;
    BulkRequest request;
    request.filter.status = "failed";
    request.rate = 100;
    request.reason = "receiver mended";
    const auto begun = api_->redeliverMany(request);
    ASSERT_TRUE(begun.ok()) << begun.refusal().message;
    EXPECT_EQ(begun->matched, 2U);
    for (const StreamId& id : {first, second}) {
        const auto delivery = host_.engine().waitUntilFinished(id, 10s);
        ASSERT_TRUE(delivery);
    }
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    auto state = api_->bulkRedelivery(begun->id);
    while (state.ok() && state->state == "running" && std::chrono::steady_clock::now() < deadline)
        state = api_->bulkRedelivery(begun->id);
    ASSERT_TRUE(state.ok());
    EXPECT_EQ(state->state, "finished");
    EXPECT_EQ(state->done, 2U);
    EXPECT_EQ(api_->changeBulkRedelivery(begun->id, BulkAction::kStop).refusal().code,
              RefusalCode::kConflict);
}

TEST_F(EmbeddedOperatorApi, HoldsAnEndpointAndCancelsWhatWaits) {
    ASSERT_TRUE(api_->pauseEndpoint(endpoint(), "moving").ok());
    ASSERT_TRUE(
        host_.engine()
            .submit({.destination = {.url = endpoint() + "/hook"}, .payload = makeBytes("{}")})
            .ok());
    BulkRequest request;
    request.all = true;
    const auto cancelled = api_->cancelMany(request);
    ASSERT_TRUE(cancelled.ok()) << cancelled.refusal().message;
    EXPECT_EQ(cancelled->done, 1U);
    EXPECT_FALSE(api_->resumeEndpoint(endpoint(), "")->paused);
}

TEST_F(EmbeddedOperatorApi, TriesAUrl) {
    healthy_ = true;
    const auto fine = api_->check(endpoint() + "/hook", true);
    ASSERT_TRUE(fine.ok()) << fine.refusal().message;
    EXPECT_TRUE(fine->ok) << fine->summary;
    EXPECT_FALSE(api_->check("http://10.0.0.1/", false)->ok);
}

TEST_F(EmbeddedOperatorApi, TellsEveryEventOnceAsItHappens) {
    healthy_ = true;
    deliver();
    std::vector<std::uint64_t> seen;
    std::thread later;
    const auto followed = api_->followEvents(0, [&](const EventView* event) {
        if (event == nullptr) return true;
        seen.push_back(event->global_position);
        if (seen.size() == 3) later = std::thread([this] { deliver(); });
        return seen.size() < 6;
    });
    later.join();
    EXPECT_TRUE(followed.ok());
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
    const auto beyond = api_->followEvents(1000, [](const EventView*) { return false; });
    EXPECT_EQ(beyond.refusal().param, "after");
}

TEST_F(EmbeddedOperatorApi, AWrongTokenOpensNothing) {
    const auto stranger = makeHttpAdminApi({host_.url(), "guess", ""});
    EXPECT_THROW(stranger->info().ok(), Poco::NoPermissionException);
}

}  // namespace
}  // namespace waybill::server
