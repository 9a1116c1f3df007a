// The five figures over a view, each with its line over time.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "draw/charts.h"
#include "model/format.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

struct FigureCard {
    std::string_view label{};
    std::string value{};
    std::string unit{};
    std::string note{};
    std::string short_note{};  ///< where there is no room for the other; may be empty
    Color note_color{};
    Color line_color{};
    std::vector<float> values{};
};

void figureCard(Ui& ui, const Rect& rect, const FigureCard& card) {
    const Palette& c = ui.colors();
    ui.card(rect);
    const float x = rect.x + ui.px(16);
    ui.textIn(Font::kSmallMedium, x, rect.y + ui.px(20), rect.w - ui.px(32), c.text2, card.label);
    const float w = ui.text(Font::kFigure, x, rect.y + ui.px(47), c.text, card.value);
    if (!card.unit.empty()) {
        ui.text(Font::kSmall, x + w + ui.px(5), rect.y + ui.px(51), c.text3, card.unit);
    }
    const float note_room = rect.right() - ui.px(14) - x;
    const bool too_long = ui.width(Font::kSmall, card.note) > note_room;
    const std::string& note = too_long && !card.short_note.empty() ? card.short_note : card.note;
    ui.textIn(Font::kSmall, x, rect.y + ui.px(72), note_room, card.note_color, note);
    // The line keeps clear of what is written, whichever of it is long.
    const float right = rect.right() - ui.px(14);
    const float unit = card.unit.empty() ? 0 : ui.width(Font::kSmall, card.unit) + ui.px(5);
    const float left =
        std::max({rect.x + rect.w * 0.55F, right - ui.px(100), x + w + unit + ui.px(14)});
    const bool long_label = x + ui.width(Font::kSmallMedium, card.label) > left - ui.px(6);
    const bool long_note = x + ui.width(Font::kSmall, note) > left - ui.px(6);
    const float top = rect.y + ui.px(long_label ? 33 : 20);
    const float bottom = rect.bottom() - ui.px(long_note ? 30 : 14);
    if (right - left > ui.px(28)) {
        sparkline(ui, {left, top, right - left, bottom - top}, card.values, card.line_color);
    }
}

/// What `value` says of each step, thinned to what the line has room for. Steps that say nothing
/// repeat the one before.
template <typename Value>
std::vector<float> series(const StatsView& stats, Value value) {
    constexpr std::size_t kPoints = 32;
    const std::size_t each = std::max<std::size_t>(1, stats.points.size() / kPoints);
    std::vector<float> values;
    for (std::size_t i = 0; i + each <= stats.points.size(); i += each) {
        double sum = 0;
        int known = 0;
        for (std::size_t k = i; k < i + each; ++k) {
            const std::optional<double> said = value(stats.points[k]);
            sum += said.value_or(0);
            known += said ? 1 : 0;
        }
        if (known == 0 && values.empty()) continue;
        values.push_back(known == 0 ? values.back() : f(sum / known));
    }
    return values;
}

/// How many deliveries were open at the end of each step, counted back from how many are now. What
/// was cancelled or opened again meanwhile is not in the figures: no less than none.
std::vector<float> backlog(const StatsView& stats) {
    double open = static_cast<double>(stats.pending + stats.in_flight);
    std::vector<float> values;
    for (std::size_t i = stats.points.size(); i-- > 0;) {
        values.push_back(f(std::max(0.0, open)));
        const StatsPoint& point = stats.points[i];
        open -= static_cast<double>(point.accepted) -
                static_cast<double>(point.delivered + point.failed);
    }
    std::reverse(values.begin(), values.end());
    return values;
}

std::optional<double> ratioOf(const StatsPoint& point) {
    const auto all = point.attempts_succeeded + point.attempts_failed;
    if (all == 0) return std::nullopt;
    return static_cast<double>(point.attempts_succeeded) / static_cast<double>(all);
}

std::string perSecond(std::uint64_t count, Duration window) {
    const double seconds = static_cast<double>(window.count()) / 1e6;
    const double rate = static_cast<double>(count) / std::max(1.0, seconds);
    char text[48];
    if (rate >= 10) {
        std::snprintf(text, sizeof text, "%.0f a second", rate);
    } else if (rate * 60 >= 1) {
        std::snprintf(text, sizeof text, "%.1f a minute", rate * 60);
    } else {
        std::snprintf(text, sizeof text, "%.1f an hour", rate * 3600);
    }
    return text;
}

std::pair<std::string, std::string> durationParts(const std::optional<Duration>& duration) {
    if (!duration) return {"\u2013", ""};
    const std::string text = span(*duration);
    const std::size_t space = text.find(' ');
    if (*duration >= std::chrono::minutes(1) || space == std::string::npos) return {text, ""};
    return {text.substr(0, space), text.substr(space + 1)};
}

FigureCard acceptedCard(const Palette& c, const StatsView& stats) {
    return {.label = "Deliveries accepted",
            .value = grouped(stats.total.accepted),
            .note = stats.total.accepted == 0
                        ? "none in this time"
                        : perSecond(stats.total.accepted, stats.until - stats.since),
            .note_color = c.text3,
            .line_color = c.accent,
            .values = series(stats, [](const StatsPoint& p) { return f(p.accepted); })};
}

