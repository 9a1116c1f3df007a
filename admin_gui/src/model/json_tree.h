// JSON as rows of an outline that can be folded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::gui {

enum class JsonKind : std::uint8_t { kObject, kArray, kText, kNumber, kWord, kEnd };

/// One row. An object or array that is not empty has a row where it opens and one (kEnd) where it
/// closes.
struct JsonRow {
    JsonKind kind = JsonKind::kWord;
    std::uint16_t depth = 0;
    bool comma = false;       ///< another value follows in the same object or array
    std::uint32_t close = 0;  ///< of an object or array: its kEnd row
    std::uint32_t members = 0;
    std::string key{};   ///< with quotes; empty in arrays
    std::string text{};  ///< the value: numbers as they are written, strings without escapes
};

using JsonTree = std::vector<JsonRow>;

/// Empty when the text is no JSON, is nested deeper than 1,000, or has more than 400,000 rows. Keys
/// are those of the text, in its order, also where one is there twice; so are numbers, whatever
/// their size. A string that holds half a surrogate pair keeps its escapes. Linear in the text.
JsonTree parseJsonTree(std::string_view text);

}  // namespace waybill::gui
