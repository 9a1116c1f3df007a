// The parts of a dashboard, for itself and for tests.
#pragma once

#include "feed/feed.h"
#include "model/controller.h"
#include "views/scene.h"
#include "views/toasts.h"
#include "waybill/gui/dashboard.h"

namespace waybill::gui {

struct Dashboard::Impl {
    explicit Impl(DashboardOptions given);

    void draw(Intents& out);
    /// Runs a part of a frame. What it throws becomes a notice, said once in ten seconds. False: it
    /// threw.
    bool fenced(const std::function<void()>& part);
    void collectNotices();

    DashboardOptions options;
    Feed feed;
    Controller controller;
    Ui ui;
    Toasts toasts;
    Place place;
    Headline headline;
    std::uint64_t feed_notices = 0;
    std::uint64_t own_notices = 0;
    float built_scale = 0;
    Settings saved;
    Timestamp saved_at{};
    std::string failure{};  ///< of the part that threw last
    double failed_at = 0;   ///< by ImGui's clock
    Intents last_intents;   ///< of the newest frame
};

}  // namespace waybill::gui
