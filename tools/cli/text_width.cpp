#include "cli/text_width.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "waybill/printable.h"
#include "waybill/utf8.h"

namespace waybill::cli {
namespace {

constexpr std::string_view kCut = "…";

/// The character at the front of `text`, or a single byte of what is no UTF-8.
std::string_view firstCharacter(std::string_view text) {
    return text.substr(0, std::max<std::size_t>(1, utf8SequenceLength(text)));
}

/// As the system's own terminals take it: wcwidth(3), whatever locale the process runs in.
std::size_t widthOf(std::string_view character) {
    if (character.size() == 1) return 1;
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 == nullptr) return 1;
    const locale_t before = uselocale(utf8);
    const int width = wcwidth(static_cast<wchar_t>(codePointOf(character)));
    uselocale(before);
    return width < 0 ? 1 : static_cast<std::size_t>(width);
}

/// The longest beginning of at most `columns` columns.
std::string_view beginningOf(std::string_view text, std::size_t columns) {
    std::size_t end = 0;
    for (std::size_t taken = 0; end < text.size();) {
        const std::string_view character = firstCharacter(text.substr(end));
        taken += widthOf(character);
        if (taken > columns) break;
        end += character.size();
    }
    return text.substr(0, end);
}

/// The longest end of at most `columns` columns.
std::string_view endOf(std::string_view text, std::size_t columns) {
    for (std::size_t left = columnsOf(text); left > columns;) {
        const std::string_view character = firstCharacter(text);
        left -= widthOf(character);
        text.remove_prefix(character.size());
    }
    return text;
}

}  // namespace

std::size_t columnsOf(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const std::string_view character = firstCharacter(text);
        columns += widthOf(character);
        text.remove_prefix(character.size());
    }
    return columns;
}

std::string shortened(std::string_view text, std::size_t columns, Keep keep) {
    if (columnsOf(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    const std::size_t room = columns - 1;
    const std::size_t at_end = keep == Keep::kEnd ? room : keep == Keep::kBothEnds ? room / 2 : 0;
    std::string cut(beginningOf(text, room - at_end));
    cut += kCut;
    return cut += endOf(text, at_end);
}

std::vector<std::string> brokenIntoLines(std::string_view text, std::size_t columns) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (lines.empty() || columnsOf(lines.back()) + 1 + columnsOf(word) > columns) {
            lines.emplace_back(word);
        } else {
            (lines.back() += ' ') += word;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace waybill::cli
