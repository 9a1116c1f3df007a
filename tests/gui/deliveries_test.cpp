// Finding deliveries and doing something about them.
#include "screen.h"

namespace waybill::gui {
namespace {

ScreenOptions deliveries() {
    ScreenOptions options;
    options.view = "deliveries";
    return options;
}

TEST(DeliveriesView, DrawsOnlyTheRowsThatAreVisible) {
    Screen screen(deliveries());
    EXPECT_EQ(screen.seen()->list->size(), 400u);  // fetched ahead, not all 600
    EXPECT_TRUE(screen.has("row.0"));
    EXPECT_FALSE(screen.has("row.100"));
}

TEST(DeliveriesView, ScrollingFetchesWhatComesNext) {
    Screen screen(deliveries());
    screen.press(Key::kEnd);
    screen.frames(6);
    screen.press(Key::kEnd);
    screen.frames(3);
    EXPECT_EQ(screen.seen()->list->size(), 600u);
    EXPECT_TRUE(screen.has("row.599"));
    EXPECT_EQ(screen.state().focused_row, 599);
}

TEST(DeliveriesView, AChipFiltersByStatus) {
    Screen screen(deliveries());
    screen.click("chip.failed");
    EXPECT_EQ(screen.state().status, "failed");
    const auto& list = *screen.seen()->list;
    ASSERT_GT(list.size(), 0u);
    for (std::size_t i = 0; i < list.size(); ++i)
        EXPECT_EQ(list.at(i)->status, "failed");
    screen.click("chip.failed");
    EXPECT_EQ(screen.state().status, "");
}

TEST(DeliveriesView, ASlashSearchesAndEscapeLeavesTheText) {
    Screen screen(deliveries());
    screen.key(U'/');
    screen.type("code:503");
    EXPECT_EQ(screen.state().search, "code:503");
    const auto& list = *screen.seen()->list;
    ASSERT_GT(list.size(), 0u);
    for (std::size_t i = 0; i < list.size(); ++i)
        EXPECT_EQ(list.at(i)->last_attempt.http_status, 503);
}

TEST(DeliveriesView, TypingIsNoShortcut) {
    Screen screen(deliveries());
    screen.key(U'/');
    screen.headless.type("r");
    screen.headless.frame(*screen.dashboard, {KeyPress{Key::kCharacter, U'r', false, false}});
    screen.frames(2);
    EXPECT_EQ(screen.state().search, "r");
    EXPECT_FALSE(screen.has("dialog.accept"));
}

TEST(DeliveriesView, NothingFoundOffersToClearTheFilters) {
    Screen screen(deliveries());
    screen.key(U'/');
    screen.type("zzz");
    ASSERT_TRUE(screen.has("empty.clear"));
    screen.press(Key::kEscape);
    screen.click("empty.clear");
    EXPECT_EQ(screen.state().search, "");
    EXPECT_TRUE(screen.has("row.0"));
}

TEST(DeliveriesView, AClickOpensTheDeliveryWithItsAttempts) {
    Screen screen(deliveries());
    const std::string id = screen.value("row.3");
    screen.click("row.3");
    EXPECT_EQ(screen.state().open, id);
    EXPECT_EQ(screen.seen()->open.id, id);
    EXPECT_TRUE(screen.has("detail.redeliver"));
    EXPECT_TRUE(screen.has("tab.attempts"));
}

TEST(DeliveriesView, KeysMoveThroughTheRowsAndTheDetailFollows) {
    Screen screen(deliveries());
    screen.key(U'j');
    screen.press(Key::kEnter);
    screen.key(U'j');
    screen.press(Key::kDown);
    EXPECT_EQ(screen.state().focused_row, 2);
    EXPECT_EQ(screen.state().open, screen.value("row.2"));
    screen.key(U'k');
    EXPECT_EQ(screen.state().open, screen.value("row.1"));
}

TEST(DeliveriesView, EscapeClosesStepByStep) {
    Screen screen(deliveries());
    screen.click("row.3");
    screen.key(U'x');
    EXPECT_EQ(screen.state().ticked.size(), 1u);
    screen.press(Key::kEscape);
    EXPECT_TRUE(screen.state().ticked.empty());
    EXPECT_FALSE(screen.state().open.empty());
    screen.press(Key::kEscape);
    EXPECT_TRUE(screen.state().open.empty());
}

TEST(DeliveriesView, TickedRowsStayTickedWhenTheFilterChanges) {
    Screen screen(deliveries());
    screen.click("tick.0");
    screen.click("tick.2");
    ASSERT_EQ(screen.state().ticked.size(), 2u);
    screen.click("chip.failed");
    EXPECT_EQ(screen.state().ticked.size(), 2u);
    EXPECT_TRUE(screen.has("bulk.redeliver"));
}

TEST(DeliveriesView, ShiftTicksARange) {
    Screen screen(deliveries());
    screen.click("tick.1");
    screen.click("row.5", false, true);
    EXPECT_EQ(screen.state().ticked.size(), 5u);
}

TEST(DeliveriesView, SortsByWhatTheServerCanPage) {
    Screen screen(deliveries());
    screen.click("sort.next");
    EXPECT_EQ(screen.state().order, DeliveryOrder::kNextAttempt);
    const auto& list = *screen.seen()->list;
    ASSERT_GT(list.size(), 1u);
    EXPECT_LE(*list.at(0)->next_attempt_at, *list.at(1)->next_attempt_at);
    screen.click("sort.next");
    EXPECT_TRUE(screen.state().reverse);
}

TEST(DeliveriesView, DraggingOverTheHistogramChoosesATime) {
    Screen screen(deliveries());
    screen.drag("histogram", 0.5F, 0.75F);
    ASSERT_TRUE(screen.state().since.has_value());
    ASSERT_TRUE(screen.state().until.has_value());
    const auto& list = *screen.seen()->list;
    ASSERT_GT(list.size(), 0u);
    EXPECT_GE(list.at(list.size() - 1)->created_at, *screen.state().since);
    EXPECT_LT(list.at(0)->created_at, *screen.state().until);
    screen.click("filter.clear");
    EXPECT_FALSE(screen.state().since.has_value());
}

TEST(DeliveriesView, RedeliveringOneAsksFirstAndThenAsksTheDaemon) {
    Screen screen(deliveries());
    screen.click("chip.failed");
    const std::string id = screen.value("row.0");
    screen.click("row.0");
    screen.key(U'r');
    ASSERT_TRUE(screen.has("dialog.accept"));
    EXPECT_TRUE(screen.world->requests.empty());
    EXPECT_EQ(screen.value("fact.Endpoints affected"), "1");
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.requested("ada: redeliver " + id));
    EXPECT_FALSE(screen.has("dialog.accept"));
    EXPECT_TRUE(screen.has("toast.0"));
}

/// With the question for another URL open.
struct Correcting : Screen {
    explicit Correcting(const std::string& role) : Screen(deliveries()) {
        {
            const std::lock_guard lock(world->mutex);
            world->role = role;
            world->now += std::chrono::seconds(2);
        }
        frames(3);
        click("chip.failed");
        click("row.0");
        endpoint = seen()->open.detail->delivery.endpoint;
        click("detail.correct");
        click("confirm.url");
    }
    std::string endpoint;
};

TEST(DeliveriesView, RedeliveringWithAReasonAndAnotherUrlSendsBoth) {
    Correcting screen("admin");
    screen.type("https://new.example/hook");
    screen.click("confirm.reason");
    screen.type("moved");
    screen.click("dialog.accept");
    ASSERT_EQ(screen.world->requests.size(), 1u);
    EXPECT_NE(screen.world->requests[0].find("reason=moved url=https://new.example/hook"),
              std::string::npos);
}

TEST(DeliveriesView, AUrlOfAnotherOriginSaysWhoWillSeeThePayloadAndThatTheTokenStaysBehind) {
    Correcting screen("admin");
    screen.paste(screen.endpoint + "/new");
    EXPECT_FALSE(screen.has("confirm.origin")) << "the same origin";
    screen.click("confirm.url");
    screen.key(U'a', true);
    screen.paste("https://new.example/hook");
    const std::string said = screen.value("confirm.origin");
    EXPECT_NE(said.find("https://new.example:443 is another origin than " + screen.endpoint),
              std::string::npos)
        << said;
    EXPECT_NE(said.find("stays behind"), std::string::npos) << said;
    screen.click("confirm.token");
    screen.type("n3w");
    EXPECT_NE(screen.value("confirm.origin").find("the token given here"), std::string::npos);
    screen.click("dialog.accept");
    EXPECT_NE(screen.world->requests.at(0).find("url=https://new.example/hook with a token"),
              std::string::npos);
}

TEST(DeliveriesView, ARoleThatMayNotShowAPayloadToSomebodyNewIsToldBeforeItAsks) {
    Correcting screen("operator");
    screen.paste("https://new.example/hook");
    EXPECT_NE(screen.value("confirm.origin").find("the role admin"), std::string::npos);
    screen.click("dialog.accept");
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.world->requests.empty());
    EXPECT_TRUE(screen.has("dialog.accept"));
}

