// The dashboard as a library: draws itself with ImGui 1.86 into whatever window its host has.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "waybill/admin_api.h"
#include "waybill/gui/input.h"

namespace waybill::gui {

/// What checking the whole chain of a log file found, in words.
struct LogCheck {
    bool sound = false;
    std::uint64_t events = 0;
    std::string text{};
};

struct DashboardOptions {
    /// How to reach the other side, as whom. May throw Poco::Exception; is then called again.
    std::function<std::unique_ptr<AdminApi>(const std::string& actor)> api{};
    std::string place{};                 ///< what is shown as the source: an address, or a path
    std::string place_comment{};         ///< where the token came from
    std::string command = "waybill";     ///< the command line tool for the same source
    std::function<LogCheck()> verify{};  ///< where the log file is at hand; may be empty
    std::string settings_path{};         ///< empty: nothing is kept
    std::string theme{};                 ///< `dark`, `light`; empty: as kept
    float scale = 0;                     ///< 0: as kept, else the display's
    std::string view{};                  ///< `overview` …; empty: the first
    std::string delivery{};              ///< opens this one
    std::function<void()> wake{};        ///< any thread: a frame is wanted
    std::function<Timestamp()> now{};    ///< empty: the system's clock
    bool inline_calls = false;  ///< calls are made while drawing: for tests and pictures only
};

/// Where the window was; kept with the other settings.
struct WindowPlace {
    int x = -1;  ///< -1: anywhere
    int y = -1;
    int width = 1440;
    int height = 900;
    bool maximized = false;
};

/// One thread, the one that owns the ImGui context. Network calls run on threads of its own.
class Dashboard {
public:
    explicit Dashboard(DashboardOptions options);
    ~Dashboard();
    Dashboard(const Dashboard&) = delete;
    Dashboard& operator=(const Dashboard&) = delete;

    /// Builds the font atlas when it is not there for this scale. True: it was built, and the
    /// backend must upload it anew. `display` is the display's own scale.
    bool prepareFonts(float display);

    /// Between ImGui::NewFrame and ImGui::Render. `keys`: what was pressed since the last frame.
    void frame(KeyPresses keys);

    /// Something moves: draw again in a sixtieth of a second.
    bool animating() const;
    /// Nothing moves and nothing comes in: seconds until `frame` is wanted anyway.
    double secondsUntilNextFrame() const;

    /// Why the other side cannot be asked, in words; empty: it answers.
    std::string problem() const;

    WindowPlace windowPlace() const;
    void setWindowPlace(const WindowPlace& place);
    /// Also done by itself when a setting changes, at most once in a second.
    void saveSettings();

    /// 0xAABBGGRR behind everything.
    std::uint32_t background() const;

    /// Names of what is on the screen, with rectangles and values; see draw/probe.h.
    void enableProbe();
    bool writeProbe(const std::string& path) const;

    struct Impl;
    Impl& impl() { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::gui
