// A listing's filter on the numbers of a block.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "index/block.h"
#include "log/database.h"

namespace waybill::sqlite::index {

/// A bit for each row of a block.
class Bits {
public:
    std::uint64_t& word(std::size_t i) { return words_[i]; }
    std::uint64_t word(std::size_t i) const { return words_[i]; }
    void set(std::size_t row) { words_[row / 64] |= std::uint64_t{1} << (row % 64); }
    void clear(std::size_t row) { words_[row / 64] &= ~(std::uint64_t{1} << (row % 64)); }
    bool has(std::size_t row) const { return (words_[row / 64] >> (row % 64) & 1) != 0; }
    bool none() const;
    std::uint64_t count() const;
    void keep(const Bits& other);

    template <typename Use>
    void forEach(Use use) const {
        for (std::size_t i = 0; i < kWords; ++i) {
            for (std::uint64_t word = words_[i]; word != 0; word &= word - 1)
                use(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
        }
    }

    static constexpr std::size_t kWords = kRows / 64;
    static Bits all();

private:
    std::array<std::uint64_t, kWords> words_{};
};

/// `least` and `most` are equal where one value is asked for.
struct Condition {
    Column column = Column::kStatus;
    std::uint64_t least = 0;
    std::uint64_t most = ~std::uint64_t{0};

    bool mayHold(const Zone& zone) const;
    /// Takes away the rows of a block that do not hold it.
    void narrow(std::string_view column_bytes, Bits& bits) const;
};

/// Reads the columns of blocks.
class ColumnSource {
public:
    explicit ColumnSource(Database& index)
        : find_(index, "SELECT bytes FROM derived_column WHERE key = ?1") {}

    /// Calls `use(bytes)`. Throws SqliteError for a block that is not whole.
    template <typename Use>
    void visit(Column column, std::int64_t block, Use use) {
        const auto number = static_cast<std::size_t>(column);
        find_.bind(1, columnKey(number, block));
        Query query(find_);
        if (!query.next()) refuse();
        const std::string_view bytes = find_.blob(0);
        if (bytes.size() != kRows * kWidths[number]) refuse();
        use(bytes);
    }

private:
    [[noreturn]] static void refuse();

    Statement find_;
};

}  // namespace waybill::sqlite::index
