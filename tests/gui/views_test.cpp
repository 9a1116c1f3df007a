// The other views: what they show, and what a click or a key asks for.
#include "screen.h"

namespace waybill::gui {
namespace {

ScreenOptions view(const std::string& name) {
    ScreenOptions options;
    options.view = name;
    return options;
}

constexpr const char* kBroken = "https://erp.globex.example:443";

TEST(Overview, OpensOnOneSentenceAboutWhatIsBroken) {
    Screen screen(view("overview"));
    const std::string sentence = screen.value("headline");
    EXPECT_NE(sentence.find(kBroken), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("1 hour 12 minutes"), std::string::npos) << sentence;
    EXPECT_NE(screen.dashboard->impl().headline.detail.find("globex"), std::string::npos);
}

TEST(Overview, ALogFileIsNoDaemonThatIsNotReady) {
    Screen screen(view("overview"));
    screen.world->source = "log file";
    screen.world->now += std::chrono::seconds(2);
    screen.frames(3);
    ASSERT_EQ(screen.seen()->info->source, "log file");
    EXPECT_NE(screen.value("headline").find(kBroken), std::string::npos);
    EXPECT_FALSE(screen.find("headline.pause")->enabled);
}

TEST(Overview, ASmallWindowShowsTheWholeSentence) {
    ScreenOptions small = view("overview");
    small.width = 1100;
    small.height = 680;
    Screen roomy(view("overview"));
    Screen screen(small);
    EXPECT_EQ(screen.value("headline"), roomy.value("headline"));
    EXPECT_GT(screen.find("headline")->rect.h, roomy.find("headline")->rect.h + 15)
        << "it takes another line";
    EXPECT_TRUE(screen.has("headline.pause"));
}

TEST(Overview, LeadsToTheFailedDeliveries) {
    Screen screen(view("overview"));
    screen.click("figure.failed");
    EXPECT_EQ(screen.state().view, View::kDeliveries);
    EXPECT_EQ(screen.state().status, "failed");
}

TEST(Overview, PreviewsARecoveryBeforeAnythingIsSent) {
    Screen screen(view("overview"));
    screen.click("headline.recover");
    screen.frames(3);
    EXPECT_TRUE(screen.has("fact.Deliveries that match"));
    EXPECT_NE(screen.value("fact.Expected time"), "counting\u2026");
    EXPECT_TRUE(screen.world->requests.empty());
    screen.click("dialog.accept");
    EXPECT_TRUE(
        screen.requested(std::string("ada: redeliver many status=failed endpoint=") + kBroken));
}

TEST(Overview, PausesTheEndpointThatFails) {
    Screen screen(view("overview"));
    screen.click("headline.pause");
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.requested(std::string("ada: pause ") + kBroken));
}

TEST(Overview, ChoosesAnotherTime) {
    Screen screen(view("overview"));
    screen.click("window");
    screen.click("window.menu.0");
    EXPECT_EQ(screen.state().settings.window, 0u);
    EXPECT_EQ(screen.seen()->stats->points.size(), 15u);
}

TEST(Overview, ShowsAllOfAYoungLogUntilATimeIsChosen) {
    ScreenOptions options = view("overview");
    options.settle = false;
    Screen screen(options);
    screen.world->log.front().recorded_at = screen.world->now - std::chrono::minutes(10);
    screen.frames(6);
    EXPECT_EQ(screen.state().settings.window, 0u);
    screen.click("window");
    screen.click("window.menu.3");
    screen.frames(3);
    EXPECT_EQ(screen.state().settings.window, 3u);
}

TEST(Endpoints, ListsThemWorstFirstAndShowsTheirDeliveries) {
    Screen screen(view("endpoints"));
    EXPECT_EQ(screen.value("endpoint.0"), kBroken);
    screen.click("endpoint.0");
    EXPECT_EQ(screen.state().view, View::kDeliveries);
    EXPECT_EQ(screen.state().endpoint, kBroken);
}

TEST(Endpoints, KeysPauseAndResume) {
    Screen screen(view("endpoints"));
    screen.key(U'j');
    screen.key(U'p');
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.requested(std::string("ada: pause ") + kBroken));
    screen.world->now += std::chrono::seconds(5);
    screen.frames(4);
    screen.key(U'p');
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.requested(std::string("ada: resume ") + kBroken));
}

