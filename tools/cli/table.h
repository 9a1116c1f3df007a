// A table that fits its terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/console.h"

namespace waybill::cli {

struct Column {
    std::string title;
    bool right = false;            ///< numbers
    std::size_t shrinks_to = 0;    ///< may be shortened to this many columns; 0: never
    Keep keep = Keep::kBeginning;  ///< of what is shortened
    /// 0: always there. Else left out where nothing is in it, and where there is no room for all:
    /// the highest first, of equals the last.
    unsigned optional = 0;
};

struct Cell {
    std::string text;  ///< made printable by the table
    Style style = Style::kPlain;
};

/// Collects rows, then prints them with every column as wide as its widest cell. Too wide for the
/// console: optional ones go until the others have room when all that may shrink do; then the
/// widest of these shrink, as little as that takes.
class Table {
public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// As many cells as there are columns.
    void add(std::vector<Cell> row);
    bool empty() const { return rows_.empty(); }
    void print(Console& console) const;

private:
    std::vector<std::size_t> naturalWidths() const;
    void leaveOut(std::vector<std::size_t>& widths, std::size_t available) const;
    void shrink(std::vector<std::size_t>& widths, std::size_t available) const;
    void printRow(Console& console, const std::vector<std::size_t>& widths,
                  const std::vector<Cell>& row) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace waybill::cli
