#include "draw/charts.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "model/format.h"

namespace waybill::gui {
namespace {

using Points = std::vector<ImVec2>;

/// The area under a line, its colour fading downwards.
void fadingArea(ImDrawList* list, const Points& points, float base, Color top, Color bottom) {
    if (points.size() < 2) return;
    const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
    const int count = static_cast<int>(points.size());
    list->PrimReserve((count - 1) * 6, count * 2);
    const unsigned first = list->_VtxCurrentIdx;
    for (const ImVec2& point : points) {
        list->PrimWriteVtx(point, uv, top);
        list->PrimWriteVtx({point.x, base}, uv, bottom);
    }
    for (int i = 0; i + 1 < count; ++i) {
        const unsigned corner = first + static_cast<unsigned>(i) * 2;
        for (const unsigned index : {0U, 2U, 1U, 2U, 3U, 1U})
            list->PrimWriteIdx(static_cast<ImDrawIdx>(corner + index));
    }
}

/// Segment by segment: ImGui's own polyline thins out where a line turns sharply.
void polyline(Ui& ui, const Points& points, Color color, float thickness) {
    for (std::size_t i = 0; i + 1 < points.size(); ++i)
        ui.list()->AddLine(points[i], points[i + 1], color, thickness * ui.fonts().scale());
}

double niceStep(double highest, int count) {
    const double raw = std::max(highest / count, 1e-9);
    const double magnitude = std::pow(10, std::floor(std::log10(raw)));
    const double part = raw / magnitude;
    return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 2.5 ? 2.5 : part <= 5 ? 5 : 10) * magnitude;
}

/// All labels of an axis in one unit, with as many decimals as its step needs. In µs.
std::string axisDuration(double value, double top, double step) {
    if (value == 0) return "0";
    const double unit = top >= 1e6 ? 1e6 : top >= 1e3 ? 1e3 : 1;
    const char* name = top >= 1e6 ? "s" : top >= 1e3 ? "ms" : "\u00b5s";
    const double steps = step / unit;
    const auto whole = [](double number) { return std::abs(number - std::round(number)) < 1e-9; };
    const int decimals = whole(steps) ? 0 : whole(steps * 10) ? 1 : 2;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value / unit, name);
    return text.data();
}

std::string axisTime(Timestamp at, const ChartLook& look, std::size_t steps) {
    const bool days = look.step * static_cast<std::int64_t>(steps) > std::chrono::hours(30);
    return days ? dayAndMinutes(at).substr(0, 6) : clockMinutes(at);
}

void timeAxis(Ui& ui, const Rect& plot, const ChartLook& look, std::size_t steps, float y) {
    const int labels = plot.w > ui.px(900) ? 8 : plot.w > ui.px(420) ? 6 : 4;
    for (int i = 0; i <= labels; ++i) {
        const Duration offset = look.step * static_cast<std::int64_t>(steps) * i / labels;
        const std::string text = axisTime(look.since + offset, look, steps);
        const float w = ui.width(Font::kLabel, text);
        const float x = plot.x + plot.w * f(i) / f(labels) - (i == 0 ? 0 : i == labels ? w : w / 2);
        ui.text(Font::kLabel, x, y, ui.colors().text3, text);
    }
}

/// Horizontal lines with what they stand for.
template <typename Label>
void scaleLines(Ui& ui, const Rect& plot, double top, double step, Label label) {
    for (double value = 0; value <= top * 1.0001; value += step) {
        const float y = std::floor(plot.bottom() - plot.h * f(value / top));
        ui.horizontal(plot.x, y, plot.w, value == 0 ? ui.colors().line_strong : ui.colors().line);
        ui.textRight(Font::kLabel, plot.x - ui.px(8), y, ui.colors().text3, label(value));
    }
}

void tooltipRows(Ui& ui, const std::string& title, std::span<const Series> series,
                 const std::vector<std::string>& values) {
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {ui.px(12), ui.px(10)});
    ImGui::BeginTooltip();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float row = ui.px(19);
    const float w = std::max(ui.px(176), ui.width(Font::kSmallMedium, title));
    ui.text(Font::kSmallMedium, at.x, at.y + row / 2, ui.colors().text, title);
    float y = at.y + row + ui.px(4);
    for (std::size_t i = series.size(); i-- > 0;) {
        const float cy = y + row / 2;
        ui.fill({at.x, cy - ui.px(4), ui.px(8), ui.px(8)}, series[i].color, ui.px(2));
        ui.text(Font::kSmall, at.x + ui.px(15), cy, ui.colors().text2, series[i].label);
        ui.textRight(Font::kMonoSmall, at.x + w, cy, ui.colors().text, values[i]);
        y += row;
    }
    ImGui::Dummy({w, y - at.y});
    ImGui::EndTooltip();
    ImGui::PopStyleVar();
}

