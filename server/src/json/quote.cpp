#include "json/quote.h"

#include <cstdint>

#include "json/utf8.h"

namespace waybill::server {
namespace {

constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

void appendControl(std::string& out, std::uint8_t c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    switch (c) {
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
            out += "\\u00";
            out += kDigits[c >> 4];
            out += kDigits[c & 0xF];
    }
}

}  // namespace

std::string jsonQuote(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const auto c = static_cast<std::uint8_t>(text[at]);
        std::size_t length = 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += text[at];
        } else if (c < 0x20) {
            appendControl(out, c);
        } else if (c < 0x80) {
            out += text[at];
        } else if (length = utf8Length(text.substr(at)); length != 0) {
            out += text.substr(at, length);
        } else {
            out += kReplacementCharacter;
            length = 1;
        }
        at += length;
    }
    return out += '"';
}

}  // namespace waybill::server
