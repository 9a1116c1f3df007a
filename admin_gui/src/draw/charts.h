// Sparklines, histograms and the other pictures of numbers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "draw/ui.h"

namespace waybill::gui {

void sparkline(Ui& ui, const Rect& rect, std::span<const float> values, Color color);

/// One series of a chart.
struct Series {
    std::string_view label;
    Color color;       ///< in the legend and the tooltip
    Color fill_color;  ///< in the chart
    std::vector<double> values;
};

/// A range that was dragged out, as steps; `first` > `last`: none.
struct Dragged {
    std::size_t first = 1;
    std::size_t last = 0;
    bool any() const { return first <= last; }
};

struct ChartLook {
    const char* name = "";
    std::span<const Series> series{};
    Timestamp since{};
    Duration step{};
    bool axes = true;     ///< with a scale on the left
    bool select = false;  ///< dragging chooses a range
    /// Part that is chosen, 0 to 1; nothing when `chosen_to` is 0.
    double chosen_from = 0;
    double chosen_to = 0;
};

/// Bars on top of each other. Returns what was dragged out when the mouse let go.
Dragged stackedBars(Ui& ui, const Rect& rect, const ChartLook& look);

/// Lines of durations in µs; 0 or less: a gap.
void durationLines(Ui& ui, const Rect& rect, const ChartLook& look);

/// From right to left, ending at `right`.
void legend(Ui& ui, float right, float y, std::span<const Series> series);
float legendWidth(const Ui& ui, std::span<const Series> series);

/// From here on success is good, and below that bad: the same in bars, figures and rows.
inline constexpr double kGoodRatio = 0.97;
inline constexpr double kBadRatio = 0.5;

/// Success over time as little bars.
struct HealthBar {
    double succeeded = 0;
    double failed = 0;
};
void healthStrip(Ui& ui, const Rect& rect, std::span<const HealthBar> bars);

}  // namespace waybill::gui