std::string stepTitle(const ChartLook& look, std::size_t index) {
    const Timestamp begin = look.since + look.step * static_cast<std::int64_t>(index);
    return dayAndMinutes(begin) + " \u2013 " + clockMinutes(begin + look.step) + " UTC";
}

std::size_t stepAt(const Rect& plot, std::size_t steps, float x) {
    const float part = (x - plot.x) / plot.w * f(steps);
    return static_cast<std::size_t>(std::clamp(part, 0.F, f(steps) - 1));
}

Dragged takeDrag(Ui& ui, const Rect& plot, const ChartLook& look, std::size_t steps,
                 const Hit& hit) {
    if (!look.select) return {};
    ImGuiStorage* storage = ImGui::GetStateStorage();
    const ImGuiID key = ImGui::GetID(look.name);
    const float mouse = ImGui::GetIO().MousePos.x;
    if (hit.held && storage->GetFloat(key, -1) < 0) storage->SetFloat(key, mouse);
    const float start = storage->GetFloat(key, -1);
    if (start < 0) return {};
    const std::size_t first = stepAt(plot, steps, std::min(start, mouse));
    const std::size_t last = stepAt(plot, steps, std::max(start, mouse));
    if (hit.held) {
        const float bar = plot.w / f(steps);
        const Rect chosen{plot.x + bar * f(first), plot.y, bar * f(last - first + 1), plot.h};
        ui.box(chosen, faded(ui.colors().accent, 0.16F), faded(ui.colors().accent, 0.6F), 0);
        return {};
    }
    storage->SetFloat(key, -1);
    return {first, last};
}

}  // namespace

void sparkline(Ui& ui, const Rect& rect, std::span<const float> values, Color color) {
    if (values.size() < 2) return;
    const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
    if (*highest <= 0) return;  // a line of nothing but zeros says nothing
    const float low = *lowest;
    const float range = *highest - low;
    Points points;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float part = range > 1e-6F ? (values[i] - low) / range : 0.15F;
        points.push_back({rect.x + rect.w * f(i) / f(values.size() - 1),
                          rect.bottom() - (rect.h - 2) * part - 1});
    }
    fadingArea(ui.list(), points, rect.bottom(), faded(color, 0.22F), faded(color, 0));
    polyline(ui, points, color, 1.5F);
}

Dragged stackedBars(Ui& ui, const Rect& rect, const ChartLook& look) {
    if (look.series.empty() || look.series[0].values.empty()) return {};
    const std::size_t steps = look.series[0].values.size();
    double highest = 1;
    for (std::size_t i = 0; i < steps; ++i) {
        double sum = 0;
        for (const Series& series : look.series)
            sum += series.values[i];
        highest = std::max(highest, sum);
    }
    Rect plot = rect;
    plot.h -= ui.px(20);
    double top = highest;
    if (look.axes) {
        plot.x += ui.px(40);
        plot.w -= ui.px(40);
        const double step = std::max(1.0, niceStep(highest, 4));
        top = std::ceil(highest / step) * step;
        scaleLines(ui, plot, top, step, [](double value) { return compact(value); });
    }
    timeAxis(ui, plot, look, steps, plot.bottom() + ui.px(12));

    const Hit hit = ui.hit(look.name, plot, {}, true, false);
    const float bar = plot.w / f(steps);
    const float gap = std::max(1.F, std::floor(bar * 0.22F));
    const bool over = hit.hovered;
    const std::size_t at = stepAt(plot, steps, ImGui::GetIO().MousePos.x);
    if (look.chosen_to > 0) {
        ui.fill({plot.x + plot.w * f(look.chosen_from), plot.y,
                 plot.w * f(look.chosen_to - look.chosen_from), plot.h},
                ui.colors().accent_soft);
    }
    for (std::size_t i = 0; i < steps; ++i) {
        if (over && i == at) {
            ui.fill({plot.x + bar * f(i), plot.y, bar, plot.h}, faded(ui.colors().text, 0.06F));
        }
        const float left = std::floor(plot.x + bar * f(i) + gap / 2);
        const float right = std::max(left + 1, std::floor(plot.x + bar * f(i + 1) - gap / 2));
        float y = plot.bottom();
        for (const Series& series : look.series) {
            if (series.values[i] <= 0) continue;
            const float h = std::max(1.F, plot.h * f(series.values[i] / top));
            ui.fill({left, y - h, right - left, h}, series.fill_color,
                    std::min(ui.px(1.5F), h / 2));
            y -= h;
        }
    }
    if (over && !hit.held) {
        std::vector<std::string> values;
        for (const Series& series : look.series)
            values.push_back(grouped(static_cast<std::uint64_t>(series.values[at])));
        tooltipRows(ui, stepTitle(look, at), look.series, values);
    }
    return takeDrag(ui, plot, look, steps, hit);
}

