// Well-formed UTF-8 (Unicode 15, table 3-7).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill {

/// U+FFFD, which stands for what is not UTF-8.
inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

/// U+FEFF, which may stand before a text and is no part of it.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The length of the well-formed sequence at the front of `text`, which is not empty; 0: there is
/// none.
std::size_t utf8SequenceLength(std::string_view text);

bool isUtf8(std::string_view text);

/// `text` in at most `max_bytes`, cut between characters; what is not UTF-8 becomes U+FFFD. For
/// free text in events: it reads back from the log as it was folded into memory.
std::string utf8Prefix(std::string_view text, std::size_t max_bytes);

}  // namespace waybill
