// Outcomes over time above the table; dragging chooses a time.
#include "draw/charts.h"
#include "views/deliveries.h"
#include "views/parts.h"

namespace waybill::gui {

void drawHistogram(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    ui.card(card);
    const Rect inner = card.inset(ui.px(16), ui.px(8));
    if (!scene.seen.stats) return;
    const StatsView& stats = *scene.seen.stats;
    const std::vector<Series> series = outcomeSeries(ui, stats);
    const Duration all = stats.step * static_cast<std::int64_t>(stats.points.size());
    const auto part = [&](Timestamp at) {
        const double ratio = static_cast<double>((at - stats.since).count()) /
                             static_cast<double>(std::max<std::int64_t>(1, all.count()));
        return std::clamp(ratio, 0.0, 1.0);
    };
    ChartLook look{.name = "histogram",
                   .series = series,
                   .since = stats.since,
                   .step = stats.step,
                   .axes = false,
                   .select = true};
    if (scene.state.since || scene.state.until) {
        look.chosen_from = scene.state.since ? part(*scene.state.since) : 0;
        look.chosen_to = scene.state.until ? part(*scene.state.until) : 1;
    }
    const Dragged dragged = stackedBars(ui, inner, look);
    if (!dragged.any()) return;
    out.push_back(
        intent::FilterTime{stats.since + stats.step * static_cast<std::int64_t>(dragged.first),
                           stats.since + stats.step * static_cast<std::int64_t>(dragged.last + 1)});
}

}  // namespace waybill::gui
