#include "waybill/json_quote.h"

#include "waybill/utf8.h"

namespace waybill {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void appendControl(std::string& out, unsigned char c) {
    static constexpr char kDigits[] = "0123456789abcdef";
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
            out += kDigits[c & 15];
    }
}

}  // namespace

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

        const auto c = static_cast<unsigned char>(text.front());
        std::size_t length = 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += text.front();
        } else if (c < 0x20 || c == 0x7F) {
            appendControl(out, c);
        } else if (const std::size_t sequence = utf8SequenceLength(text); sequence > 0) {
            out += text.substr(0, sequence);
            length = sequence;
        } else {
            out += kReplacement;
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
