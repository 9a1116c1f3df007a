#include "bench/report.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/table.h"

namespace waybill::bench {

namespace {

std::string decimal(double value, int places) {
    std::array<char, 64> text{};
    const int length = std::snprintf(text.data(), text.size(), "%.*f", places, value);
    return {text.data(), static_cast<std::size_t>(length)};
}

/// Three digits that say something.
std::string shortNumber(double value) {
    const double size = std::abs(value);
    return decimal(value, size >= 100 || value == 0 ? 0 : size >= 10 ? 1 : 2);
}

std::string thousands(double value, double base, std::array<const char*, 4> prefixes) {
    std::size_t prefix = 0;
    while (std::abs(value) >= base && prefix + 1 < prefixes.size()) {
        value /= base;
        ++prefix;
    }
    return shortNumber(value) + ' ' + prefixes[prefix];
}

const char* unitName(Figure::Unit unit) {
    switch (unit) {
        case Figure::Unit::kPerSecond:
            return "per_second";
        case Figure::Unit::kMicroseconds:
            return "microseconds";
        case Figure::Unit::kMilliseconds:
            return "milliseconds";
        case Figure::Unit::kSeconds:
            return "seconds";
        case Figure::Unit::kBytes:
            return "bytes";
        case Figure::Unit::kCount:
            return "count";
    }
    return "";
}

std::string goalText(const Row& row) {
    if (!row.goal) return {};
    const Goal& goal = *row.goal;
    const std::string sign = goal.bound == Goal::Bound::kAtLeast ? "≥ " : "≤ ";
    if (goal.of == Goal::Of::kRatio) return sign + decimal(goal.limit, 2) + " ×";
    return sign + toString({goal.limit, row.ours.unit});
}

cli::Cell verdict(const Row& row) {
    const auto met = row.met();
    if (!met) return {};
    return *met ? cli::Cell{"yes", cli::Style::kGood} : cli::Cell{"no", cli::Style::kBad};
}

}  // namespace

Figure perSecond(double value) {
    return {value, Figure::Unit::kPerSecond};
}
Figure microseconds(double value) {
    return {value, Figure::Unit::kMicroseconds};
}
Figure milliseconds(std::chrono::nanoseconds value) {
    return {std::chrono::duration<double, std::milli>(value).count(), Figure::Unit::kMilliseconds};
}
Figure seconds(std::chrono::nanoseconds value) {
    return {std::chrono::duration<double>(value).count(), Figure::Unit::kSeconds};
}
Figure bytes(double value) {
    return {value, Figure::Unit::kBytes};
}

std::optional<double> Row::ratio() const {
    if (!theirs || theirs->value == 0) return std::nullopt;
    return ours.value / theirs->value;
}

std::optional<bool> Row::met() const {
    if (!goal) return std::nullopt;
    const auto measured = goal->of == Goal::Of::kRatio ? ratio() : std::optional(ours.value);
    if (!measured) return std::nullopt;
    return goal->bound == Goal::Bound::kAtLeast ? *measured >= goal->limit
                                                : *measured <= goal->limit;
}

std::string toString(const Figure& figure) {
    switch (figure.unit) {
        case Figure::Unit::kPerSecond:
            return thousands(figure.value, 1000, {"/s", "k/s", "M/s", "G/s"});
        case Figure::Unit::kMicroseconds:
            return shortNumber(figure.value) + " µs";
        case Figure::Unit::kMilliseconds:
            return shortNumber(figure.value) + " ms";
        case Figure::Unit::kSeconds:
            return shortNumber(figure.value) + " s";
        case Figure::Unit::kBytes:
            return thousands(figure.value, 1024, {"B", "KiB", "MiB", "GiB"});
        case Figure::Unit::kCount:
            return decimal(figure.value, 0);
    }
    return {};
}

void printTable(const std::vector<Row>& rows, cli::Console& console) {
    cli::Table table({{"MEASURE"},
                      {"WHAT"},
                      {"WAYBILL", true},
                      {"BESIDE"},
                      {"THEIRS", true},
                      {"RATIO", true},
                      {"GOAL", true},
                      {"MET"}});
    for (const Row& row : rows) {
        const auto ratio = row.ratio();
        table.add({{row.measure, cli::Style::kBold},
                   {row.what},
                   {toString(row.ours), cli::Style::kBold},
                   {row.beside},
                   {row.theirs ? toString(*row.theirs) : ""},
                   {ratio ? decimal(*ratio, 2) + " ×" : ""},
                   {goalText(row)},
                   verdict(row)});
    }
    table.print(console);
}

void printJson(const std::vector<Row>& rows, std::ostream& out) {
    std::string measure;
    for (const Row& row : rows) {
        if (!row.measure.empty()) measure = row.measure;
        nlohmann::ordered_json line = {{"measure", measure},
                                       {"what", row.what},
                                       {"unit", unitName(row.ours.unit)},
                                       {"waybill", row.ours.value}};
        if (row.theirs) line["beside"] = row.beside;
        if (row.theirs) line["theirs"] = row.theirs->value;
        if (const auto ratio = row.ratio()) line["ratio"] = *ratio;
        if (row.goal) line["goal"] = goalText(row);
        if (const auto met = row.met()) line["met"] = *met;
        out << line.dump() << '\n';
    }
}

}  // namespace waybill::bench
