// What a message shows of the text it is about.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill {

inline constexpr std::size_t kMaxExcerpt = 200;  ///< in bytes, before the mark of what was cut

/// `text` as a message quotes it, whoever wrote it and however long it is: in UTF-8, its control
/// characters (U+0000–U+001F, U+007F) as `?`; of more than `most` bytes only the beginning, cut
/// between characters, and the length of the whole: `aaa… (15000000 bytes)`. Costs what it shows.
std::string excerpt(std::string_view text, std::size_t most = kMaxExcerpt);

}  // namespace waybill
