// Endpoints as rows: in the overview and in their own view.
#include <vector>

#include "draw/charts.h"
#include "model/format.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

/// Where the columns of a row lie.
struct Columns {
    float name, name_width, strip, strip_width;
    float success, volume, latency, waiting;  ///< right edges
    float state;
    bool show_strip;
};

Columns columnsOf(const Ui& ui, const Rect& row, bool wide) {
    const float end = row.right() - ui.px(wide ? 218 : 138);
    Columns columns{};
    columns.state = end;
    columns.waiting = end - ui.px(28);
    columns.latency = columns.waiting - ui.px(72);
    columns.volume = columns.latency - ui.px(138);
    columns.success = columns.volume - ui.px(76);
    const float left = columns.success - ui.px(76);
    columns.name = row.x + ui.px(42);
    columns.show_strip = left - columns.name > ui.px(320);
    columns.strip_width =
        columns.show_strip ? std::min(ui.px(220), (left - columns.name) * 0.42F) : 0;
    columns.strip = left - columns.strip_width;
    columns.name_width = columns.strip - columns.name - ui.px(24);
    return columns;
}

std::string latencies(const LatencyView& latency) {
    if (!latency.p50 || !latency.p95) return "\u2013";
    return span(*latency.p50) + " / " + span(*latency.p95);
}

void health(Ui& ui, const Rect& rect, const EndpointView& endpoint) {
    std::vector<HealthBar> bars;
    for (const HealthStep& step : endpoint.history) {
        bars.push_back({static_cast<double>(step.succeeded), static_cast<double>(step.failed)});
    }
    if (!bars.empty()) return healthStrip(ui, rect, bars);
    // Without a history: one bar, divided.
    const auto all = endpoint.attempts_succeeded + endpoint.attempts_failed;
    const Rect bar{rect.x, rect.middleY() - ui.px(3), rect.w, ui.px(6)};
    ui.fill(bar, ui.colors().raised, ui.px(3));
    if (all == 0) return;
    const float part =
        f(static_cast<double>(endpoint.attempts_succeeded) / static_cast<double>(all));
    ui.fill(bar, ui.colors().fillOf(Hue::kFailed), ui.px(3));
    ui.fill({bar.x, bar.y, bar.w * part, bar.h}, ui.colors().of(Hue::kDelivered), ui.px(3));
}

/// What stands under the name.
std::string subtitle(const Scene& scene, const EndpointView& endpoint) {
    if (endpoint.paused) {
        std::string text = "paused by " + (endpoint.paused_by.empty() ? "?" : endpoint.paused_by);
        if (!endpoint.pause_reason.empty()) text += ": " + endpoint.pause_reason;
        return text;
    }
    if (endpoint.state == "failing" && endpoint.failing_since) {
        return "for " + roughSpan(scene.now - *endpoint.failing_since) + " \u00b7 " +
               endpoint.last_error;
    }
    if (endpoint.last_error_at && endpoint.state != "healthy") {
        return endpoint.last_error + " \u00b7 " + ago(scene.now - *endpoint.last_error_at);
    }
    if (endpoint.last_success_at) {
        return "last delivered " + ago(scene.now - *endpoint.last_success_at);
    }
    return endpoint.endpoint;
}

}  // namespace

void endpointHeadings(Ui& ui, const Rect& row, bool wide) {
    const Columns columns = columnsOf(ui, row, wide);
    const float y = row.middleY();
    heading(ui, columns.name, y, "Endpoint");
    if (columns.show_strip) heading(ui, columns.strip, y, "Attempts over time");
    headingRight(ui, columns.success, y, "Success");
    headingRight(ui, columns.volume, y, "Attempts");
    headingRight(ui, columns.latency, y, "p50 / p95");
    headingRight(ui, columns.waiting, y, "Waiting");
    heading(ui, columns.state, y, "State");
    ui.horizontal(row.x, row.bottom() - 1, row.w, ui.colors().line_strong);
}

void endpointRow(Ui& ui, const Scene& scene, const EndpointView& endpoint, const Rect& row,
                 std::size_t index, bool wide, Intents& out) {
    const Palette& c = ui.colors();
    const Columns columns = columnsOf(ui, row, wide);
    const StatusLook look = lookOfEndpoint(endpoint);
    const bool focused = wide && scene.state.focused_endpoint == endpoint.endpoint;
    const std::string name = "endpoint." + std::to_string(index);
    Rect target = row;
    if (wide) target.w -= ui.px(120);
    const Hit hit = ui.hit(name.c_str(), target, endpoint.endpoint);
    if (focused) ui.fill(row, c.accent_soft);
    if (!focused && hit.hovered) ui.fill(row, c.hover);
    if (focused) ui.fill({row.x, row.y, ui.px(2), row.h}, c.accent);
    if (hit.focused) ui.focusRing(row.inset(ui.px(3), ui.px(3)), ui.px(6));
    if (hit.clicked) out.push_back(intent::ShowDeliveriesOf{endpoint.endpoint, ""});

    const float y = row.middleY();
    const float dot = row.x + ui.px(24);
    if (look.hue == Hue::kFailed) ui.dot(dot, y, ui.px(8), faded(c.of(look.hue), 0.2F));
    ui.dot(dot, y, ui.px(4), c.of(look.hue), look.hollow);
    ui.textIn(Font::kBodyMedium, columns.name, y - ui.px(9), columns.name_width, c.text,
              shortEndpoint(endpoint.endpoint));
    ui.textIn(Font::kSmall, columns.name, y + ui.px(10), columns.name_width, c.text3,
              subtitle(scene, endpoint));
    if (columns.show_strip) {
        health(ui, {columns.strip, std::floor(y - ui.px(10)), columns.strip_width, ui.px(20)},
               endpoint);
    }
    const double success = endpoint.success_rate.value_or(1);
    ui.textRight(Font::kMono, columns.success, y,
                 !endpoint.success_rate ? c.text3
                 : success < kBadRatio  ? c.of(Hue::kFailed)
                 : success < kGoodRatio ? c.of(Hue::kRetry)
                                        : c.text,
                 endpoint.success_rate ? percent(success) + "%" : "\u2013");
    ui.textRight(Font::kMono, columns.volume, y, c.text2,
                 grouped(endpoint.attempts_succeeded + endpoint.attempts_failed));
    ui.textRight(Font::kMono, columns.latency, y, c.text2, latencies(endpoint.latency));
    const bool late =
        endpoint.oldest_due && scene.now - *endpoint.oldest_due > std::chrono::minutes(5);
    ui.textRight(Font::kMono, columns.waiting, y,
                 late || endpoint.paused ? c.of(Hue::kRetry) : c.text2, grouped(endpoint.pending));
    statusPill(ui, columns.state, y, look);
    if (wide) {
        const bool pause = !endpoint.paused;
        const std::string action = (pause ? "pause." : "resume.") + std::to_string(index);
        float right = row.right() - ui.px(14);
        if (buttonRight(ui, action.c_str(), right, y - ui.px(14),
                        {.icon = pause ? &icons::kPause : &icons::kPlay,
                         .label = pause ? "Pause" : "Resume",
                         .tip = scene.read_only,
                         .enabled = scene.read_only.empty(),
                         .height = 28})) {
            out.push_back(intent::AskPause{endpoint.endpoint, pause});
        }
    } else {
        ui.icon(icons::kRight, row.right() - ui.px(30), y, c.text3);
    }
    ui.horizontal(row.x, row.bottom() - 1, row.w, faded(c.line, 0.8F));
}

}  // namespace waybill::gui
