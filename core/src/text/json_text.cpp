#include "waybill/json_text.h"

#include <algorithm>
#include <cassert>
#include <charconv>

#include "waybill/json_quote.h"

namespace waybill {
namespace {

bool isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::size_t skipSpace(std::string_view text, std::size_t at) {
    while (at < text.size() && isSpace(text[at]))
        ++at;
    return at;
}

/// Just behind the string whose opening quote is at `at`.
std::size_t skipString(std::string_view text, std::size_t at) {
    const std::size_t quote = text.find('"', ++at);
    const bool escapes = text.substr(at, quote - at).find('\\') != std::string_view::npos;
    if (!escapes) return std::min(quote, text.size() - 1) + 1;
    for (; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return text.size();
}

std::size_t skipScalar(std::string_view text, std::size_t at) {
    while (at < text.size() && !isSpace(text[at]) && text[at] != ',' && text[at] != '}' &&
           text[at] != ']')
        ++at;
    return at;
}

std::size_t skipContainer(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = skipString(text, at);
            continue;
        }
        ++at;
        if (c == '{' || c == '[')
            ++depth;
        else if ((c == '}' || c == ']') && --depth == 0)
            return at;
    }
    return at;
}

std::size_t skipValue(std::string_view text, std::size_t at) {
    if (at >= text.size()) return at;
    switch (text[at]) {
        case '"':
            return skipString(text, at);
        case '{':
        case '[':
            return skipContainer(text, at);
        default:
            return skipScalar(text, at);
    }
}

void appendUtf8(std::string& out, std::uint32_t code) {
    const auto byte = [&](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | (code >> 6));
        byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        byte(0xE0 | (code >> 12));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    } else {
        byte(0xF0 | (code >> 18));
        byte(0x80 | ((code >> 12) & 0x3F));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
}

/// The character of the `\u` escape whose digits begin at `at`, which moves behind it.
std::uint32_t unicodeEscape(std::string_view text, std::size_t& at) {
    std::uint32_t code = hexValue(text.substr(at, 4)).value_or(0xFFFD);
    at += 4;
    if (code < 0xD800 || code > 0xDFFF) return code;
    if (code <= 0xDBFF && at + 6 <= text.size() && text.substr(at, 2) == "\\u") {
        const std::uint32_t low = hexValue(text.substr(at + 2, 4)).value_or(0);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            at += 6;
            return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return 0xFFFD;
}

char simpleEscape(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;
    }
}

/// Whether the string `quoted` is exactly `value`, without a copy where it has no escapes.
bool says(std::string_view quoted, std::string_view value) {
    if (quoted.find('\\') == std::string_view::npos)
        return quoted.substr(1, quoted.size() - 2) == value;
    return jsonStringValue(quoted) == value;
}

bool isKey(std::string_view text, std::size_t behind_string) {
    const std::size_t at = skipSpace(text, behind_string);
    return at < text.size() && text[at] == ':';
}

}  // namespace

std::vector<JsonMember> jsonMembers(std::string_view text) {
    std::vector<JsonMember> members;
    std::size_t at = skipSpace(text, 0);
    if (at >= text.size() || text[at] != '{') return members;
    for (at = skipSpace(text, at + 1); at < text.size() && text[at] == '"';
         at = skipSpace(text, at)) {
        JsonMember member;
        member.begin = at;
        at = skipString(text, at);
        member.key = jsonStringValue(text.substr(member.begin, at - member.begin));
        member.value_begin = skipSpace(text, skipSpace(text, at) + 1);
        member.end = at = skipValue(text, member.value_begin);
        members.push_back(std::move(member));
        at = skipSpace(text, at);
        if (at < text.size() && text[at] == ',') ++at;
    }
    return members;
}

std::vector<std::string_view> jsonElements(std::string_view text) {
    std::vector<std::string_view> elements;
    std::size_t at = skipSpace(text, 0);
    if (at >= text.size() || text[at] != '[') return elements;
    for (at = skipSpace(text, at + 1); at < text.size() && text[at] != ']';
         at = skipSpace(text, at)) {
        const std::size_t begin = at;
        at = skipValue(text, at);
        elements.push_back(text.substr(begin, at - begin));
        at = skipSpace(text, at);
        if (at < text.size() && text[at] == ',') ++at;
    }
    return elements;
}

