#include "index/block_scan.h"

#include <algorithm>
#include <cstring>

#include "index/names.h"

namespace waybill::sqlite::index {

bool KeyBounds::hold(std::int64_t key) const {
    return key > after && (before == 0 || key < before);
}

bool KeyBounds::meet(std::int64_t block) const {
    const std::int64_t first = block * kRows;
    return first + kRows > after + 1 && (before == 0 || first < before);
}

void BlockScan::require(Column column, const std::string& name) {
    if (name.empty()) return;
    const auto number = findNumber(index_, name);
    if (!number) return requireNothing();
    require({column, static_cast<std::uint64_t>(*number), static_cast<std::uint64_t>(*number)});
}

bool BlockScan::asksFor(Column column) const {
    return std::any_of(conditions_.begin(), conditions_.end(),
                       [&](const Condition& condition) { return condition.column == column; });
}

std::vector<BlockZones> BlockScan::blocks() {
    std::vector<BlockZones> blocks;
    if (nothing_) return blocks;
    Statement statement(index_, "SELECT block, zones FROM derived_block ORDER BY block");
    Query query(statement);
    while (query.next()) {
        BlockZones block{statement.integer(0), {}};
        const std::string_view bytes = statement.blob(1);
        if (bytes.size() != sizeof block.zones) continue;
        std::memcpy(&block.zones, bytes.data(), sizeof block.zones);
        if (mayMatch(block.zones)) blocks.push_back(block);
    }
    return blocks;
}

bool BlockScan::mayMatch(const Zones& zones) const {
    return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
        return condition.mayHold(zones[static_cast<std::size_t>(condition.column)]);
    });
}

Bits BlockScan::rows(std::int64_t block) {
    Bits bits = Bits::all();
    for (const Condition& condition : conditions_) {
        columns_.visit(condition.column, block,
                       [&](std::string_view bytes) { condition.narrow(bytes, bits); });
        if (bits.none()) return bits;
    }
    const auto first = std::lower_bound(newer_.begin(), newer_.end(), block * kRows);
    for (auto key = first; key != newer_.end() && blockOf(*key) == block; ++key)
        bits.clear(rowOf(*key));
    return bits;
}

}  // namespace waybill::sqlite::index
