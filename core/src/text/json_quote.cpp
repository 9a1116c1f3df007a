#include "waybill/json_quote.h"

#include "waybill/printable.h"
#include "waybill/utf8.h"

namespace waybill {

void appendJsonString(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && text[plain] >= 0x20 && text[plain] < 0x7F &&
               text[plain] != '"' && text[plain] != '\\') {
            ++plain;
        }
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;

        const char c = text.front();
        std::size_t length = 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (const std::size_t sequence = utf8SequenceLength(text); sequence > 0) {
            const char32_t character = codePointOf(text.substr(0, sequence));
            if (isUnseen(character))
                appendJsonEscape(out, character);
            else
                out += text.substr(0, sequence);
            length = sequence;
        } else {
            out += kReplacementCharacter;
        }
        text.remove_prefix(length);
    }
    out += '"';
}

std::string jsonQuote(std::string_view text) {
    std::string quoted;
    quoted.reserve(text.size() + 2);
    appendJsonString(quoted, text);
    return quoted;
}

}  // namespace waybill
