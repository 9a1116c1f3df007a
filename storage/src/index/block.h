// How the index keeps what listings filter and order by: columns of numbers, cut into blocks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::sqlite::index {

/// One row a stream key, at the place of the key: finding one costs nothing, and a filter on any
/// column is a pass over few bytes a row.
enum class Column {
    kStatus,
    kReason,
    kHttpStatus,
    kEndpoint,
    kClient,
    kSubject,
    kCreated,
    kUpdated,
    kNext
};
inline constexpr std::size_t kColumns = 9;
inline constexpr std::array<std::size_t, kColumns> kWidths = {1, 1, 2, 4, 4, 4, 8, 8, 8};

/// A row; what is absent is 0. A response has status, client, created and updated; any other stream
/// that is no delivery has 0 everywhere.
using Values = std::array<std::uint64_t, kColumns>;

inline std::uint64_t& at(Values& values, Column column) {
    return values[static_cast<std::size_t>(column)];
}
inline std::uint64_t at(const Values& values, Column column) {
    return values[static_cast<std::size_t>(column)];
}

/// Statuses up to here are a delivery's, those above a response's.
inline constexpr std::uint64_t kLastDeliveryStatus = 15;

inline constexpr std::int64_t kRows = 16384;

inline std::int64_t blockOf(std::int64_t key) {
    return key / kRows;
}
inline std::size_t rowOf(std::int64_t key) {
    return static_cast<std::size_t>(key % kRows);
}

/// Where a column's bytes of a block lie in `derived_column`.
inline std::int64_t columnKey(std::size_t column, std::int64_t block) {
    return static_cast<std::int64_t>(column) << 40 | block;
}

/// What a block holds of a column, so that most blocks need not be read.
struct Zone {
    std::uint64_t least = ~std::uint64_t{0};
    std::uint64_t most = 0;
    std::uint64_t seen = 0;  ///< a bit for each value, by its remainder

    void add(std::uint64_t value) {
        if (value < least) least = value;
        if (value > most) most = value;
        seen |= std::uint64_t{1} << (value % 64);
    }
    bool mayHold(std::uint64_t value) const {
        return least <= value && value <= most && (seen >> (value % 64) & 1) != 0;
    }
};
using Zones = std::array<Zone, kColumns>;

/// The bytes of one block, changed in memory. Knows what must be written.
class Block {
public:
    Block();

    std::string& bytes(std::size_t column) { return bytes_[column]; }

    Values get(std::size_t row) const;
    void put(std::size_t row, const Values& values);
    Zones zones() const;

    /// Bytes of a column that were changed since `clean`; empty where none were.
    struct Change {
        std::size_t offset = 0;
        std::string_view bytes;
    };
    Change change(std::size_t column) const;
    void clean();

    bool stored = false;  ///< it is in the file already

private:
    struct Range {
        std::size_t first = static_cast<std::size_t>(kRows);
        std::size_t last = 0;
    };
    std::array<std::string, kColumns> bytes_;
    std::array<Range, kColumns> changed_;
};

/// A number of `width` bytes, as the machine writes it: the file does not travel.
std::uint64_t loadNumber(const char* bytes, std::size_t width);

}  // namespace waybill::sqlite::index