TEST(DeliveriesView, ClosingTheDialogChangesNothing) {
    Screen screen(deliveries());
    screen.click("row.0");
    screen.key(U'r');
    screen.click("dialog.dismiss");
    EXPECT_FALSE(screen.has("dialog.accept"));
    EXPECT_TRUE(screen.world->requests.empty());
}

TEST(DeliveriesView, AllThatMatchAreCountedByTheDaemonBeforeTheyAreSent) {
    Screen screen(deliveries());
    screen.click("chip.failed");
    screen.key(U'a', true);
    EXPECT_TRUE(screen.state().all_matching);
    screen.click("bulk.redeliver");
    screen.frames(3);
    const std::uint64_t failed = screen.seen()->counts->at("failed");
    EXPECT_EQ(screen.value("fact.Deliveries that match"), std::to_string(failed));
    screen.click("dialog.accept");
    EXPECT_TRUE(screen.requested("ada: redeliver many status=failed"));
    ASSERT_EQ(screen.seen()->runs.size(), 1u);
    EXPECT_EQ(screen.seen()->runs[0].bulk.state, "running");
}

TEST(DeliveriesView, ARunningBulkCanBeStopped) {
    Screen screen(deliveries());
    screen.click("chip.failed");
    screen.key(U'a', true);
    screen.key(U'r');
    screen.frames(3);
    screen.press(Key::kEnter);
    screen.frames(2);
    const std::string serial = std::to_string(screen.seen()->runs[0].serial);
    screen.click("run.stop." + serial);
    EXPECT_TRUE(screen.requested("ada: bulk stopped"));
    EXPECT_EQ(screen.seen()->runs[0].bulk.state, "stopped");
}

