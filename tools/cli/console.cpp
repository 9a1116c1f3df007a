#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace waybill::cli {
namespace {

constexpr std::size_t kDefaultWidth = 100;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string_view escapeOf(Style style) {
    switch (style) {
        case Style::kPlain:
            return "";
        case Style::kBold:
            return "\x1b[1m";
        case Style::kDim:
            return "\x1b[2m";
        case Style::kGood:
            return "\x1b[32m";
        case Style::kBad:
            return "\x1b[31m";
        case Style::kWarn:
            return "\x1b[33m";
        case Style::kActive:
            return "\x1b[34m";
    }
    return "";
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::size_t terminalWidth() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
    return kDefaultWidth;
}

bool isContinuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The length of the well-formed UTF-8 sequence (RFC 3629) at the front of `text`, or 0.
std::size_t sequenceLength(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (!isContinuation(text[i])) return 0;
    }
    const auto second = static_cast<unsigned char>(text[1]);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool outside = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    return overlong || outside ? 0 : length;
}

/// C0, DEL, C1, and the characters that turn the direction of text around.
bool steersTerminal(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
    const auto second = static_cast<unsigned char>(sequence[1]);
    if (first == 0xC2) return second < 0xA0;
    if (sequence.size() != 3 || first != 0xE2) return false;
    const auto third = static_cast<unsigned char>(sequence[2]);
    const bool direction = second == 0x80 && third >= 0xAA && third <= 0xAE;
    const bool isolate = second == 0x81 && third >= 0xA6 && third <= 0xA9;
    return direction || isolate;
}

}  // namespace

void Console::complain(std::string_view message) {
    out_.flush();
    err_ << styled(Style::kBad, "waybill:") << ' ' << printable(message, true) << std::endl;
}

std::string Console::styled(Style style, std::string_view text) const {
    if (!colour_ || style == Style::kPlain) return std::string(text);
    std::string styled(escapeOf(style));
    styled += text;
    return styled += "\x1b[0m";
}

void Console::paragraph(std::string_view text, std::size_t indent, Style style) {
    const std::size_t width = std::max((width_ == 0 ? kDefaultWidth : width_), indent + 20);
    std::string line;
    const auto flush = [&] {
        if (!line.empty()) out_ << std::string(indent, ' ') << styled(style, line) << '\n';
        line.clear();
    };
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (!line.empty() && indent + columnsOf(line) + 1 + columnsOf(word) > width) flush();
        if (!line.empty()) line += ' ';
        line += word;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    flush();
}

Console systemConsole() {
    const bool terminal = isatty(STDOUT_FILENO) == 1;
    const bool colour =
        terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    return Console(std::cout, std::cerr, terminal ? terminalWidth() : 0, colour);
}

std::string printable(std::string_view text, bool keep_lines) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        const std::string_view sequence = text.substr(0, std::max<std::size_t>(1, length));
        const bool kept = keep_lines && (sequence == "\n" || sequence == "\t");
        clean += length == 0 || (steersTerminal(sequence) && !kept) ? kReplacement : sequence;
        text.remove_prefix(sequence.size());
    }
    return clean;
}

std::size_t columnsOf(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !isContinuation(c); }));
}

std::string shortened(std::string_view text, std::size_t columns) {
    if (columnsOf(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    std::size_t end = 0;
    for (std::size_t taken = 0; end < text.size(); ++end) {
        if (!isContinuation(text[end]) && taken++ == columns - 1) break;
    }
    return std::string(text.substr(0, end)) + "…";
}

}  // namespace waybill::cli
