// How much room text takes on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::cli {

/// How many columns `text` takes: two for each wide character (East Asian, emoji), none for a
/// combining one, one for any other.
std::size_t columnsOf(std::string_view text);

/// What of a text that is too long says the most.
enum class Keep { kBeginning, kEnd, kBothEnds };

/// At most `columns` columns of `text`; a `…` stands where it was cut.
std::string shortened(std::string_view text, std::size_t columns, Keep keep = Keep::kBeginning);

/// `text`, broken between words into lines of at most `columns` columns; a longer word has a line
/// of its own.
std::vector<std::string> brokenIntoLines(std::string_view text, std::size_t columns);

}  // namespace waybill::cli