TEST(Endpoints, ChecksAUrlStepByStep) {
    Screen screen(view("endpoints"));
    screen.click("check");
    screen.click("check.url");
    screen.type("https://example.com/hook");
    screen.click("check.send");
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.requested("ada: check https://example.com/hook send"));
    EXPECT_TRUE(screen.seen()->check->ok);
}

TEST(Tail, ShowsTheNewestEventsAndFilters) {
    Screen screen(view("tail"));
    ASSERT_TRUE(screen.seen()->tail);
    const auto newest = screen.seen()->tail->back()->event.global_position;
    EXPECT_EQ(newest, screen.world->log.size());
    EXPECT_TRUE(screen.has("line." + std::to_string(newest)));
    screen.key(U'/');
    screen.type("no such thing");
    EXPECT_FALSE(screen.has("line." + std::to_string(newest)));
}

TEST(Tail, FindsTheAttemptsOfADeliveryByItsSubject) {
    ScreenOptions options = view("tail");
    options.settle = false;
    Screen screen(options);
    const StreamId id = screen.world->add(kBroken, "order/4711");
    screen.world->addEvent(id, "attempt_started", "engine", R"({"attempt":1})");
    screen.frames(6);
    screen.key(U'/');
    screen.type("order/4711");
    EXPECT_TRUE(screen.has("line." + std::to_string(screen.world->log.size())));
    EXPECT_FALSE(screen.has("line.1"));
}

TEST(Tail, SpaceHoldsIt) {
    Screen screen(view("tail"));
    screen.key(U' ');
    EXPECT_FALSE(screen.state().tail_follows);
    screen.key(U' ');
    EXPECT_TRUE(screen.state().tail_follows);
}

TEST(EventLog, BrowsesAndJumpsToAPosition) {
    Screen screen(view("events"));
    const std::uint64_t head = screen.world->log.size();
    EXPECT_TRUE(screen.has("line." + std::to_string(head)));
    screen.key(U'/');
    screen.type("100");
    screen.frames(3);
    EXPECT_FALSE(screen.state().stretch_at_head);
    EXPECT_EQ(screen.seen()->stretch->lines.front()->event.global_position, 100u);
    screen.click("events.newest");
    EXPECT_EQ(screen.seen()->stretch->lines.back()->event.global_position, head);
}

TEST(EventLog, ASmallWindowStillSaysWhatEachEventIsAbout) {
    ScreenOptions small = view("events");
    small.width = 1100;
    small.height = 680;
    Screen screen(small);
    const Image picture = screen.picture();
    const std::string newest = "line." + std::to_string(screen.world->log.size());
    const Rect row = screen.find(newest)->rect;
    const auto pixel = [&](float x, int y) {
        const std::size_t at =
            3 * (static_cast<std::size_t>(y * picture.width) + static_cast<std::size_t>(x));
        return std::vector(picture.pixels.begin() + static_cast<std::ptrdiff_t>(at),
                           picture.pixels.begin() + static_cast<std::ptrdiff_t>(at + 3));
    };
    int drawn = 0;
    for (int y = static_cast<int>(row.y) + 4; y < static_cast<int>(row.bottom()) - 4; ++y) {
        for (float x = row.right() - 250; x < row.right() - 20; ++x)
            drawn += pixel(x, y) != pixel(row.right() - 5, y);
    }
    EXPECT_GT(drawn, 200);
}

TEST(EventLog, AnEventIsShownWhole) {
    Screen screen(view("events"));
    const std::string line = "line." + std::to_string(screen.world->log.size());
    screen.click(line);
    EXPECT_TRUE(screen.has("event.copy"));
    screen.click("event.copy");
    EXPECT_EQ(screen.clipboard(), toJson(screen.world->log.back()));
}

