#include "llm/stream/sse_block.h"

#include <algorithm>
#include <utility>

#include "waybill/utf8.h"

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
    return content == "data" || content.starts_with("data:");
}

}  // namespace

std::string asEventData(std::string json) {
    for (std::size_t at = json.find('\r'); at != std::string::npos; at = json.find('\r', at + 1))
        json[at] = json.substr(at + 1, 1) == "\n" ? ' ' : '\n';
    return json;
}

std::string withData(std::string_view block, std::string_view data, bool begins_stream) {
    std::string out;
    out.reserve(block.size() + data.size());
    if (begins_stream && block.starts_with(kByteOrderMark)) {
        out.append(kByteOrderMark);
        block.remove_prefix(kByteOrderMark.size());
    }
    bool written = false;
    while (!block.empty()) {
        const std::string_view line = takeLine(block);
        const std::string_view content = contentOf(line);
        if (!isData(content)) {
            out.append(line);
        } else if (!std::exchange(written, true)) {
            const std::string_view end = line.substr(content.size());
            const std::string between = std::string(end.empty() ? "\n" : end) + "data: ";
            out.append("data: ");
            for (std::size_t at; (at = data.find('\n')) < data.size(); data.remove_prefix(at + 1))
                out.append(data.substr(0, at)).append(between);
            out.append(data).append(end);
        }
    }
    return out;
}

}  // namespace waybill::server
