// Where the tool writes, and how wide and how colourful that is.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

#include "cli/text_width.h"

namespace waybill::cli {

enum class Style { kPlain, kBold, kDim, kGood, kBad, kWarn, kActive };

/// One thread. The streams must outlive it.
class Console {
public:
    /// `width` 0: lines may be as long as they like (the output is no terminal).
    Console(std::ostream& out, std::ostream& err, std::size_t width, bool colour)
        : out_(out), err_(err), width_(width), colour_(colour) {}

    std::ostream& out() { return out_; }
    std::size_t width() const { return width_; }

    /// `waybill: message`, on the error stream.
    void complain(std::string_view message);

    /// `text` in a style where there is colour, else as it is.
    std::string styled(Style style, std::string_view text) const;

    /// Breaks `text` between words into lines of the console's width (of 100 columns where it has
    /// none), each after `indent` spaces.
    void paragraph(std::string_view text, std::size_t indent, Style style = Style::kPlain);

private:
    std::ostream& out_;
    std::ostream& err_;
    std::size_t width_;
    bool colour_;
};

/// Standard output and error: the terminal's width, and colour unless NO_COLOR is set
/// (no-color.org), TERM is `dumb`, or the output is no terminal.
Console systemConsole();

/// Whether the standard output is a pipe that nobody reads any more (`waybill tail | head`).
bool readerHasLeft();

/// `waybill::printable` (waybill/printable.h): what could steer a terminal or is not seen stands
/// there as its escape; line breaks and tabs too unless `keep_lines`. Much of what is shown was
/// written by strangers.
std::string printable(std::string_view text, bool keep_lines = false);

}  // namespace waybill::cli
