#include "screen.h"

#include "waybill/utf8.h"

namespace waybill::gui {
namespace {

/// Long enough for a click to be none of a double click.
constexpr int kBetweenClicks = 2;

}  // namespace

Screen::Screen(ScreenOptions options)
    : world(std::make_shared<test::FakeWorld>(options.deliveries)),
      headless(options.width, options.height) {
    DashboardOptions given;
    given.api = [world = world](const std::string& actor) {
        return test::makeFakeAdminApi(world, actor);
    };
    given.place = "http://127.0.0.1:8080";
    given.place_comment = "from ./waybill-data/admin.token";
    given.theme = options.theme;
    given.scale = options.scale;
    given.view = options.view;
    given.delivery = options.delivery;
    given.settings_path = options.settings_path;
    given.inline_calls = true;
    given.now = [world = world] {
        const std::lock_guard lock(world->mutex);
        return world->now;
    };
    if (options.can_verify) {
        given.verify = [] {
            return LogCheck{true, 12, "Sound: 12 events in 4 streams, and 4 payloads."};
        };
    }
    dashboard = std::make_unique<Dashboard>(std::move(given));
    if (options.probe) dashboard->enableProbe();
    if (options.known_actor) dashboard->impl().controller.apply(intent::SetActor{"ada"});
    if (options.settle) frames(6);
}

void Screen::frames(int count) {
    for (int i = 0; i < count; ++i)
        headless.frame(*dashboard);
}

const Probed* Screen::find(const std::string& name) const {
    const auto& shown = dashboard->impl().ui.probe().shown();
    const auto found = shown.find(name);
    return found == shown.end() ? nullptr : &found->second;
}

std::string Screen::value(const std::string& name) const {
    const Probed* item = find(name);
    EXPECT_NE(item, nullptr) << "nothing on the screen is called " << name;
    return item == nullptr ? std::string() : item->value;
}

void Screen::hover(const std::string& name) {
    const Probed* item = find(name);
    ASSERT_NE(item, nullptr) << "nothing on the screen is called " << name;
    headless.moveMouse(item->rect.middleX(), item->rect.middleY());
    frames(2);
}

void Screen::click(const std::string& name, bool ctrl, bool shift) {
    hover(name);
    headless.holdKeys(ctrl, shift);
    headless.holdMouse(true);
    frames(1);
    headless.holdMouse(false);
    frames(1);
    headless.holdKeys(false, false);
    frames(kBetweenClicks);
}

void Screen::drag(const std::string& name, float from, float to) {
    const Probed* item = find(name);
    ASSERT_NE(item, nullptr) << "nothing on the screen is called " << name;
    const Rect rect = item->rect;
    headless.moveMouse(rect.x + rect.w * from, rect.middleY());
    frames(1);
    headless.holdMouse(true);
    frames(1);
    headless.moveMouse(rect.x + rect.w * to, rect.middleY());
    frames(2);
    headless.holdMouse(false);
    frames(3);
}

void Screen::wheel(const std::string& name, float lines) {
    hover(name);
    headless.turnWheel(lines);
    frames(1);
    headless.turnWheel(0);
    frames(2);
}

void Screen::key(char32_t character, bool ctrl) {
    headless.frame(*dashboard, {KeyPress{Key::kCharacter, character, ctrl, false}});
    frames(3);
}

void Screen::press(Key key, bool shift) {
    headless.frame(*dashboard, {KeyPress{key, 0, false, shift}});
    frames(3);
}

void Screen::type(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = std::max<std::size_t>(1, utf8SequenceLength(text.substr(at)));
        headless.type(text.substr(at, length));
        frames(1);
        at += length;
    }
    frames(2);
}

void Screen::paste(const std::string& text) {
    headless.type(text);
    frames(3);
}

bool Screen::requested(const std::string& beginning) const {
    const std::lock_guard lock(world->mutex);
    for (const std::string& request : world->requests) {
        if (request.rfind(beginning, 0) == 0) return true;
    }
    return false;
}

}  // namespace waybill::gui
