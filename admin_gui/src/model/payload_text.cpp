#include "model/payload_text.h"

#include <string>

namespace waybill::gui {
namespace {

/// Where each line begins; long ones are broken, so that one line never costs more than it shows.
std::vector<std::size_t> linesOf(const std::string& text) {
    constexpr std::size_t kLongest = 240;
    std::vector<std::size_t> lines{0};
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool boundary = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
        if (text[at] == '\n') {
            if (at + 1 < text.size()) lines.push_back(at + 1);
        } else if (at - lines.back() >= kLongest && boundary) {
            lines.push_back(at);
        }
    }
    return lines;
}

}  // namespace

PayloadText payloadText(Bytes bytes) {
    PayloadText text;
    text.bytes = bytes ? std::move(bytes) : makeBytes({});
    text.tree = parseJsonTree(*text.bytes);
    text.lines = linesOf(*text.bytes);
    return text;
}

}  // namespace waybill::gui