void durationLines(Ui& ui, const Rect& rect, const ChartLook& look) {
    if (look.series.empty() || look.series[0].values.size() < 2) return;
    const std::size_t steps = look.series[0].values.size();
    double highest = 1000;
    for (const Series& series : look.series) {
        for (const double value : series.values)
            highest = std::max(highest, value);
    }
    Rect plot = rect;
    plot.h -= ui.px(20);
    plot.x += ui.px(54);
    plot.w -= ui.px(54);
    const double step = niceStep(highest, 4);
    const double top = std::ceil(highest / step) * step;
    scaleLines(ui, plot, top, step, [&](double value) { return axisDuration(value, top, step); });
    timeAxis(ui, plot, look, steps, plot.bottom() + ui.px(12));

    const Hit hit = ui.hit(look.name, plot, {}, true, false);
    for (const Series& series : look.series) {
        Points run;
        const auto flush = [&] {
            fadingArea(ui.list(), run, plot.bottom(), faded(series.color, 0.10F),
                       faded(series.color, 0));
            if (run.size() == 1) ui.dot(run[0].x, run[0].y, ui.px(1.5F), series.color);
            polyline(ui, run, series.color, 1.6F);
            run.clear();
        };
        for (std::size_t i = 0; i < steps; ++i) {
            if (series.values[i] <= 0) {
                flush();
                continue;
            }
            run.push_back({plot.x + plot.w * f(i) / f(steps - 1),
                           plot.bottom() - plot.h * f(series.values[i] / top)});
        }
        flush();
    }
    if (!hit.hovered) return;
    const std::size_t at = stepAt(plot, steps, ImGui::GetIO().MousePos.x);
    const float x = plot.x + plot.w * f(at) / f(steps - 1);
    ui.vertical(x, plot.y, plot.h, faded(ui.colors().text, 0.25F));
    std::vector<std::string> values;
    for (const Series& series : look.series) {
        const double value = series.values[at];
        values.push_back(value > 0 ? span(Duration(static_cast<std::int64_t>(value))) : "\u2013");
        if (value <= 0) continue;
        const float y = plot.bottom() - plot.h * f(value / top);
        ui.dot(x, y, ui.px(4), ui.colors().card);
        ui.dot(x, y, ui.px(3), series.color);
    }
    tooltipRows(ui, stepTitle(look, at), look.series, values);
}

void legend(Ui& ui, float right, float y, std::span<const Series> series) {
    for (std::size_t i = series.size(); i-- > 0;) {
        right -= ui.textRight(Font::kSmall, right, y, ui.colors().text2, series[i].label);
        right -= ui.px(14);
        ui.fill({right, y - ui.px(4), ui.px(8), ui.px(8)}, series[i].fill_color, ui.px(2));
        right -= ui.px(14);
    }
}

float legendWidth(const Ui& ui, std::span<const Series> series) {
    float width = 0;
    for (const Series& each : series)
        width += ui.width(Font::kSmall, each.label) + ui.px(28);
    return width;
}

void healthStrip(Ui& ui, const Rect& rect, std::span<const HealthBar> bars) {
    if (bars.empty()) return;
    const Palette& c = ui.colors();
    const float w = rect.w / f(bars.size());
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const double all = bars[i].succeeded + bars[i].failed;
        const double ratio = all > 0 ? bars[i].succeeded / all : 1;
        const Color color = all <= 0              ? c.raised
                            : ratio >= kGoodRatio ? c.fillOf(Hue::kDelivered)
                            : ratio >= kBadRatio  ? c.fillOf(Hue::kRetry)
                                                  : c.fillOf(Hue::kFailed);
        const float left = std::floor(rect.x + w * f(i));
        const float right = std::floor(rect.x + w * f(i + 1)) - 1;
        ui.fill({left, rect.y, std::max(1.F, right - left), rect.h}, color, 1);
    }
}

}  // namespace waybill::gui
