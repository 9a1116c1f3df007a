// Texts of a stretch of rows, sorted: what a prefix search looks into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/blob.h"

namespace waybill::sqlite::index {

/// Of ids only the least and the most of a run are kept: the log's own index of names finds them.
enum class TextKind { kSubject, kUrl, kId };
inline constexpr std::size_t kTextKinds = 3;

/// A run covers so many keys. It is made once all of them are there.
inline constexpr std::int64_t kRunRows = 8192;

/// Longer texts are cut off; who finds one by a longer prefix looks at the whole text.
inline constexpr std::size_t kTextBytes = 256;

inline std::int64_t textKey(TextKind kind, std::int64_t run) {
    return static_cast<std::int64_t>(kind) << 40 | run;
}

/// Row (within the run) and text, of those that have one.
using RunTexts = std::vector<std::pair<std::uint16_t, std::string>>;

struct EncodedRun {
    std::string least;
    std::string most;
    std::string bytes;
    friend bool operator==(const EncodedRun&, const EncodedRun&) = default;
};

/// Each different text once, with its rows.
EncodedRun encodeRun(RunTexts texts);

/// Calls `found(row)` for every row whose text begins with `prefix`. Reads as much as a binary
/// search needs. Throws SqliteError for a run that is damaged.
template <typename Found>
void searchRun(Blob& blob, std::string_view prefix, Found found);

/// The rows between two places in the run's list of rows.
struct RowRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::size_t offset = 0;  ///< of the list
};
RowRange findInRun(Blob& blob, std::string_view prefix);

template <typename Found>
void searchRun(Blob& blob, std::string_view prefix, Found found) {
    const RowRange range = findInRun(blob, prefix);
    std::vector<std::uint16_t> rows(range.last - range.first);
    if (rows.empty()) return;
    blob.read(range.offset + range.first * sizeof(std::uint16_t),
              reinterpret_cast<char*>(rows.data()), rows.size() * sizeof(std::uint16_t));
    for (const std::uint16_t row : rows) {
        if (row < kRunRows) found(row);
    }
}

/// Whether anything between `least` and `most` may begin with `prefix`.
bool mayBegin(std::string_view least, std::string_view most, std::string_view prefix);

}  // namespace waybill::sqlite::index
