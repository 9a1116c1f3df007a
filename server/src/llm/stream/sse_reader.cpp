#include "llm/stream/sse_reader.h"

#include <algorithm>
#include <utility>

#include "waybill/utf8.h"

namespace waybill::server {
namespace {

// No field that we know has a longer name.
constexpr std::size_t kMaxName = 16;

bool endsLine(char c) {
    return c == '\n' || c == '\r';
}

}  // namespace

std::optional<SseEvent> SseReader::next(std::string_view& bytes) {
    while (!bytes.empty()) {
        if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
            bytes.remove_prefix(1);
            continue;
        }
        if (endsLine(bytes.front())) {
            after_cr_ = bytes.front() == '\r';
            bytes.remove_prefix(1);
            if (endLine()) return std::exchange(event_, {});
            continue;
        }
        if (place_ == Place::kName)
            takeName(bytes);
        else
            takeValue(bytes);
    }
    return std::nullopt;
}

std::optional<SseEvent> SseReader::unfinished() {
    if (!has_data_) return std::nullopt;
    return std::exchange(event_, {});
}

bool SseReader::betweenEvents() const {
    return place_ == Place::kName && name_.empty() && !has_data_ && event_.name.empty();
}

void SseReader::takeName(std::string_view& bytes) {
    const auto end =
        std::find_if(bytes.begin(), bytes.end(), [](char c) { return c == ':' || endsLine(c); });
    const auto length = static_cast<std::size_t>(end - bytes.begin());
    name_.append(bytes.substr(0, std::min(length, kMaxName)));
    bytes.remove_prefix(length);
    if (bytes.empty() || bytes.front() != ':') return;
    bytes.remove_prefix(1);
    beginValue();
    place_ = Place::kAfterColon;
}

/// A line without a colon is a field without a value.
void SseReader::beginValue() {
    std::string_view name = name_;
    if (first_line_ && name.starts_with(kByteOrderMark)) name.remove_prefix(kByteOrderMark.size());
    field_ = name == "data" ? Field::kData : name == "event" ? Field::kEvent : Field::kIgnored;
    if (field_ == Field::kEvent) event_.name.clear();
    if (field_ == Field::kData && std::exchange(has_data_, true)) event_.data.push_back('\n');
}

void SseReader::takeValue(std::string_view& bytes) {
    if (std::exchange(place_, Place::kValue) == Place::kAfterColon && bytes.front() == ' ')
        return bytes.remove_prefix(1);
    const auto end = std::find_if(bytes.begin(), bytes.end(), endsLine);
    const std::string_view value = bytes.substr(0, static_cast<std::size_t>(end - bytes.begin()));
    if (field_ == Field::kData) event_.data.append(value);
    if (field_ == Field::kEvent) event_.name.append(value);
    bytes.remove_prefix(value.size());
}

/// True when that was the end of an event.
bool SseReader::endLine() {
    const bool blank = place_ == Place::kName && name_.empty();
    if (place_ == Place::kName && !blank) beginValue();
    place_ = Place::kName;
    name_.clear();
    first_line_ = false;
    if (!blank) return false;
    if (std::exchange(has_data_, false)) return true;
    event_ = {};
    return false;
}

}  // namespace waybill::server
