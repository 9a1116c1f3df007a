#include "http/chunked_body.h"

#include <algorithm>
#include <charconv>

#include "net/characters.h"

namespace waybill::http {
namespace {

constexpr std::size_t kMaxLineBytes = 4096;
constexpr std::size_t kMaxTrailerBytes = 16 * 1024;

}  // namespace

ChunkedBody::Step ChunkedBody::take(std::string_view bytes) {
    if (part_ != Part::kData) return takeLine(bytes);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
    remaining_ -= count;
    if (remaining_ == 0) part_ = Part::kDataEnd;
    return {count, bytes.substr(0, count)};
}

ChunkedBody::Step ChunkedBody::takeLine(std::string_view bytes) {
    const auto newline = bytes.find('\n');
    const auto count = newline == bytes.npos ? bytes.size() : newline + 1;
    line_.append(bytes.substr(0, std::min(count, kMaxLineBytes + 1)));
    if (line_.size() > kMaxLineBytes) {
        state_ = State::kMalformed;
    } else if (newline != bytes.npos) {
        if (line_.ends_with("\r\n")) {
            finishLine(std::string_view(line_).substr(0, line_.size() - 2));
        } else {
            state_ = State::kMalformed;
        }
        line_.clear();
    }
    return {count, {}};
}

void ChunkedBody::finishLine(std::string_view line) {
    if (std::any_of(line.begin(), line.end(), isControl)) {
        state_ = State::kMalformed;
        return;
    }
    switch (part_) {
        case Part::kSizeLine:
            finishSizeLine(line);
            break;
        case Part::kDataEnd:
            part_ = Part::kSizeLine;
            if (!line.empty()) state_ = State::kMalformed;
            break;
        case Part::kTrailer:
            trailer_bytes_ += line.size();
            if (line.empty()) {
                state_ = State::kComplete;
            } else if (trailer_bytes_ > kMaxTrailerBytes) {
                state_ = State::kMalformed;
            }
            break;
        case Part::kData:
            break;
    }
}

// 1a3f ; extension = "value"
void ChunkedBody::finishSizeLine(std::string_view line) {
    const std::string_view digits = trimmed(line.substr(0, line.find(';')));
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), remaining_, 16);
    const bool indented = digits.begin() != line.begin();
    if (indented || error != std::errc() || end != digits.end()) {
        state_ = State::kMalformed;
        return;
    }
    part_ = remaining_ == 0 ? Part::kTrailer : Part::kData;
}

}  // namespace waybill::http
