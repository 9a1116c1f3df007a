// A table that fits its terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/console.h"

namespace waybill::cli {

struct Column {
    std::string title;
    bool right = false;          ///< numbers
    std::size_t shrinks_to = 0;  ///< may be shortened to this many columns; 0: never
    bool optional = false;       ///< left out when there is no room for it, or nothing in it
};

struct Cell {
    std::string text;  ///< made printable by the table
    Style style = Style::kPlain;
};

/// Collects rows, then prints them with every column as wide as its widest cell. Too wide for the
/// console: the widest columns that may shrink do, then optional ones go, the last first.
class Table {
public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// As many cells as there are columns.
    void add(std::vector<Cell> row);
    bool empty() const { return rows_.empty(); }
    void print(Console& console) const;

private:
    std::vector<std::size_t> naturalWidths() const;
    void fit(std::vector<std::size_t>& widths, std::size_t available) const;
    void printRow(Console& console, const std::vector<std::size_t>& widths,
                  const std::vector<Cell>& row) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace waybill::cli
