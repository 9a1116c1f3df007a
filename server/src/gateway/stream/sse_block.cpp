#include "gateway/stream/sse_block.h"

#include <algorithm>
#include <utility>

namespace waybill::server {
namespace {

/// Takes the first line, with its end, off `text`.
std::string_view takeLine(std::string_view& text) {
    std::size_t length = std::min(text.find_first_of("\r\n"), text.size());
    if (text.substr(length, 2) == "\r\n")
        length += 2;
    else if (length < text.size())
        ++length;
    const std::string_view line = text.substr(0, length);
    text.remove_prefix(length);
    return line;
}

std::string_view contentOf(std::string_view line) {
    return line.substr(0, std::min(line.find_first_of("\r\n"), line.size()));
}

bool isData(std::string_view content) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
    return content == "data" || content.starts_with("data:");
}

}  // namespace

std::string withData(std::string_view block, std::string_view data) {
    std::string out;
    out.reserve(block.size() + data.size());
    bool written = false;
    while (!block.empty()) {
        const std::string_view line = takeLine(block);
        const std::string_view content = contentOf(line);
        if (!isData(content))
            out.append(line);
        else if (!std::exchange(written, true))
            out.append("data: ").append(data).append(line.substr(content.size()));
    }
    return out;
}

}  // namespace waybill::server
