// The table of results.
#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.h"

namespace waybill::bench {

/// A measured number and what it counts; printed short, written to JSON in full.
struct Figure {
    enum class Unit { kPerSecond, kMicroseconds, kMilliseconds, kSeconds, kBytes, kCount };
    double value = 0;
    Unit unit = Unit::kPerSecond;
};

Figure perSecond(double value);
Figure microseconds(double value);
Figure milliseconds(std::chrono::nanoseconds value);
Figure seconds(std::chrono::nanoseconds value);
Figure bytes(double value);

/// What a measure should reach, on the ratio to the other figure or on the figure itself. It is
/// printed, never enforced: machines differ.
struct Goal {
    enum class Of { kRatio, kFigure };
    enum class Bound { kAtLeast, kAtMost };
    Of of = Of::kRatio;
    Bound bound = Bound::kAtLeast;
    double limit = 0;
};

/// One line of the table.
struct Row {
    std::string measure{};  ///< whose line it is; empty: as the line before
    std::string what{};
    Figure ours{};
    std::string beside{};  ///< what it is compared with, or empty
    std::optional<Figure> theirs{};
    std::optional<Goal> goal{};

    std::optional<double> ratio() const;
    std::optional<bool> met() const;
};

std::string toString(const Figure& figure);

void printTable(const std::vector<Row>& rows, cli::Console& console);

/// One object a line.
void printJson(const std::vector<Row>& rows, std::ostream& out);

}  // namespace waybill::bench
