#include "llm/backend_error.h"

#include <algorithm>
#include <vector>

#include "waybill/json_check.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"
#include "waybill/text_check.h"
#include "waybill/utf8.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxMessage = 4096;
constexpr std::size_t kMaxWord = 256;
constexpr std::size_t kMostPlain = 64 * 1024;  // of plain text, looked at
constexpr int kMaxDepth = 4;
constexpr std::size_t kMaxListed = 8;

constexpr JsonLimits kErrorLimits{.max_depth = 512, .unique_keys = false, .lone_surrogates = true};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

/// A string's text, a number as it is written; of anything else nothing.
std::string wordOf(std::string_view value) {
    if (isJsonString(value)) return jsonStringValue(value);
    const bool is_number =
        !value.empty() && (value.front() == '-' || (value.front() >= '0' && value.front() <= '9'));
    return is_number ? std::string(value) : std::string();
}

/// Fills what `error` does not say yet from what stands around it.
void complete(BackendError& error, BackendError around) {
    for (auto member :
         {&BackendError::message, &BackendError::type, &BackendError::code, &BackendError::param})
        if ((error.*member).empty()) error.*member = std::move(around.*member);
}

BackendError readValue(std::string_view value, int depth);

/// `body.model` of FastAPI's `["body","model"]`.
std::string placeOf(std::string_view loc) {
    std::string place;
    for (const std::string_view step : jsonElements(loc))
        if (const std::string word = wordOf(step); !word.empty())
            place.append(place.empty() ? "" : ".").append(word);
    return place;
}

BackendError readList(std::string_view list, int depth) {
    BackendError all;
    std::string messages;
    std::size_t read = 0;
    for (const std::string_view element : jsonElements(list)) {
        if (read++ == kMaxListed) break;
        BackendError one = readValue(element, depth + 1);
        if (!one.message.empty()) messages.append(messages.empty() ? "" : "; ").append(one.message);
        complete(all, std::move(one));
    }
    all.message = std::move(messages);
    return all;
}

BackendError readMembers(std::string_view object, int depth) {
    const std::vector<JsonMember> members = jsonMembers(object);
    const auto valueOf = [&](std::string_view key) {
        const JsonMember* member = findMember(members, key);
        return member == nullptr ? std::string_view() : valueText(object, *member);
    };
    BackendError error;
    // A string in `error` is a name for it where there is a message beside it.
    const bool named = isJsonString(valueOf("error"));
    if (!named) error = readValue(valueOf("error"), depth + 1);
    for (const char* key :
         {"message", "msg", "detail", "error_description", "error", "errors", "title"})
        if (error.message.empty()) complete(error, readValue(valueOf(key), depth + 1));
    if (const std::string place = placeOf(valueOf("loc")); !place.empty()) {
        error.message = place + ": " + error.message;
        error.param = place;
    }
    BackendError around;
    around.type = wordOf(valueOf("type"));
    if (around.type.empty() || around.type == "error") around.type = wordOf(valueOf("error_type"));
    for (const std::string_view code : {valueOf("code"), valueOf("status")})
        if (around.code.empty() && isJsonString(code)) around.code = wordOf(code);
    if (around.code.empty()) around.code = wordOf(valueOf("code"));
    if (around.code.empty() && named && wordOf(valueOf("error")) != error.message)
        around.code = wordOf(valueOf("error"));
    around.param = wordOf(valueOf("param"));
    complete(error, std::move(around));
    return error;
}

BackendError readValue(std::string_view value, int depth) {
    BackendError error;
    if (isJsonString(value))
        error.message = jsonStringValue(value);
    else if (depth < kMaxDepth)
        error = isJsonObject(value) ? readMembers(value, depth) : readList(value, depth);
    return error;
}

/// `text` in at most `max_bytes` as one line that can be recorded.
std::string oneLine(std::string_view text, std::size_t max_bytes) {
    std::string line;
    while (!text.empty() && line.size() <= max_bytes) {
        const std::string_view sequence =
            text.substr(0, std::max<std::size_t>(utf8SequenceLength(text), 1));
        text.remove_prefix(sequence.size());
        const bool is_utf8 = utf8SequenceLength(sequence) != 0;
        if (!is_utf8 || !textProblem(sequence, sequence.size()))
            line.append(sequence);
        else if (!line.empty() && line.back() != ' ')
            line.push_back(' ');
    }
    return utf8Prefix(line, max_bytes);
}

}  // namespace

BackendError readBackendError(int http_status, std::string_view body, const TextMask& mask) {
    BackendError error;
    body = trimmed(body);
    if (!checkJson(body, kErrorLimits))
        error = readValue(body, 0);
    else if (!body.starts_with('<') && (http_status < 200 || http_status > 299))
        error.message = std::string(body.substr(0, kMostPlain));
    for (std::string* text : {&error.message, &error.type, &error.code, &error.param}) {
        if (mask) mask(*text);
        *text = oneLine(trimmed(*text), text == &error.message ? kMaxMessage : kMaxWord);
    }
    error.http_status = http_status;
    return error;
}

std::string inWords(const BackendError& error) {
    if (error.http_status == 0) return oneLine(error.message, kMaxMessage);
    std::string words =
        "The backend answered with HTTP status " + std::to_string(error.http_status);
    if (error.message.empty()) return words + ".";
    words += ": " + error.message;
    return words.ends_with('.') ? words : words + ".";
}

std::string toJson(const BackendError& error) {
    const std::string& code = !error.code.empty() ? error.code : error.type;
    std::string json = R"({"code":)" + jsonQuote(code.empty() ? "server_error" : code) +
                       R"(,"message":)" +
                       jsonQuote(error.message.empty() ? inWords(error) : error.message);
    if (!error.type.empty()) json += R"(,"type":)" + jsonQuote(error.type);
    if (!error.param.empty()) json += R"(,"param":)" + jsonQuote(error.param);
    if (error.http_status != 0) json += R"(,"http_status":)" + std::to_string(error.http_status);
    return json += "}";
}

}  // namespace waybill::server