FigureCard successCard(const Palette& c, const StatsView& stats) {
    const StatsPoint& total = stats.total;
    const auto ratio = ratioOf(total);
    const std::string failed = compact(static_cast<double>(total.attempts_failed));
    const std::string all =
        compact(static_cast<double>(total.attempts_succeeded + total.attempts_failed));
    return {.label = "Attempt success",
            .value = ratio ? percent(*ratio) : "\u2013",
            .unit = ratio ? "%" : "",
            .note = !ratio                       ? "no attempts"
                    : total.attempts_failed == 0 ? "none failed"
                                                 : failed + " of " + all + " failed",
            .short_note = failed + " failed",
            .note_color = ratio.value_or(1) < kGoodRatio ? c.of(Hue::kFailed) : c.text3,
            .line_color = c.of(Hue::kDelivered),
            .values = series(stats, ratioOf)};
}

FigureCard latencyCard(const Palette& c, const StatsView& stats) {
    const LatencyView& latency = stats.total.latency;
    const auto [p95, unit] = durationParts(latency.p95);
    const std::string p99 = "p99 " + (latency.p99 ? span(*latency.p99) : "\u2013");
    return {.label = "Latency p95",
            .value = p95,
            .unit = unit,
            .note = latency.p50 ? "p50 " + span(*latency.p50) + " \u00b7 " + p99 : "no attempts",
            .short_note = latency.p50 ? p99 : "",
            .note_color = c.text3,
            .line_color = c.of(Hue::kAttempting),
            .values = series(stats, [](const StatsPoint& p) -> std::optional<double> {
                if (!p.latency.p95) return std::nullopt;
                return static_cast<double>(p.latency.p95->count());
            })};
}

FigureCard pendingCard(const Palette& c, const StatsView& stats, Timestamp now) {
    const bool late = stats.oldest_due && now - *stats.oldest_due > std::chrono::minutes(5);
    std::string note = stats.pending == 0 ? "nothing waits" : "none is due yet";
    if (stats.in_flight != 0) note = grouped(stats.in_flight) + " on the wire";
    // What became due just now is about to be sent: that is no delay.
    if (stats.oldest_due && now - *stats.oldest_due > std::chrono::seconds(10)) {
        note = "oldest due " + ago(now - *stats.oldest_due);
    }
    return {.label = "Pending",
            .value = grouped(stats.pending),
            .note = note,
            .note_color = late ? c.of(Hue::kRetry) : c.text3,
            .line_color = c.of(Hue::kRetry),
            .values = backlog(stats)};
}

FigureCard failedCard(const Palette& c, const StatsView& stats) {
    return {.label = "Failed for good",
            .value = grouped(stats.finally_failed),
            .note = stats.finally_failed == 0 ? "nothing to re-deliver" : "can be re-delivered",
            .short_note = stats.finally_failed == 0 ? "none" : "re-deliverable",
            .note_color = c.text3,
            .line_color = c.of(Hue::kFailed),
            .values = series(stats, [](const StatsPoint& p) { return f(p.failed); })};
}

std::array<FigureCard, 5> figures(const Ui& ui, const Scene& scene, const StatsView& stats) {
    const Palette& c = ui.colors();
    return {acceptedCard(c, stats), successCard(c, stats), latencyCard(c, stats),
            pendingCard(c, stats, scene.now), failedCard(c, stats)};
}

}  // namespace

void figureCards(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
    const float gap = ui.px(12);
    const float w = (area.w - 4 * gap) / 5;
    const auto cell = [&](std::size_t i) {
        const float left = std::floor(area.x + (w + gap) * f(i));
        return Rect{left, area.y, std::floor(area.x + (w + gap) * f(i) + w) - left, area.h};
    };
    if (!scene.seen.stats) {
        for (std::size_t i = 0; i < 5; ++i) {
            const Rect rect = cell(i);
            const float h = ui.px(10);
            ui.card(rect);
            ui.fill({rect.x + ui.px(16), rect.y + ui.px(16), ui.px(80), h}, ui.colors().raised,
                    h / 2);
            ui.fill({rect.x + ui.px(16), rect.y + ui.px(40), ui.px(60), 2 * h}, ui.colors().raised,
                    h / 2);
        }
        return;
    }
    const auto cards = figures(ui, scene, *scene.seen.stats);
    constexpr std::array<const char*, 5> kNames = {
        "figure.accepted", "figure.success", "figure.latency", "figure.pending", "figure.failed"};
    for (std::size_t i = 0; i < cards.size(); ++i) {
        const Rect rect = cell(i);
        figureCard(ui, rect, cards[i]);
        if (i < 3) {
            ui.mark(kNames[i], rect, cards[i].value);
            continue;
        }
        const Hit hit = ui.hit(kNames[i], rect, cards[i].value);
        if (hit.hovered) ui.frame(rect, ui.colors().line_strong, ui.px(10));
        if (hit.focused) ui.focusRing(rect, ui.px(10));
        if (hit.clicked) {
            out.push_back(intent::ShowDeliveriesOf{"", i == 3 ? "pending" : "failed"});
        }
    }
}

}  // namespace waybill::gui
