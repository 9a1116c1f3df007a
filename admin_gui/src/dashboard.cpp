#include "waybill/gui/dashboard.h"

#include <algorithm>

#include "dashboard_impl.h"
#include "draw/style.h"
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

/// Times are told by the other side's clock, so that "due in" is right on a machine whose own clock
/// is not.
Timestamp Dashboard::Impl::theirNow(const Snapshot& seen) const {
    const Timestamp here = feed.now();
    if (!seen.info || seen.info->now.time_since_epoch().count() == 0) return here;
    const Duration ahead = seen.info->now - seen.info.read_at;
    constexpr Duration kNotWorthIt = std::chrono::seconds(2);
    return ahead > -kNotWorthIt && ahead < kNotWorthIt ? here : here + ahead;
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

void Dashboard::Impl::draw(Intents& out) {
    const auto seen = feed.snapshot();
    const State& state = controller.state();
    const Timestamp now = theirNow(*seen);
    headline = headlineOf(*seen, now);
    const Scene scene{*seen, state, place, headline, now, whyReadOnly(*seen)};
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
    self.controller.fitWindow();
    self.feed.tick(self.controller.interest());
    self.collectNotices();

    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(screen);
    constexpr ImGuiWindowFlags kFlags =
        ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
        ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoScrollWithMouse;
    ImGui::Begin("dashboard", nullptr, kFlags);
    self.ui.beginFrame(theme, self.feed.now(), std::move(keys));
    Intents intents;
    self.draw(intents);
    self.ui.endFrame();
    ImGui::End();

    for (const Intent& intent : intents)
        self.controller.apply(intent);
    if (!intents.empty()) self.ui.animate();  // what it changed is seen in the next frame
    self.last_intents = std::move(intents);

    constexpr Duration kBetweenSaves = std::chrono::seconds(1);
    const bool changed = !(self.controller.state().settings == self.saved);
    if (changed && self.feed.now() - self.saved_at > kBetweenSaves) saveSettings();
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
