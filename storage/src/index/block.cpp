#include "index/block.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace waybill::sqlite::index {

static_assert(std::endian::native == std::endian::little,
              "numbers are copied from the lower bytes of wider ones");

std::uint64_t loadNumber(const char* bytes, std::size_t width) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, width);
    return value;
}

Block::Block() {
    for (std::size_t column = 0; column < kColumns; ++column)
        bytes_[column].resize(kRows * kWidths[column]);
}

Values Block::get(std::size_t row) const {
    Values values{};
    for (std::size_t column = 0; column < kColumns; ++column) {
        const std::size_t width = kWidths[column];
        values[column] = loadNumber(bytes_[column].data() + row * width, width);
    }
    return values;
}

void Block::put(std::size_t row, const Values& values) {
    for (std::size_t column = 0; column < kColumns; ++column) {
        const std::size_t width = kWidths[column];
        char* const place = bytes_[column].data() + row * width;
        if (std::memcmp(place, &values[column], width) == 0) continue;
        std::memcpy(place, &values[column], width);
        Range& range = changed_[column];
        range.first = std::min(range.first, row);
        range.last = std::max(range.last, row + 1);
    }
}

Zones Block::zones() const {
    Zones zones;
    const std::string& statuses = bytes_[static_cast<std::size_t>(Column::kStatus)];
    for (std::size_t column = 0; column < kColumns; ++column) {
        const std::size_t width = kWidths[column];
        // What waits for nothing has no place in that order.
        const bool only_present = column == static_cast<std::size_t>(Column::kNext);
        const char* bytes = bytes_[column].data();
        for (const char status : statuses) {
            const std::uint64_t value = loadNumber(bytes, width);
            if (status != 0 && (value != 0 || !only_present)) zones[column].add(value);
            bytes += width;
        }
    }
    return zones;
}

Block::Change Block::change(std::size_t column) const {
    const Range& range = changed_[column];
    if (range.first >= range.last) return {};
    const std::size_t width = kWidths[column];
    return {range.first * width,
            std::string_view(bytes_[column])
                .substr(range.first * width, (range.last - range.first) * width)};
}

void Block::clean() {
    changed_ = {};
}

}  // namespace waybill::sqlite::index