const JsonMember* findMember(const std::vector<JsonMember>& members, std::string_view key) {
    const auto found = std::find_if(members.rbegin(), members.rend(),
                                    [&](const JsonMember& member) { return member.key == key; });
    return found == members.rend() ? nullptr : &*found;
}

std::string_view valueText(std::string_view text, const JsonMember& member) {
    return text.substr(member.value_begin, member.end - member.value_begin);
}

bool isJsonString(std::string_view value) {
    return !value.empty() && value.front() == '"';
}

bool isJsonObject(std::string_view value) {
    return !value.empty() && value.front() == '{';
}

std::string jsonStringValue(std::string_view quoted) {
    assert(quoted.size() >= 2 && "a JSON string has two quotes");
    const std::string_view inner = quoted.substr(1, quoted.size() - 2);
    if (inner.find('\\') == std::string_view::npos) return std::string(inner);
    std::string value;
    value.reserve(inner.size());
    for (std::size_t at = 0; at < inner.size();) {
        if (inner[at] != '\\') {
            value.push_back(inner[at++]);
            continue;
        }
        const char c = at + 1 < inner.size() ? inner[at + 1] : '\\';
        at += 2;
        if (c == 'u')
            appendUtf8(value, unicodeEscape(inner, at));
        else
            value.push_back(simpleEscape(c));
    }
    return value;
}

std::optional<std::uint32_t> hexValue(std::string_view four_digits) {
    std::uint32_t value = 0;
    const char* const end = four_digits.data() + four_digits.size();
    if (four_digits.size() != 4 || std::from_chars(four_digits.data(), end, value, 16).ptr != end)
        return std::nullopt;
    return value;
}

std::string applyEdits(std::string_view text, std::vector<TextEdit> edits) {
    std::sort(edits.begin(), edits.end(),
              [](const TextEdit& a, const TextEdit& b) { return a.begin < b.begin; });
    std::string result;
    result.reserve(text.size() + 128);
    std::size_t copied = 0;
    for (const TextEdit& edit : edits) {
        assert(edit.begin >= copied && edit.end >= edit.begin && "edits do not overlap");
        result.append(text.substr(copied, edit.begin - copied)).append(edit.text);
        copied = edit.end;
    }
    return result.append(text.substr(copied));
}

std::vector<TextEdit> removalOf(const std::vector<JsonMember>& members,
                                const std::vector<std::string_view>& keys) {
    const auto goes = [&](const JsonMember& member) {
        return std::find(keys.begin(), keys.end(), member.key) != keys.end();
    };
    std::vector<TextEdit> edits;
    const JsonMember* last_kept = nullptr;
    for (const JsonMember& member : members)
        if (!goes(member)) last_kept = &member;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (!goes(members[i])) continue;
        if (last_kept == nullptr || &members[i] > last_kept) {
            // What remains of the object goes in one piece, with the comma before it.
            const std::size_t begin = last_kept == nullptr ? members[i].begin : last_kept->end;
            edits.push_back({begin, members.back().end, ""});
            break;
        }
        edits.push_back({members[i].begin, members[i + 1].begin, ""});
    }
    return edits;
}

TextEdit assignmentOf(std::string_view text, const std::vector<JsonMember>& members,
                      std::string_view key, std::string_view value) {
    if (const JsonMember* member = findMember(members, key))
        return {member->value_begin, member->end, std::string(value)};
    const std::size_t at = members.empty() ? skipSpace(text, 0) + 1 : members.back().end;
    std::string added = members.empty() ? "" : ",";
    added.append(jsonQuote(key)).append(":").append(value);
    return {at, at, std::move(added)};
}

std::vector<TextEdit> replacementOfStrings(std::string_view text, std::string_view from,
                                           std::string_view to) {
    std::vector<TextEdit> edits;
    for (std::size_t at = text.find('"'); at < text.size(); at = text.find('"', at)) {
        const std::size_t end = skipString(text, at);
        if (says(text.substr(at, end - at), from) && !isKey(text, end))
            edits.push_back({at, end, jsonQuote(to)});
        at = end;
    }
    return edits;
}

}  // namespace waybill
