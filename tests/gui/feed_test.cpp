// The feed on threads of its own: who waits for whom, and what becomes of what is thrown.
#include "feed/feed.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <set>

#include "screen.h"
#include "support/fake_admin_api.h"

namespace waybill::gui {
namespace {

using namespace std::chrono_literals;

/// Which questions wait, and which were asked. Shared with threads that may outlive the test.
struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    std::set<std::string, std::less<>> held;
    std::set<std::string> asked;
    bool free = false;
    bool throwing = false;

    void pass(std::string_view question) {
        std::unique_lock lock(mutex);
        asked.insert(std::string(question));
        changed.notify_all();
        changed.wait(lock, [&] { return free || held.count(question) == 0; });
        if (throwing) throw 42;
    }
};

class ThreadedFeed : public ::testing::Test {
protected:
    ThreadedFeed() {
        world_->bulks.push_back(
            {.id = "blk_1", .state = "running", .matched = 9, .actor = "operator:kim"});
        world_->on_call = [gate = gate_](std::string_view question) { gate->pass(question); };
        FeedOptions options;
        options.api = [world = world_](const std::string& actor) {
            return test::makeFakeAdminApi(world, actor);
        };
        options.actor = "ada";
        options.now = [world = world_] {
            const std::lock_guard lock(world->mutex);
            return world->now;
        };
        options.changed = [gate = gate_] { gate->changed.notify_all(); };
        feed_ = std::make_unique<Feed>(options, makeThreadLanes());
        interest_.window = 1h;
        interest_.step = 1min;
        interest_.deliveries = true;
        interest_.query = DeliveryQuery{};
    }

    ~ThreadedFeed() override {
        {
            const std::lock_guard lock(gate_->mutex);
            gate_->free = true;
            gate_->throwing = false;
        }
        gate_->changed.notify_all();
        feed_.reset();
    }

    void hold(std::set<std::string, std::less<>> questions) {
        const std::lock_guard lock(gate_->mutex);
        gate_->held = std::move(questions);
        gate_->asked.clear();
    }
    void letThrow(bool throwing) {
        const std::lock_guard lock(gate_->mutex);
        gate_->throwing = throwing;
    }

    /// Ticks, a second of the feed's time each, until `condition` holds; false: it never did.
    bool ticksUntil(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            {
                const std::lock_guard lock(world_->mutex);
                world_->now += 1s;
            }
            feed_->tick(interest_);
            std::unique_lock lock(gate_->mutex);
            gate_->changed.wait_for(lock, 5ms);
        }
        return true;
    }
    bool asked(const std::string& question) {
        const std::lock_guard lock(gate_->mutex);
        return gate_->asked.count(question) != 0;
    }
    /// Whichever comes first on their lane.
    bool askedForFigures() {
        for (const char* figures :
             {"stats", "endpoints", "countDeliveries", "info", "bulkRedeliveries"}) {
            if (asked(figures)) return true;
        }
        return false;
    }
    bool requested(const std::string& request) {
        const std::lock_guard lock(world_->mutex);
        return std::count(world_->requests.begin(), world_->requests.end(), request) != 0;
    }

    std::shared_ptr<test::FakeWorld> world_ = std::make_shared<test::FakeWorld>(50);
    std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    Interest interest_;
    std::unique_ptr<Feed> feed_;
};

TEST_F(ThreadedFeed, AStopIsSentThoughEveryOtherQuestionHangs) {
    ASSERT_TRUE(ticksUntil([&] { return feed_->snapshot()->runs.size() == 1; }));
    hold({"stats", "endpoints", "countDeliveries", "deliveries", "info", "bulkRedelivery",
          "bulkRedeliveries", "redeliver", "bulk", "pause"});
    {
        const std::lock_guard lock(world_->mutex);
        world_->add("https://hooks.northwind.io:443", "fresh");  // something new to ask about
    }
    feed_->redeliver({.target = {.ids = {"dlv_1", "dlv_2"}}});
    feed_->pauseEndpoint("https://hooks.northwind.io:443", "", true);
    feed_->preview({}, 50, false);
    ASSERT_TRUE(ticksUntil([&] { return askedForFigures(); }));
    ASSERT_TRUE(ticksUntil([&] { return asked("redeliver") && asked("pause"); }));
    feed_->changeRun(feed_->snapshot()->runs[0].serial, BulkAction::kStop);
    EXPECT_TRUE(ticksUntil([&] { return requested("ada: bulk stopped blk_1"); }));
}