TEST(DeliveriesView, ARunThatSomebodyElseBeganIsShownOnceAndCanBeStopped) {
    Screen screen(deliveries());
    {
        const std::lock_guard lock(screen.world->mutex);
        screen.world->bulks.push_back({.id = "blk_1", .state = "finished"});
        screen.world->bulks.push_back(
            {.id = "blk_2", .state = "paused", .matched = 9, .actor = "operator:kim"});
    }
    for (int second = 0; second < 20; ++second) {
        screen.world->now += std::chrono::seconds(1);
        screen.frames(2);
    }
    ASSERT_EQ(screen.seen()->runs.size(), 1u);
    EXPECT_EQ(screen.seen()->runs[0].bulk.id, "blk_2");
    EXPECT_EQ(screen.seen()->runs[0].what, "Re-delivery by kim");
    screen.click("run.stop." + std::to_string(screen.seen()->runs[0].serial));
    EXPECT_TRUE(screen.requested("ada: bulk stopped blk_2"));
}

TEST(DeliveriesView, DeleteCancelsWhatIsTicked) {
    Screen screen(deliveries());
    screen.click("chip.pending");
    const std::string id = screen.value("row.0");
    screen.click("tick.0");
    screen.press(Key::kDelete);
    ASSERT_TRUE(screen.has("dialog.accept"));
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.requested("ada: cancel " + id));
}

TEST(DeliveriesView, ARefusalIsSaidInTheDaemonsWords) {
    Screen screen(deliveries());
    screen.click("row.0");
    screen.key(U'r');
    {
        const std::lock_guard lock(screen.world->mutex);
        screen.world->find(screen.state().open)->view.status = "attempting";
    }
    screen.press(Key::kEnter);
    EXPECT_NE(screen.value("toast.0").find("on the wire"), std::string::npos);
}

TEST(DeliveriesView, TheNameIsAskedOnceBeforeTheFirstAction) {
    ScreenOptions options = deliveries();
    options.known_actor = false;
    Screen screen(options);
    screen.click("row.0");
    screen.key(U'r');
    ASSERT_TRUE(screen.has("actor.name"));
    screen.click("actor.name");
    screen.type("grace");
    screen.press(Key::kEnter);
    ASSERT_TRUE(screen.has("fact.Endpoints affected"));
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.requested("grace: redeliver "));
    EXPECT_EQ(screen.state().settings.actor, "grace");
}

TEST(DeliveriesView, ALogFileCannotBeChangedAndSaysSo) {
    Screen screen(deliveries());
    screen.world->source = "log file";
    screen.world->now += std::chrono::seconds(2);
    screen.frames(3);
    screen.click("row.0");
    screen.key(U'r');
    EXPECT_FALSE(screen.has("dialog.accept"));
    EXPECT_NE(screen.value("toast.0").find("log file"), std::string::npos);
}