TEST(EventLog, ShowsWhetherANameWasProven) {
    Screen screen(view("events"));
    screen.world->addEvent("https://a.example:443", "endpoint_paused", "operator:kim",
                           R"({"reason":"broken","actor_claimed":true})");
    screen.world->addEvent("log", "access_recorded", "operator:vera",
                           R"({"kind":"payload_read","target":"dlv_1","address":"192.0.2.7"})");
    screen.world->now += std::chrono::seconds(2);
    screen.frames(4);
    const std::size_t newest = screen.world->log.size();
    screen.click("line." + std::to_string(newest - 1));
    EXPECT_NE(screen.value("event.about").find("operator:kim (claimed)"), std::string::npos);
    const auto& lines = screen.seen()->stretch->lines;
    EXPECT_NE(lines[lines.size() - 2]->words.find("by operator:kim (claimed)"), std::string::npos);
    EXPECT_EQ(lines.back()->words, "payload read \u00b7 dlv_1 \u00b7 192.0.2.7");
    screen.click("line." + std::to_string(newest));
    EXPECT_EQ(screen.value("event.about").find("claimed"), std::string::npos);
    EXPECT_NE(screen.value("event.about").find("operator:vera"), std::string::npos);
}

TEST(EventLog, VerifiesAFileThatIsAtHand) {
    ScreenOptions options = view("events");
    options.can_verify = true;
    Screen screen(options);
    screen.click("events.verify");
    EXPECT_TRUE(screen.seen()->verification.sound);
    EXPECT_NE(screen.seen()->verification.text.find("12 events"), std::string::npos);
}

TEST(EventLog, OffersTheCommandForAFileThatIsNot) {
    Screen screen(view("events"));
    screen.click("events.verify.copy");
    EXPECT_EQ(screen.clipboard(),
              "waybill verify waybill.db --expect-head " + screen.world->log.back().hash);
}

TEST(SettingsView, TellsOfALogFileOnlyWhatAFileHas) {
    Screen screen(view("settings"));
    EXPECT_EQ(screen.value("settings.fact.You are"), "operator:ada (operator)");
    EXPECT_TRUE(screen.has("settings.fact.Limits"));
    screen.world->source = "log file";
    screen.world->now += std::chrono::seconds(2);
    screen.frames(3);
    EXPECT_EQ(screen.value("settings.fact.Kind"), "log file, only read");
    for (const char* of_a_daemon : {"You are", "Up since", "Ready", "Limits"})
        EXPECT_FALSE(screen.has(std::string("settings.fact.") + of_a_daemon)) << of_a_daemon;
}

TEST(SettingsView, ChangesThemeAndScaleAndKeepsThem) {
    const std::string path = ::testing::TempDir() + "waybill-admin-settings-test.conf";
    std::remove(path.c_str());
    {
        ScreenOptions options = view("settings");
        options.settings_path = path;
        Screen screen(options);
        screen.click("settings.theme.1");
        screen.click("settings.scale.3");
        screen.frames(2);
        EXPECT_EQ(screen.state().settings.theme, Theme::kLight);
        EXPECT_FLOAT_EQ(screen.dashboard->impl().ui.fonts().scale(), 1.5F);
        EXPECT_FLOAT_EQ(screen.state().settings.scale, 1.5F);
    }
    ScreenOptions again = view("settings");
    again.settings_path = path;
    again.theme.clear();
    again.scale = 0;
    Screen screen(again);
    EXPECT_EQ(screen.state().settings.theme, Theme::kLight);
    EXPECT_FLOAT_EQ(screen.state().settings.scale, 1.5F);
    EXPECT_EQ(screen.state().settings.actor, "ada");
    std::remove(path.c_str());
}

TEST(Keys, NumbersChooseAView) {
    Screen screen(view("overview"));
    const std::pair<char32_t, View> all[] = {{U'2', View::kDeliveries}, {U'3', View::kEndpoints},
                                             {U'4', View::kTail},       {U'5', View::kEvents},
                                             {U'6', View::kSettings},   {U'1', View::kOverview}};
    for (const auto& [key, expected] : all) {
        screen.key(key);
        EXPECT_EQ(screen.state().view, expected);
    }
}

TEST(Keys, AQuestionMarkListsThem) {
    Screen screen(view("overview"));
    screen.key(U'?');
    EXPECT_TRUE(std::holds_alternative<HelpDialog>(screen.state().dialog));
    EXPECT_TRUE(screen.has("dialog.accept"));
    screen.press(Key::kEscape);
    EXPECT_FALSE(screen.has("dialog.accept"));
}

