#include "waybill/gui/dashboard.h"

#include <algorithm>

#include <imgui_internal.h>
#include "app/dashboard_impl.h"
#include "draw/style.h"
#include "feed/feed_core.h"
#include "model/read_only.h"
#include "model/settings_file.h"
#include "views/shortcuts.h"

namespace waybill::gui {
namespace {

FeedOptions feedOptions(const DashboardOptions& options, const std::string& actor) {
    FeedOptions feed;
    feed.api = options.api;
    feed.actor = actor;
    feed.now = options.now;
    feed.changed = options.wake;
    if (options.verify) {
        feed.verify = [verify = options.verify] {
            const LogCheck check = verify();
            return Verification{false, check.sound, check.events, check.text, {}};
        };
    }
    return feed;
}

State initialState(const DashboardOptions& options) {
    State state;
    state.settings = readSettings(options.settings_path);
    if (!options.theme.empty()) {
        state.settings.theme = options.theme == "light" ? Theme::kLight : Theme::kDark;
    }
    if (options.scale > 0) state.settings.scale = options.scale;
    state.view = viewFrom(options.view).value_or(View::kOverview);
    if (!options.delivery.empty()) {
        state.open = options.delivery;
        if (options.view.empty()) state.view = View::kDelivery;
    }
    return state;
}

/// Where ImGui stands inside the window of the dashboard, so that drawing that was broken off by an
/// exception ends as if it had come to its end.
class DrawingMark {
public:
    DrawingMark() : windows_(GImGui->CurrentWindowStack.Size), fonts_(GImGui->FontStack.Size) {}