TEST(DeliveriesView, WhatALogFileCannotDoIsGreyAndSaysWhy) {
    Screen screen({.view = "deliveries"});
    screen.world->source = "log file";
    screen.world->now += std::chrono::seconds(2);
    screen.frames(3);
    screen.click("row.0");
    screen.click("tick.0");
    for (const char* action : {"detail.redeliver", "bulk.redeliver", "bulk.cancel"}) {
        ASSERT_TRUE(screen.has(action)) << action;
        EXPECT_FALSE(screen.find(action)->enabled) << action;
    }
    EXPECT_TRUE(screen.find("detail.copy")->enabled);
}

TEST(DeliveriesView, ARunThatEndedWellGoesByItself) {
    Screen screen({.view = "deliveries"});
    screen.click("chip.failed");
    screen.key(U'a', true);
    screen.click("bulk.redeliver");
    screen.frames(3);
    screen.click("dialog.accept");
    ASSERT_EQ(screen.seen()->runs.size(), 1u);
    for (int second = 0; second < 60 && !screen.seen()->runs.empty(); ++second) {
        screen.world->now += std::chrono::seconds(1);
        for (BulkView& bulk : screen.world->bulks) {
            bulk.done = bulk.matched;
            bulk.state = "finished";
        }
        screen.frames(2);
    }
    EXPECT_TRUE(screen.seen()->runs.empty());
}

TEST(DeliveriesView, ANarrowWindowKeepsEveryColumnWithinTheTable) {
    Screen screen({.view = "deliveries", .width = 1100, .height = 680});
    screen.click("row.0");
    ASSERT_TRUE(screen.has("detail.redeliver"));
    const Rect created = screen.find("sort.created")->rect;
    EXPECT_LT(created.right(), screen.find("detail.redeliver")->rect.x);
    EXPECT_TRUE(screen.has("attempt.1"));
}

TEST(DeliveriesView, CopiesIdUrlAndCurl) {
    Screen screen(deliveries());
    screen.click("row.0");
    screen.key(U'c');
    EXPECT_EQ(screen.clipboard(), screen.state().open);
    screen.key(U'u');
    EXPECT_EQ(screen.clipboard(), screen.seen()->open.detail->delivery.url);
    screen.key(U'C');
    EXPECT_EQ(screen.clipboard().rfind("curl -X POST https://", 0), 0u);
    screen.key(U'y');
    EXPECT_EQ(screen.clipboard(), "waybill list --limit 400");
}

TEST(DeliveriesView, TabsShowPayloadAndEvents) {
    Screen screen(deliveries());
    screen.click("row.10");
    screen.click("tab.payload");
    EXPECT_EQ(screen.state().tab, DetailTab::kPayload);
    ASSERT_TRUE(screen.has("json.0"));
    screen.click("json.0");
    EXPECT_EQ(screen.state().folded_json.count(0), 1u);
    screen.click("tab.events");
    const auto position = screen.seen()->open.events->front().global_position;
    EXPECT_EQ(screen.value("event." + std::to_string(position)), "delivery_accepted");
}

TEST(DeliveriesView, FillsTheViewAndComesBack) {
    Screen screen(deliveries());
    screen.click("row.0");
    screen.key(U'f');
    EXPECT_EQ(screen.state().view, View::kDelivery);
    EXPECT_TRUE(screen.has("delivery.back"));
    screen.press(Key::kEscape);
    EXPECT_EQ(screen.state().view, View::kDeliveries);
}

TEST(DeliveriesView, NewDeliveriesAppearByThemselves) {
    Screen screen(deliveries());
    StreamId id;
    {
        const std::lock_guard lock(screen.world->mutex);
        screen.world->now += std::chrono::seconds(2);
        id = screen.world->add("https://hooks.northwind.io:443", "fresh");
    }
    screen.frames(4);
    screen.world->now += std::chrono::seconds(2);
    screen.frames(4);
    EXPECT_EQ(screen.value("row.0"), id);
}

TEST(DeliveriesView, HeldStillNothingMoves) {
    Screen screen(deliveries());
    const std::string first = screen.value("row.0");
    screen.key(U'l');
    {
        const std::lock_guard lock(screen.world->mutex);
        screen.world->now += std::chrono::seconds(5);
        screen.world->add("https://hooks.northwind.io:443", "fresh");
    }
    screen.frames(4);
    EXPECT_EQ(screen.value("row.0"), first);
}

}  // namespace
}  // namespace waybill::gui
