#include "gateway/stream/json_draft.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "waybill/json_text.h"
#include "waybill/json_quote.h"

namespace waybill::server {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"role", "type", "id", "name"};

bool isName(std::string_view key) {
    return std::find(kNames.begin(), kNames.end(), key) != kNames.end();
}

bool isArray(std::string_view json) {
    return !json.empty() && json.front() == '[';
}

/// What stands between the quotes.
std::string_view inner(std::string_view json_string) {
    return json_string.substr(1, json_string.size() - 2);
}

}  // namespace

std::optional<std::uint64_t> indexIn(std::string_view json_object) {
    const std::vector<JsonMember> members = jsonMembers(json_object);
    const JsonMember* const member = findMember(members, "index");
    if (member == nullptr) return std::nullopt;
    const std::string_view value = valueText(json_object, *member);
    std::uint64_t index = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), index);
    if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size()) return std::nullopt;
    return index;
}

JsonDraft JsonDraft::of(std::string_view json) {
    JsonDraft draft;
    if (isJsonObject(json)) {
        draft.kind_ = Kind::kObject;
        for (const JsonMember& given : jsonMembers(json))
            draft.member(given.key).set(valueText(json, given));
    } else if (isArray(json)) {
        draft.kind_ = Kind::kArray;
        for (const std::string_view element : jsonElements(json))
            draft.addElement(element);
    } else if (isJsonString(json)) {
        draft.kind_ = Kind::kText;
        draft.text_ = inner(json);
    } else {
        draft.kind_ = Kind::kRaw;
        draft.text_ = json;
    }
    return draft;
}

void JsonDraft::become(Kind kind) {
    if (kind_ == kind) return;
    *this = JsonDraft();
    kind_ = kind;
}

void JsonDraft::setVerbatim(std::string json) {
    *this = JsonDraft();
    kind_ = Kind::kRaw;
    text_ = std::move(json);
}

void JsonDraft::append(std::string_view json_string) {
    become(Kind::kText);
    text_.append(inner(json_string));
}

void JsonDraft::addDraft(JsonDraft element) {
    become(Kind::kArray);
    const std::uint64_t index = elements_.empty() ? 0 : elements_.back().first + 1;
    elements_.emplace_back(index, std::move(element));
}

JsonDraft& JsonDraft::member(std::string_view key) {
    become(Kind::kObject);
    for (auto& [name, value] : members_)
        if (name == key) return value;
    return members_.emplace_back(key, JsonDraft()).second;
}

const JsonDraft* JsonDraft::find(std::string_view key) const {
    for (const auto& [name, value] : members_)
        if (name == key) return &value;
    return nullptr;
}

void JsonDraft::removeMember(std::string_view key) {
    std::erase_if(members_, [&](const auto& member) { return member.first == key; });
}

void JsonDraft::absorb(JsonDraft object) {
    become(Kind::kObject);
    for (auto& [name, value] : object.members_)
        member(name) = std::move(value);
}

/// The element with this index, in order.
JsonDraft& JsonDraft::indexed(std::uint64_t index) {
    // It is nearly always the last one.
    auto at = elements_.end();
    while (at != elements_.begin() && std::prev(at)->first > index)
        --at;
    if (at != elements_.begin() && std::prev(at)->first == index) return std::prev(at)->second;
    return elements_.emplace(at, index, JsonDraft())->second;
}

void JsonDraft::merge(std::string_view json, std::string_view key) {
    if (json == "null") {
        if (!isSet()) set(json);
    } else if (isJsonObject(json)) {
        become(Kind::kObject);
        for (const JsonMember& given : jsonMembers(json))
            member(given.key).merge(valueText(json, given), given.key);
    } else if (isArray(json)) {
        become(Kind::kArray);
        for (const std::string_view element : jsonElements(json)) {
            if (const auto index = indexIn(element)) {
                JsonDraft& same = indexed(*index);
                same.merge(element);
                same.removeMember("index");
            } else {
                addElement(element);
            }
        }
    } else if (isJsonString(json) && !isName(key)) {
        append(json);
    } else if (!isSet() || json != "\"\"") {
        set(json);  // a name is given once, and often repeated as an empty one
    }
}

void JsonDraft::writeTo(std::string& out) const {
    switch (kind_) {
        case Kind::kNothing:
            out.append("null");
            return;
        case Kind::kRaw:
            out.append(text_);
            return;
        case Kind::kText:
            out.append("\"").append(text_).append("\"");
            return;
        case Kind::kObject: {
            char before = '{';
            for (const auto& [name, value] : members_) {
                out.push_back(std::exchange(before, ','));
                out.append(jsonQuote(name)).push_back(':');
                value.writeTo(out);
            }
            out.append(members_.empty() ? "{}" : "}");
            return;
        }
        case Kind::kArray: {
            char before = '[';
            for (const auto& [index, value] : elements_) {
                out.push_back(std::exchange(before, ','));
                value.writeTo(out);
            }
            out.append(elements_.empty() ? "[]" : "]");
            return;
        }
    }
}

/// About as many bytes as it is written with, and rather more.
std::size_t JsonDraft::sizeHint() const {
    std::size_t size = text_.size() + 8;
    for (const auto& [name, value] : members_)
        size += name.size() + 8 + value.sizeHint();
    for (const auto& [index, value] : elements_)
        size += value.sizeHint() + 1;
    return size;
}

std::string JsonDraft::text() const {
    std::string out;
    out.reserve(sizeHint());  // a text that grew would for a moment be there three times
    writeTo(out);
    return out;
}

}  // namespace waybill::server
