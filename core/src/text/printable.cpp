#include "waybill/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "waybill/utf8.h"

namespace waybill {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// In order.
constexpr std::array kUnseen = {
    Range{0x0000, 0x001F},   Range{0x007F, 0x009F},   Range{0x00AD, 0x00AD},
    Range{0x034F, 0x034F},   Range{0x061C, 0x061C},   Range{0x115F, 0x1160},
    Range{0x17B4, 0x17B5},   Range{0x180B, 0x180F},   Range{0x200B, 0x200F},
    Range{0x2028, 0x202E},   Range{0x2060, 0x206F},   Range{0x3164, 0x3164},
    Range{0xFE00, 0xFE0F},   Range{0xFEFF, 0xFEFF},   Range{0xFFA0, 0xFFA0},
    Range{0xFFF0, 0xFFFB},   Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A},
    Range{0xE0000, 0xE0FFF},
};

bool isPlainAscii(char c) {
    return c >= 0x20 && c < 0x7F;
}

bool isPlainAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return isPlainAscii(c); });
}

/// The next character of `text`, or a byte of it that is no UTF-8; taken off its front.
struct NextCharacter {
    std::string_view bytes;
    bool well_formed;

    explicit NextCharacter(std::string_view& text) {
        const std::size_t length = utf8SequenceLength(text);
        well_formed = length != 0;
        bytes = text.substr(0, well_formed ? length : 1);
        text.remove_prefix(bytes.size());
    }
    bool unseen() const { return well_formed && isUnseen(codePointOf(bytes)); }
};

void appendFormatted(std::string& out, const char* format, std::uint32_t number) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), format, number);
    out += text.data();
}

void appendUnit(std::string& out, std::uint32_t unit) {
    appendFormatted(out, "\\u%04x", unit);
}

}  // namespace

char32_t codePointOf(std::string_view sequence) {
    constexpr std::array<unsigned, 5> kLeadBits = {0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t character = static_cast<unsigned char>(sequence[0]) & kLeadBits[sequence.size()];
    for (const char c : sequence.substr(1))
        character = (character << 6) | (static_cast<unsigned char>(c) & 0x3Fu);
    return character;
}

bool isUnseen(char32_t character) {
    const auto range = std::find_if(kUnseen.begin(), kUnseen.end(), [&](const Range& candidate) {
        return character <= candidate.last;
    });
    return range != kUnseen.end() && character >= range->first;
}

std::string printable(std::string_view text, bool keep_lines) {
    if (isPlainAscii(text)) return std::string(text);
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const NextCharacter next(text);
        const bool kept = keep_lines && (next.bytes == "\n" || next.bytes == "\t");
        if (!next.well_formed) {
            appendFormatted(shown, "\\x%02X", static_cast<unsigned char>(next.bytes[0]));
        } else if (next.unseen() && !kept) {
            appendFormatted(shown, "\\u{%02X}", codePointOf(next.bytes));
        } else {
            shown += next.bytes;
        }
    }
    return shown;
}

std::string printableJson(std::string_view json) {
    if (isPlainAscii(json)) return std::string(json);
    std::string shown;
    shown.reserve(json.size());
    bool in_string = false;
    bool escaped = false;
    while (!json.empty()) {
        const NextCharacter next(json);
        const char c = next.bytes[0];
        if (c == '"' && !escaped) in_string = !in_string;
        escaped = in_string && c == '\\' && !escaped;
        if (!next.well_formed) {
            shown += kReplacementCharacter;
        } else if (!next.unseen()) {
            shown += next.bytes;
        } else if (!in_string && (c == '\n' || c == '\r' || c == '\t')) {
            shown += ' ';
        } else {
            appendJsonEscape(shown, codePointOf(next.bytes));
        }
    }
    return shown;
}

void appendJsonEscape(std::string& out, char32_t character) {
    switch (character) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (character < 0x10000) return appendUnit(out, character);
    const std::uint32_t above = static_cast<std::uint32_t>(character) - 0x10000;
    appendUnit(out, 0xD800 + (above >> 10));
    appendUnit(out, 0xDC00 + (above & 0x3FF));
}

}  // namespace waybill
