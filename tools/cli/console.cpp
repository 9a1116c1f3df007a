#include "cli/console.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "waybill/printable.h"

namespace waybill::cli {
namespace {

constexpr std::size_t kDefaultWidth = 100;

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

}  // namespace

void Console::complain(std::string_view message) {
    out_.flush();
    err_ << styled(Style::kBad, "waybill:") << ' ' << printable(message, true) << std::endl;
}

std::string Console::styled(Style style, std::string_view text) const {
    if (!colour_ || style == Style::kPlain || text.empty()) return std::string(text);
    std::string styled(escapeOf(style));
    styled += text;
    return styled += "\x1b[0m";
}

void Console::paragraph(std::string_view text, std::size_t indent, Style style) {
    const std::size_t width = std::max((width_ == 0 ? kDefaultWidth : width_), indent + 20);
    for (const std::string& line : brokenIntoLines(text, width - indent))
        out_ << std::string(indent, ' ') << styled(style, line) << '\n';
}

Console systemConsole() {
    const bool terminal = isatty(STDOUT_FILENO) == 1;
    const bool colour =
        terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    return Console(std::cout, std::cerr, terminal ? terminalWidth() : 0, colour);
}

bool readerHasLeft() {
    pollfd output{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

std::string printable(std::string_view text, bool keep_lines) {
    return waybill::printable(text, keep_lines);
}

}  // namespace waybill::cli
