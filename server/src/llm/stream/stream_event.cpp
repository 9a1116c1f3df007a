#include "llm/stream/stream_event.h"

#include <algorithm>

#include "waybill/json_check.h"
#include "waybill/json_text.h"
#include "waybill/utf8.h"

namespace waybill::server {
namespace {

// As for objects that are answered whole: backends may nest deeply and repeat keys, and half a
// surrogate pair is JSON (RFC 8259 section 8.2).
constexpr JsonLimits kEventLimits{.max_depth = 512, .unique_keys = false, .lone_surrogates = true};

constexpr std::string_view kDone = "[DONE]";
constexpr std::size_t kMaxSentence = 512;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

}  // namespace

StreamEvent::StreamEvent(std::string_view data) : data_(data) {
    const std::string_view said = trimmed(data);
    if (said.empty() || said == "null" || isDoneMark(data)) return;
    const std::optional<JsonProblem> problem = checkJson(data, kEventLimits);
    if (!problem && said.front() == '{') {
        kind_ = Kind::kObject;
        members_ = membersOf(said);
        return;
    }
    kind_ = Kind::kUnreadable;
    problem_ = "An event of the backend's stream cannot be read: " +
               (problem ? problem->message : std::string("it is no JSON object")) + ".";
}

std::string_view StreamEvent::value(std::string_view key) const {
    const std::string_view value = valueIn(members_, key);
    return value == "null" ? "" : value;
}

std::string StreamEvent::text(std::string_view key) const {
    const std::string_view given = value(key);
    return isJsonString(given) ? jsonStringValue(given) : "";
}

bool isDoneMark(std::string_view data) {
    return trimmed(data).starts_with(kDone);
}

bool isDoneMarkBegun(std::string_view data) {
    return kDone.starts_with(trimmed(data));
}

std::optional<BackendError> errorIn(const SseEvent& event, const StreamEvent& read,
                                    const TextMask& mask) {
    const std::string_view nested = read.value("error");
    const bool named =
        event.name == "error" || read.text("type") == "error" || read.text("object") == "error";
    if (!named && (saysNothing(nested) || nested == "false")) return std::nullopt;
    return readBackendError(0, event.data, mask);
}

std::string sentenceOf(const BackendError& error) {
    if (error.message.empty()) return "The backend ended the stream with an error.";
    return utf8Prefix("The backend ended the stream with an error: " + error.message, kMaxSentence);
}

}  // namespace waybill::server
