// A response without a delivery: found, explained, and sent after all.
#include "screen.h"

namespace waybill::gui {
namespace {

constexpr const char* kResponse = "resp_01kb2m3n4p5q6r7s8t9v0w1x2y";

/// Its call asked for a callback to an address that is refused.
void recordResponse(Screen& screen, const std::string& delivery = {}) {
    const std::lock_guard lock(screen.world->mutex);
    test::FakeWorld& world = *screen.world;
    world.role = "admin";
    world.addEvent(kResponse, "response_created", "client:acme",
                   R"({"kind":"response","model":"echo","client":"acme"})");
    if (delivery.empty()) {
        world.addEvent(kResponse, "callback_ignored", "engine",
                       R"({"code":"refused_address","reason":"10.0.0.7 is a private address."})");
    }
    world.addEvent(kResponse, "response_completed", "engine",
                   R"({"object_id":")" + std::string(kResponse) +
                       R"(","status":"completed","payload_digest":")" + std::string(64, 'a') +
                       R"(","payload_bytes":12)" +
                       (delivery.empty() ? "" : R"(,"delivery":")" + delivery + "\"") + "}");
    world.now += std::chrono::seconds(2);
}

void search(Screen& screen, const std::string& text) {
    screen.key(U'/');
    screen.paste(text);
    screen.press(Key::kEscape);
    screen.frames(4);
}

TEST(ResponseWithoutDelivery, SaysWhyAndOffersToSendItsObject) {
    Screen screen({.view = "deliveries"});
    recordResponse(screen);
    search(screen, kResponse);
    EXPECT_NE(screen.value("response.why").find("10.0.0.7 is a private address"),
              std::string::npos);
    screen.click("response.send");
    screen.click("callback.url");
    screen.type("https://example.com/hook");
    screen.click("callback.token");
    screen.type("s3cret");
    EXPECT_EQ(screen.value("callback.token"), "");
    screen.click("callback.reason");
    screen.type("J\u00FCrgen asked");
    EXPECT_TRUE(screen.world->requests.empty());
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.requested("ada: call back " + std::string(kResponse) +
                                 " reason=J\u00FCrgen asked url=https://example.com/hook with a "
                                 "token"));
    EXPECT_FALSE(screen.has("dialog.accept"));
    screen.world->now += std::chrono::seconds(2);
    screen.frames(4);
    EXPECT_TRUE(screen.has("row.0")) << "its delivery is found now";
}

TEST(ResponseWithoutDelivery, ARefusalIsSaidInTheDaemonsWords) {
    Screen screen({.view = "deliveries"});
    recordResponse(screen);
    search(screen, kResponse);
    screen.click("response.send");
    screen.click("callback.url");
    screen.type("example.com");
    screen.press(Key::kEnter);
    EXPECT_NE(screen.value("toast.0").find("not http or https"), std::string::npos);
}

TEST(ResponseWithoutDelivery, TheNameIsAskedBeforeTheUrl) {
    Screen screen({.view = "deliveries", .known_actor = false});
    recordResponse(screen);
    search(screen, kResponse);
    screen.click("response.send");
    screen.click("actor.name");
    screen.type("Kim Lee");
    screen.press(Key::kEnter);
    EXPECT_TRUE(screen.has("callback.url"));
}

TEST(ResponseWithoutDelivery, IsGreyWithTheReasonForALogFileAndForAnOperator) {
    for (const bool file : {true, false}) {
        Screen screen({.view = "deliveries"});
        recordResponse(screen);
        if (file) screen.world->source = "log file";
        if (!file) screen.world->role = "operator";
        screen.frames(3);
        search(screen, kResponse);
        ASSERT_TRUE(screen.has("response.send"));
        EXPECT_FALSE(screen.find("response.send")->enabled);
        screen.dashboard->impl().controller.apply(intent::AskCallBack{kResponse});
        screen.frames(3);
        EXPECT_FALSE(screen.has("callback.url"));
        EXPECT_NE(screen.value("toast.0").find(file ? "log file" : "role admin"),
                  std::string::npos);
    }
}

TEST(ResponseWithoutDelivery, OneWhoseDeliveryHasAnotherSubjectLeadsToIt) {
    Screen screen({.view = "deliveries"});
    const StreamId delivery = screen.world->entries[5].view.id;
    recordResponse(screen, delivery);
    search(screen, kResponse);
    screen.click("response.delivery");
    EXPECT_EQ(screen.state().open, delivery);
}

TEST(ResponseWithoutDelivery, AnIdThatNobodyHasIsNotFound) {
    Screen screen({.view = "deliveries"});
    search(screen, "resp_nothing");
    EXPECT_FALSE(screen.has("response.why"));
    EXPECT_TRUE(screen.has("empty.clear"));
}

}  // namespace
}  // namespace waybill::gui