TEST(Keys, TabReachesWhatTheMouseDoes) {
    Screen screen(view("overview"));
    screen.press(Key::kTab);
    EXPECT_TRUE(screen.dashboard->impl().ui.hasVisibleFocus());
    screen.press(Key::kEnter);  // the first of all is the theme
    EXPECT_EQ(screen.state().settings.theme, Theme::kLight);
}

TEST(Keys, ADialogKeepsTheKeysToItself) {
    Screen screen(view("overview"));
    screen.key(U'?');
    screen.key(U'2');
    EXPECT_EQ(screen.state().view, View::kOverview);
}

class EveryView : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryView, DrawsWhileNothingIsKnown) {
    ScreenOptions options = view(GetParam());
    options.settle = false;
    Screen screen(options);
    screen.world->unreachable = "No waybilld answers at http://127.0.0.1:8080. Is it running?";
    screen.frames(3);
    EXPECT_EQ(screen.seen()->connection.link, Link::kLost);
    if (screen.state().view != View::kSettings) {
        EXPECT_TRUE(screen.has("reconnect"));
    }
}

TEST_P(EveryView, SaysWhenTheConnectionIsLostAndShowsWhatItHad) {
    Screen screen(view(GetParam()));
    screen.world->unreachable = "No waybilld answers.";
    screen.world->now += std::chrono::seconds(5);
    screen.frames(3);
    EXPECT_TRUE(screen.has("reconnect"));
    screen.world->unreachable.clear();
    screen.world->now += std::chrono::seconds(5);
    screen.frames(3);
    EXPECT_FALSE(screen.has("reconnect"));
    EXPECT_EQ(screen.seen()->connection.link, Link::kConnected);
}

TEST_P(EveryView, SaysThatTheTokenIsNotAccepted) {
    ScreenOptions options = view(GetParam());
    options.settle = false;
    Screen screen(options);
    screen.world->forbidden = true;
    screen.frames(3);
    EXPECT_EQ(screen.seen()->connection.link, Link::kRefused);
    EXPECT_NE(screen.seen()->connection.problem.find("token"), std::string::npos);
}

TEST_P(EveryView, DrawsAnEmptyDaemon) {
    ScreenOptions options = view(GetParam());
    options.settle = false;
    options.deliveries = 0;
    Screen screen(options);
    screen.world->endpoints.clear();
    screen.world->log.clear();
    screen.frames(6);
    EXPECT_EQ(screen.seen()->connection.link, Link::kConnected);
    EXPECT_FALSE(screen.has("row.0"));
}

TEST_P(EveryView, DrawsASourceThatCanDoLittle) {
    ScreenOptions options = view(GetParam());
    options.settle = false;
    Screen screen(options);
    screen.world->minimal = true;
    screen.frames(6);
    EXPECT_EQ(screen.seen()->connection.link, Link::kConnected);
}

TEST_P(EveryView, DrawsTextThatNoFontHas) {
    ScreenOptions options = view(GetParam());
    options.settle = false;
    Screen screen(options);
    {
        const std::lock_guard lock(screen.world->mutex);
        for (auto& entry : screen.world->entries) {
            entry.view.subject = "\xF0\x9F\x9A\x80 \xE4\xBD\xA0\xE5\xA5\xBD \x01\n\t\xFF\xFE";
            entry.view.client = std::string(3000, 'w');
        }
    }
    screen.frames(6);
    EXPECT_EQ(screen.seen()->connection.link, Link::kConnected);
}

TEST_P(EveryView, DrawsInASmallWindowAtTwiceTheScale) {
    ScreenOptions options = view(GetParam());
    options.width = 1100;
    options.height = 680;
    options.scale = 2;
    Screen screen(options);
    EXPECT_FLOAT_EQ(screen.state().settings.scale, 2);
}

TEST_P(EveryView, ASecondFrameOfTheSameIsTheSamePicture) {
    Screen screen(view(GetParam()));
    const Image first = screen.picture();
    screen.frames(2);
    EXPECT_EQ(first.pixels, screen.picture().pixels);
}

INSTANTIATE_TEST_SUITE_P(All, EveryView,
                         ::testing::Values("overview", "deliveries", "endpoints", "tail", "events",
                                           "settings"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace waybill::gui
