// Who acts: any name that the log can hold, asked for once, and never the end of the dashboard.
#include <fstream>

#include "model/settings_file.h"
#include "screen.h"
#include "support/temporary_directory.h"

namespace waybill::gui {
namespace {

ScreenOptions nobodyYet() {
    ScreenOptions options;
    options.view = "deliveries";
    options.known_actor = false;
    return options;
}

void askForName(Screen& screen) {
    screen.click("row.0");
    screen.key(U'r');
    ASSERT_TRUE(screen.has("actor.name"));
    screen.click("actor.name");
}

class Name : public ::testing::TestWithParam<const char*> {};

TEST_P(Name, IsRecordedAsItWasTypedAndKept) {
    const std::string name = GetParam();
    const test::TemporaryDirectory directory;
    const std::string path = directory / "admin.conf";
    {
        ScreenOptions options = nobodyYet();
        options.settings_path = path;
        Screen screen(options);
        askForName(screen);
        screen.type(name);
        EXPECT_EQ(screen.value("actor.name"), name);
        EXPECT_FALSE(screen.has("actor.problem"));
        screen.press(Key::kEnter);
        screen.press(Key::kEnter);
        EXPECT_TRUE(screen.requested(name + ": redeliver "));
    }
    ScreenOptions again = nobodyYet();
    again.settings_path = path;
    Screen screen(again);
    EXPECT_EQ(screen.state().settings.actor, name);
    screen.click("row.0");
    screen.key(U'r');
    EXPECT_FALSE(screen.has("actor.name"));
}

INSTANTIATE_TEST_SUITE_P(OfPeople, Name,
                         ::testing::Values("Kim Lee", "J\u00FCrgen", "\u5C71\u7530\u592A\u90CE",
                                           "\u041E\u043B\u044C\u0433\u0430 O'Neil, SRE (50 %)",
                                           "\u0645\u0631\u064A\u0645"));

TEST(WhoAreYou, SaysWhatIsWrongWithANameAndDoesNotTakeIt) {
    Screen screen(nobodyYet());
    askForName(screen);
    screen.paste("Kim\u202E");
    EXPECT_NE(screen.value("actor.problem").find("U+202E"), std::string::npos);
    EXPECT_FALSE(screen.find("dialog.accept")->enabled);
    screen.dashboard->impl().controller.apply(intent::Accept{});
    screen.frames(2);
    EXPECT_TRUE(screen.has("actor.name"));
    EXPECT_EQ(screen.state().settings.actor, "");
    screen.press(Key::kBackspace);
    EXPECT_FALSE(screen.has("actor.problem"));
    screen.press(Key::kEnter);
    EXPECT_EQ(screen.state().settings.actor, "Kim");
}

TEST(WhoAreYou, LeavesOutTheSpacesAroundAName) {
    Screen screen(nobodyYet());
    askForName(screen);
    screen.type(" Kim Lee ");
    EXPECT_FALSE(screen.has("actor.problem"));
    screen.press(Key::kEnter);
    EXPECT_EQ(screen.state().settings.actor, "Kim Lee");
}

TEST(WhoAreYou, TakesNoCharacterForAnother) {
    Screen screen(nobodyYet());
    askForName(screen);
    screen.paste("\U00020BB7\u7530");  // beyond what ImGui's fields can hold
    EXPECT_NE(screen.value("actor.problem").find("cannot be entered"), std::string::npos);
    screen.press(Key::kEnter);
    EXPECT_EQ(screen.state().settings.actor, "");
}

TEST(WhoAreYou, IsNotAskedOfTheTokenOfANamedOperator) {
    Screen screen(nobodyYet());
    screen.world->token_name = "kim";
    screen.world->now += std::chrono::seconds(2);
    screen.frames(3);
    screen.click("row.0");
    screen.key(U'r');
    EXPECT_FALSE(screen.has("actor.name"));
    ASSERT_TRUE(screen.has("fact.Endpoints affected"));
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.requested("kim: redeliver "));
}

TEST(KeptSettings, ANameThatCannotBeRecordedIsAskedForAgain) {
    const std::string path = ::testing::TempDir() + "waybill-admin-kept-name-test.conf";
    for (const std::string& kept :
         {std::string(200, 'x'), std::string("Kim\x1B[2J"), std::string("\xFF\xFE"),
          std::string("Kim\u200B"), std::string("   "), std::string()}) {
        std::ofstream(path) << "theme = light\nactor = " << kept << "\nscale = 1.5\n";
        EXPECT_EQ(readSettings(path).actor, "") << kept;
        EXPECT_EQ(readSettings(path).theme, Theme::kLight);
        EXPECT_FLOAT_EQ(readSettings(path).scale, 1.5F);
        ScreenOptions options = nobodyYet();
        options.settings_path = path;
        Screen screen(options);
        EXPECT_EQ(screen.seen()->connection.link, Link::kConnected);
        askForName(screen);
    }
    std::ofstream(path) << "actor = Kim Lee\r\n";
    EXPECT_EQ(readSettings(path).actor, "Kim Lee");
    std::remove(path.c_str());
}

TEST(SettingsView, SaysWhatIsWrongWithANameAndGoesOnWithTheLastGoodOne) {
    Screen screen({.view = "settings"});
    screen.click("settings.actor");
    screen.type(" Lee");
    EXPECT_EQ(screen.state().settings.actor, "ada Lee");
    EXPECT_EQ(screen.value("settings.actor.note"), "");
    screen.paste("\u202E");
    EXPECT_NE(screen.value("settings.actor.note").find("U+202E"), std::string::npos);
    EXPECT_EQ(screen.state().settings.actor, "ada Lee");
    EXPECT_EQ(screen.seen()->connection.link, Link::kConnected);
}

TEST(Reason, ThatCannotBeRecordedIsSaidBeforeItIsSent) {
    Screen screen({.view = "deliveries"});
    screen.click("row.0");
    screen.key(U'r');
    screen.click("confirm.reason");
    screen.paste("fixed\u2028now");
    EXPECT_NE(screen.value("confirm.reason.problem").find("U+2028"), std::string::npos);
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.world->requests.empty());
    EXPECT_TRUE(screen.has("confirm.reason"));
}

}  // namespace
}  // namespace waybill::gui