TEST_F(ThreadedFeed, AnEndpointIsPausedThoughFiguresAndOtherActionsHang) {
    hold({"stats", "endpoints", "countDeliveries", "deliveries", "info", "bulkRedeliveries",
          "redeliver"});
    feed_->redeliver({.target = {.ids = {"dlv_1"}}});
    ASSERT_TRUE(ticksUntil([&] { return askedForFigures() && asked("redeliver"); }));
    feed_->pauseEndpoint("https://hooks.northwind.io:443", "it floods us", true);
    EXPECT_TRUE(ticksUntil([&] {
        return requested("ada: pause https://hooks.northwind.io:443 reason=it floods us");
    }));
}

TEST_F(ThreadedFeed, WhateverACallThrowsIsSaidAndTheNextAskingFindsTheDaemonAgain) {
    ASSERT_TRUE(ticksUntil([&] { return feed_->snapshot()->info && feed_->snapshot()->list; }));
    letThrow(true);
    EXPECT_TRUE(ticksUntil([&] { return feed_->snapshot()->connection.link == Link::kLost; }));
    EXPECT_NE(feed_->snapshot()->connection.problem, "");
    letThrow(false);
    EXPECT_TRUE(ticksUntil([&] { return feed_->snapshot()->connection.link == Link::kConnected; }));
}

TEST(Lanes, AJobThatThrowsIsReportedAndTheNextOneRuns) {
    std::mutex mutex;
    std::condition_variable changed;
    int reported = 0;
    bool ran = false;
    {
        const auto lanes = makeThreadLanes();
        lanes->onFailure([&] {
            const std::lock_guard lock(mutex);
            ++reported;
        });
        lanes->post(Lane::kScreen, [] { throw 42; });
        lanes->post(Lane::kScreen, [] { throw std::bad_alloc(); });
        lanes->post(Lane::kScreen, [&] {
            const std::lock_guard lock(mutex);
            ran = true;
            changed.notify_all();
        });
        std::unique_lock lock(mutex);
        EXPECT_TRUE(changed.wait_for(lock, 20s, [&] { return ran; }));
    }
    EXPECT_EQ(reported, 2);
}

TEST(FrameLoop, AFrameThatThrowsIsSaidOnTheScreenAndTheNextIsDrawn) {
    Screen screen({.view = "deliveries"});
    ImGui::GetIO().SetClipboardTextFn = [](void*, const char*) { throw 42; };
    screen.click("row.0");
    screen.key(U'c');
    EXPECT_NE(screen.value("toast.0").find("unknown kind"), std::string::npos);
    screen.key(U'3');
    EXPECT_EQ(screen.state().view, View::kEndpoints);
    EXPECT_TRUE(screen.has("endpoint.0"));
}

TEST(FrameLoop, AClockThatThrowsIsSaidOnTheScreen) {
    Headless headless(1280, 800);
    const auto world = std::make_shared<test::FakeWorld>(10);
    bool broken = true;
    DashboardOptions options;
    options.api = [&](const std::string& actor) { return test::makeFakeAdminApi(world, actor); };
    options.inline_calls = true;
    options.now = [&] {
        if (broken) throw std::runtime_error("the clock stands still");
        return world->now;
    };
    Dashboard dashboard(std::move(options));
    dashboard.enableProbe();
    for (int i = 0; i < 3; ++i)
        headless.frame(dashboard);
    const auto& shown = dashboard.impl().ui.probe().shown();
    ASSERT_EQ(shown.count("toast.0"), 1u);
    EXPECT_NE(shown.at("toast.0").value.find("the clock stands still"), std::string::npos);
    broken = false;
    for (int i = 0; i < 6; ++i)
        headless.frame(dashboard);
    EXPECT_EQ(shown.count("headline"), 1u);
}

}  // namespace
}  // namespace waybill::gui
