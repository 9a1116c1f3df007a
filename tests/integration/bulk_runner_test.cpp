// Does a bulk re-delivery take every delivery once, also when the engine has too much to do or the
// process ends halfway?
#include "waybill/server/bulk_runner.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "support/fake_transport.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;

class BulkRunnerTest : public testing::Test {
protected:
    BulkRunnerTest() { open(); }
    ~BulkRunnerTest() override { close(); }

    void open(std::size_t max_waiting_commands = 16384) {
        log_ = sqlite::openLog({.directory = directory_ / "log"});
        EngineOptions options;
        options.retry_policy.max_retries = 0;
        options.max_waiting_commands = max_waiting_commands;
        engine_.emplace(*log_, transport_, options);
        engine_->start();
        model_.emplace(directory_ / "log/waybill.db");
        runner_.emplace(*engine_, *model_);
        runner_->start();
    }

    void close() {
        runner_.reset();
        model_.reset();
        engine_.reset();
        log_.reset();
    }

    void makeFailed(int count) {
        transport_.answerAllWith(test::answered(500));
        for (int i = 0; i < count; ++i) {
            const auto accepted = engine_->submit(
                {.destination = {.url = "https://a.example/hook"}, .payload = makeBytes("{}")});
            ASSERT_TRUE(accepted.ok());
            ASSERT_TRUE(engine_->waitUntilFinished(accepted->delivery.id, 10s));
        }
    }

    BulkView await(const StreamId& id, const std::string& state) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (std::chrono::steady_clock::now() < deadline) {
            const auto view = runner_->find(id);
            if (view.ok() && view->state == state) return *view;
            std::this_thread::yield();
        }
        return {};
    }

    /// How often each delivery was taken.
    std::map<StreamId, int> taken(const StreamId& bulk) {
        std::map<StreamId, int> counts;
        for (std::uint64_t after = 0;;) {
            const auto events = model_->events(after, 500);
            if (events.empty()) return counts;
            after = events.back().global_position;
            for (const EventView& event : events)
                if (event.type == "redelivery_requested" &&
                    event.data.find(bulk) != std::string::npos)
                    ++counts[event.stream];
        }
    }

    static BulkRequest failedOnes() {
        BulkRequest request;
        request.filter.status = "failed";
        return request;
    }

    void expectEachOnce(const StreamId& bulk, std::size_t count) {
        const auto counts = taken(bulk);
        EXPECT_EQ(counts.size(), count);
        for (const auto& [id, times] : counts)
            EXPECT_EQ(times, 1) << id;
    }

    test::TemporaryDirectory directory_;
    test::FakeTransport transport_;
    std::unique_ptr<EventLog> log_;
    std::optional<Engine> engine_;
    std::optional<sqlite::ReadModel> model_;
    std::optional<BulkRunner> runner_;
};

TEST_F(BulkRunnerTest, GivesWayToAnEngineThatHasTooMuchAndLeavesNothingOut) {
    makeFailed(30);
    close();
    open(/*max_waiting_commands=*/3);
    const auto begun = runner_->redeliver(failedOnes(), "operator:ada");
    ASSERT_TRUE(begun.ok()) << begun.refusal().message;
    EXPECT_EQ(await(begun->id, "finished").done, 30U);
    expectEachOnce(begun->id, 30);
}

TEST_F(BulkRunnerTest, GoesOnWhereItWasWhenTheProcessEndedHalfway) {
    makeFailed(60);
    BulkRequest request = failedOnes();
    request.rate = 200;
    const auto begun = runner_->redeliver(request, "operator:ada");
    ASSERT_TRUE(begun.ok());
    for (const std::uint64_t so_far : {5, 25}) {
        while (runner_->find(begun->id)->done < so_far)
            std::this_thread::yield();
        close();
        open();
    }
    EXPECT_EQ(await(begun->id, "finished").done, 60U);
    expectEachOnce(begun->id, 60);
}

TEST_F(BulkRunnerTest, NeverTakesWhatCameLater) {
    makeFailed(3);
    BulkRequest request = failedOnes();
    request.rate = 20;
    const auto begun = runner_->redeliver(request, "operator:ada");
    makeFailed(2);
    EXPECT_EQ(await(begun->id, "finished").done, 3U);
    expectEachOnce(begun->id, 3);
}

TEST_F(BulkRunnerTest, IsStoppedOnce) {
    makeFailed(2);
    BulkRequest request = failedOnes();
    request.rate = 1;
    const auto begun = runner_->redeliver(request, "operator:ada");
    ASSERT_TRUE(begun.ok());
    EXPECT_EQ(runner_->change(begun->id, BulkAction::kStop, "operator:ada")->state, "stopped");
    EXPECT_EQ(runner_->change(begun->id, BulkAction::kStop, "operator:ada").refusal().code,
              RefusalCode::kConflict);
    EXPECT_EQ(runner_->find("blk_unknown").refusal().code, RefusalCode::kNotFound);
    EXPECT_EQ(runner_->redeliver({}, "operator:ada").refusal().code, RefusalCode::kInvalid);
}

TEST_F(BulkRunnerTest, CancelsOnlyInPiecesThatCanBeWaitedFor) {
    ASSERT_TRUE(engine_->pauseEndpoint({std::string(kEveryEndpoint), "operator:ada", ""}).ok());
    for (int i = 0; i < 70; ++i)
        ASSERT_TRUE(engine_
                        ->submit({.destination = {.url = "https://a.example/hook"},
                                  .payload = makeBytes("{}")})
                        .ok());
    BulkRequest request;
    request.all = true;
    request.limit = 65;
    EXPECT_EQ(runner_->cancel(request, "operator:ada")->done, 65U);
    request.limit = std::nullopt;
    EXPECT_EQ(runner_->cancel(request, "operator:ada")->done, 5U);
    request.filter.status = "delivered";
    EXPECT_EQ(runner_->cancel(request, "operator:ada").refusal().param, "filter.status");
}

}  // namespace
}  // namespace waybill::server
