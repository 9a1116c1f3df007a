#include "gateway/stream/stream_event.h"

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
constexpr std::size_t kMaxMessage = 2048;
constexpr std::size_t kMaxSentence = 512;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

/// The first of these members that is a string that says something.
std::string firstText(const std::vector<PieceMember>& members,
                      std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys)
        if (const std::string_view value = valueIn(members, key);
            isJsonString(value) && !saysNothing(value))
            return jsonStringValue(value);
    return {};
}

std::string codeIn(const std::vector<PieceMember>& members) {
    const auto usable = [](std::string_view value) {
        return !saysNothing(value) && !isJsonObject(value) && !isJsonArray(value);
    };
    if (const std::string_view code = valueIn(members, "code"); usable(code))
        return std::string(code);
    const std::string_view type = valueIn(members, "type");
    return isJsonString(type) && usable(type) && type != "\"error\"" ? std::string(type) : "";
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

std::optional<StreamError> errorIn(const SseEvent& event, const StreamEvent& read) {
    const std::string_view nested = read.value("error");
    const bool named =
        event.name == "error" || read.text("type") == "error" || read.text("object") == "error";
    if (!named && (saysNothing(nested) || nested == "false")) return std::nullopt;
    StreamError error;
    if (isJsonObject(nested)) {
        const std::vector<PieceMember> members = membersOf(nested);
        error.message = firstText(members, {"message", "detail", "error"});
        error.code = codeIn(members);
    }
    if (error.message.empty() && isJsonString(nested)) error.message = jsonStringValue(nested);
    if (error.message.empty()) error.message = firstText(read.members(), {"message", "detail"});
    if (error.message.empty() && !read.isObject()) error.message = trimmed(event.data);
    if (error.code.empty()) error.code = codeIn(read.members());
    error.message = utf8Prefix(error.message, kMaxMessage);
    return error;
}

std::string sentenceOf(const StreamError& error) {
    if (error.message.empty()) return "The backend ended the stream with an error.";
    std::string message = "The backend ended the stream with an error: " + error.message;
    for (char& c : message)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return utf8Prefix(message, kMaxSentence);
}

}  // namespace waybill::server
