#include "cli/table.h"

#include <algorithm>
#include <cassert>
#include <ostream>

namespace waybill::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeftOut = 0;  // as a width

std::size_t totalWidth(const std::vector<std::size_t>& widths) {
    std::size_t total = 0;
    for (const std::size_t width : widths) {
        if (width != kLeftOut) total += width + kGap;
    }
    return total == 0 ? 0 : total - kGap;
}

}  // namespace

void Table::add(std::vector<Cell> row) {
    assert(row.size() == columns_.size());
    for (Cell& cell : row)
        cell.text = printable(cell.text);
    rows_.push_back(std::move(row));
}

void Table::print(Console& console) const {
    std::vector<std::size_t> widths = naturalWidths();
    if (console.width() != 0) {
        leaveOut(widths, console.width());
        shrink(widths, console.width());
    }
    std::vector<Cell> titles;
    for (const Column& column : columns_)
        titles.push_back({column.title, Style::kDim});
    printRow(console, widths, titles);
    for (const auto& row : rows_)
        printRow(console, widths, row);
}

std::vector<std::size_t> Table::naturalWidths() const {
    std::vector<std::size_t> widths(columns_.size(), kLeftOut);
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], columnsOf(row[i].text));
        }
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const bool nothing = widths[i] == 0 && columns_[i].optional != 0;
        if (!nothing) widths[i] = std::max(widths[i], columnsOf(columns_[i].title));
    }
    return widths;
}

void Table::leaveOut(std::vector<std::size_t>& widths, std::size_t available) const {
    std::vector<std::size_t> narrowest = widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].shrinks_to != 0) narrowest[i] = std::min(widths[i], columns_[i].shrinks_to);
    }
    while (totalWidth(narrowest) > available) {
        std::size_t least = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].optional == 0 || widths[i] == kLeftOut) continue;
            if (least == columns_.size() || columns_[i].optional >= columns_[least].optional)
                least = i;
        }
        if (least == columns_.size()) return;
        widths[least] = narrowest[least] = kLeftOut;
    }
}

void Table::shrink(std::vector<std::size_t>& widths, std::size_t available) const {
    while (totalWidth(widths) > available) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const bool can = columns_[i].shrinks_to != 0 && widths[i] > columns_[i].shrinks_to;
            if (can && (widest == columns_.size() || widths[i] > widths[widest])) widest = i;
        }
        if (widest == columns_.size()) return;
        --widths[widest];
    }
}

void Table::printRow(Console& console, const std::vector<std::size_t>& widths,
                     const std::vector<Cell>& row) const {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (widths[i] == kLeftOut) continue;
        const std::string text = shortened(row[i].text, widths[i], columns_[i].keep);
        const std::string padding(widths[i] - columnsOf(text), ' ');
        if (columns_[i].right) line += padding;
        line += console.styled(row[i].style, text);
        if (!columns_[i].right) line += padding;
        line.append(kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    console.out() << line << '\n';
}

}  // namespace waybill::cli