    void unwind() const {
        while (GImGui->FontStack.Size > fonts_)
            ImGui::PopFont();
        while (GImGui->CurrentWindowStack.Size > windows_) {
            ImGui::ErrorCheckEndWindowRecover(nullptr);
            const bool child = (GImGui->CurrentWindow->Flags & ImGuiWindowFlags_ChildWindow) != 0;
            if (child) {
                ImGui::EndChild();
            } else {
                ImGui::End();
            }
        }
        ImGui::ErrorCheckEndWindowRecover(nullptr);
    }

private:
    int windows_;
    int fonts_;
};

}  // namespace

Dashboard::Impl::Impl(DashboardOptions given)
    : options(std::move(given)),
      feed(feedOptions(options, readSettings(options.settings_path).actor),
           options.inline_calls ? makeInlineLanes() : makeThreadLanes()),
      controller(feed, initialState(options),
                 [](const std::string& text) { ImGui::SetClipboardText(text.c_str()); }) {
    place = {options.place, options.place_comment, options.command, options.settings_path,
             bool(options.verify)};
    saved = controller.state().settings;
}

void Dashboard::Impl::collectNotices() {
    const double seconds = ImGui::GetTime();
    for (const Notice& notice : feed.snapshot()->notices) {
        if (notice.serial <= feed_notices) continue;
        feed_notices = notice.serial;
        toasts.add(notice, seconds);
    }
    for (const Notice& notice : controller.notices()) {
        if (notice.serial <= own_notices) continue;
        own_notices = notice.serial;
        toasts.add(notice, seconds);
    }
}

bool Dashboard::Impl::fenced(const std::function<void()>& part) {
    try {
        part();
        return true;
    } catch (...) {
        constexpr double kSaidAgain = 10;
        const double seconds = ImGui::GetTime();
        const std::string words = currentFailure().words;
        if (words == failure && seconds - failed_at < kSaidAgain) return false;
        failure = words;
        failed_at = seconds;
        toasts.add({0, Severity::kProblem, "Something went wrong in the dashboard", words},
                   seconds);
        return false;
    }
}

void Dashboard::Impl::draw(Intents& out) {
    const auto seen = feed.snapshot();
    const State& state = controller.state();
    const Timestamp now = theirNow(*seen, feed.now());
    headline = headlineOf(*seen, now);
    const auto filter = state.filter(now);
    const Scene scene{*seen, state, place, headline, filter, now, whyReadOnly(*seen)};
    globalKeys(ui, scene, out);
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    Rect area{0, 0, screen.x, screen.y};
    const Rect left = area.takeLeft(ui.px(216));
    using DrawView = void (*)(Ui&, const Scene&, Rect, Intents&);
    constexpr DrawView kViews[] = {drawOverview, drawDeliveries, drawDelivery, drawEndpoints,
                                   drawTail,     drawEvents,     drawSettings};
    drawNavigation(ui, scene, left, out);
    // Each view has identities, focus and scroll positions of its own.
    ImGui::PushID(static_cast<int>(state.view));
    kViews[static_cast<std::size_t>(state.view)](ui, scene, area, out);
    ImGui::PopID();
    const float taken = drawRuns(ui, scene, area, out);
    drawDialogs(ui, scene, out);
    toasts.draw(ui, ImGui::GetTime(), taken);
}

Dashboard::Dashboard(DashboardOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

Dashboard::~Dashboard() {
    saveSettings();
}

bool Dashboard::prepareFonts(float display) {
    const float chosen = impl_->controller.state().settings.scale;
    const float scale = std::clamp(chosen > 0 ? chosen : display, 0.75F, 3.F);
    if (impl_->built_scale == scale) return false;
    impl_->built_scale = scale;
    impl_->ui.fonts().build(scale);
    return true;
}

void Dashboard::frame(KeyPresses keys) {
    Impl& self = *impl_;
    const Theme theme = self.controller.state().settings.theme;
    applyStyle(paletteOf(theme), self.built_scale);
    Timestamp now{};
    self.fenced([&] {
        now = self.feed.now();
        self.controller.fitWindow();
        self.feed.tick(self.controller.interest());
        self.collectNotices();
    });

    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(screen);
    constexpr ImGuiWindowFlags kFlags =
        ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
        ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoScrollWithMouse;
    ImGui::Begin("dashboard", nullptr, kFlags);
    self.ui.beginFrame(theme, now, std::move(keys));
    const DrawingMark mark;
    Intents intents;
    if (!self.fenced([&] { self.draw(intents); })) {
        mark.unwind();
        self.toasts.draw(self.ui, ImGui::GetTime(), 0);
    }
    self.ui.endFrame();
    ImGui::End();

    // Also of a frame that was broken off: they lead away from what cannot be drawn.
    self.fenced([&] {
        for (const Intent& intent : intents)
            self.controller.apply(intent);
        if (!intents.empty()) self.ui.animate();  // what it changed is seen in the next frame
        self.last_intents = std::move(intents);
        constexpr Duration kBetweenSaves = std::chrono::seconds(1);
        const bool changed = !(self.controller.state().settings == self.saved);
        if (changed && self.feed.now() - self.saved_at > kBetweenSaves) saveSettings();
    });
}

bool Dashboard::animating() const {
    return impl_->ui.animating();
}

double Dashboard::secondsUntilNextFrame() const {
    const double feed = static_cast<double>(impl_->feed.untilNextTick().count()) / 1e6;
    if (ImGui::GetIO().WantTextInput) return std::min(feed, 0.25);  // the caret blinks
    if (!impl_->toasts.empty()) return std::min(feed, 0.25);
    return feed;
}

std::string Dashboard::problem() const {
    return impl_->feed.snapshot()->connection.problem;
}

WindowPlace Dashboard::windowPlace() const {
    const Settings& settings = impl_->controller.state().settings;
    return {settings.window_x, settings.window_y, settings.window_width, settings.window_height,
            settings.maximized};
}

void Dashboard::setWindowPlace(const WindowPlace& place) {
    impl_->controller.setWindowPlace(place.x, place.y, place.width, place.height, place.maximized);
}

void Dashboard::saveSettings() {
    const Settings& settings = impl_->controller.state().settings;
    if (settings == impl_->saved || impl_->options.settings_path.empty()) return;
    writeSettings(impl_->options.settings_path, settings);
    impl_->saved = settings;
    impl_->saved_at = impl_->feed.now();
}

std::uint32_t Dashboard::background() const {
    return paletteOf(impl_->controller.state().settings.theme).background;
}

void Dashboard::enableProbe() {
    impl_->ui.probe().enable();
}

bool Dashboard::writeProbe(const std::string& path) const {
    return impl_->ui.probe().write(path);
}

}  // namespace waybill::gui
