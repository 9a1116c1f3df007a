// A dashboard without a window, over a made-up daemon, that a test looks at and uses by name.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "app/dashboard_impl.h"
#include "support/fake_admin_api.h"
#include "window/headless.h"

namespace waybill::gui {

struct ScreenOptions {
    std::string view = "overview";
    std::string theme = "dark";
    std::string delivery{};
    std::size_t deliveries = 600;
    int width = 1600;
    int height = 1000;
    float scale = 1;
    std::string settings_path{};
    bool can_verify = false;
    bool settle = true;
    bool probe = true;  ///< without it nothing can be found by name, and frames cost what they cost
    bool known_actor = true;  ///< the question for a name was answered before
};

class Screen {
public:
    explicit Screen(ScreenOptions options = {});

    void frames(int count = 3);
    bool has(const std::string& name) const { return find(name) != nullptr; }
    const Probed* find(const std::string& name) const;
    /// Of something that is on the screen; fails the test when it is not.
    std::string value(const std::string& name) const;

    void click(const std::string& name, bool ctrl = false, bool shift = false);
    void drag(const std::string& name, float from, float to);
    void hover(const std::string& name);
    void wheel(const std::string& name, float lines);
    void key(char32_t character, bool ctrl = false);
    void press(Key key, bool shift = false);
    /// Into the field that has the keyboard, letter by letter.
    void type(const std::string& text);
    /// The same, in one frame.
    void paste(const std::string& text);

    const State& state() { return dashboard->impl().controller.state(); }
    std::shared_ptr<const Snapshot> seen() { return dashboard->impl().feed.snapshot(); }
    Image picture() const { return headless.picture(*dashboard); }
    /// True when something of the newest frames began with it.
    bool requested(const std::string& beginning) const;
    std::string clipboard() const { return headless.clipboard(); }

    std::shared_ptr<test::FakeWorld> world;
    Headless headless;
    std::unique_ptr<Dashboard> dashboard;
};

}  // namespace waybill::gui
