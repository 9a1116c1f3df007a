#include "index/block_filter.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace waybill::sqlite::index {

namespace {

constexpr std::size_t kWordRows = 64;

/// Whether any of a word's rows holds one value: compared many at a time, which the compiler sees
/// to as long as nothing else is asked.
template <typename T>
bool holdsAny(const std::array<T, kWordRows>& values, T value) {
    T found = 0;
    for (const T held : values)
        found |= static_cast<T>(held == value);
    return found != 0;
}

template <typename T>
void narrowTyped(const Condition& condition, const char* bytes, Bits& bits) {
    // One comparison for both bounds: what is below `least` wraps round and is large.
    const T least = static_cast<T>(condition.least);
    const T width = static_cast<T>(std::min<std::uint64_t>(condition.most, static_cast<T>(~T{0})) -
                                   condition.least);
    std::array<T, kWordRows> values;
    for (std::size_t i = 0; i < Bits::kWords; ++i, bytes += sizeof values) {
        if (bits.word(i) == 0) continue;
        std::memcpy(values.data(), bytes, sizeof values);
        std::uint64_t holding = 0;
        if (width != 0 || holdsAny(values, least)) {
            for (std::size_t row = 0; row < kWordRows; ++row)
                holding |= std::uint64_t{static_cast<T>(values[row] - least) <= width} << row;
        }
        bits.word(i) &= holding;
    }
}

}  // namespace

bool Bits::none() const {
    return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
}

std::uint64_t Bits::count() const {
    std::uint64_t count = 0;
    for (const std::uint64_t word : words_)
        count += static_cast<std::uint64_t>(std::popcount(word));
    return count;
}

void Bits::keep(const Bits& other) {
    for (std::size_t i = 0; i < kWords; ++i)
        words_[i] &= other.words_[i];
}

Bits Bits::all() {
    Bits bits;
    bits.words_.fill(~std::uint64_t{0});
    return bits;
}

bool Condition::mayHold(const Zone& zone) const {
    if (least == most) return zone.mayHold(least);
    return zone.least <= most && least <= zone.most;
}

void Condition::narrow(std::string_view column_bytes, Bits& bits) const {
    const char* const bytes = column_bytes.data();
    switch (kWidths[static_cast<std::size_t>(column)]) {
        case 1:
            return narrowTyped<std::uint8_t>(*this, bytes, bits);
        case 2:
            return narrowTyped<std::uint16_t>(*this, bytes, bits);
        case 4:
            return narrowTyped<std::uint32_t>(*this, bytes, bits);
        default:
            return narrowTyped<std::uint64_t>(*this, bytes, bits);
    }
}

void ColumnSource::refuse() {
    throw SqliteError(SQLITE_CORRUPT, "the index beside the log is damaged");
}

}  // namespace waybill::sqlite::index
