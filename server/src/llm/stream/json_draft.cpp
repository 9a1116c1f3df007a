#include "llm/stream/json_draft.h"

#include <algorithm>
#include <charconv>
#include <list>
#include <map>
#include <utility>

#include "waybill/json_quote.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

// Up to this many members are looked through one by one.
constexpr std::size_t kFew = 8;

constexpr std::string_view kBlank = " \t\r\n";

bool isBlank(std::string_view text) {
    return text.find_first_not_of(kBlank) == std::string_view::npos;
}

/// One spelling for each key, however it is escaped. A key with half a surrogate pair, which no
/// other spelling can say, keeps its own.
std::string keySpelling(std::string_view json, const JsonMember& member) {
    const std::string_view before_value =
        json.substr(member.begin, member.value_begin - member.begin);
    const std::string_view quoted = before_value.substr(0, before_value.rfind('"') + 1);
    const std::string_view spelling = innerText(quoted);
    if (spelling.find('\\') == std::string_view::npos ||
        member.key.find("\xEF\xBF\xBD") != std::string::npos)
        return std::string(spelling);
    return std::string(innerText(jsonQuote(member.key)));
}

}  // namespace

bool isJsonArray(std::string_view json) {
    return !json.empty() && json.front() == '[';
}

std::string_view innerText(std::string_view json) {
    return json.substr(1, json.size() - 2);
}

std::optional<std::uint64_t> wholeNumber(std::string_view json) {
    std::uint64_t number = 0;
    const char* const end = json.data() + json.size();
    const auto parsed = std::from_chars(json.data(), end, number);
    if (json.empty() || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return number;
}

bool saysNothing(std::string_view json) {
    if (json.empty() || json == "null" || json == "0" || json == "\"\"") return true;
    return (isJsonArray(json) || isJsonObject(json)) && isBlank(innerText(json));
}

std::vector<PieceMember> membersOf(std::string_view json_object) {
    std::vector<PieceMember> members;
    for (const JsonMember& member : jsonMembers(json_object))
        members.push_back({keySpelling(json_object, member), valueText(json_object, member)});
    // Later ones of the same key first; then all but the first of them go.
    std::vector<std::size_t> order(members.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const int compared = members[a].key.compare(members[b].key);
        return compared != 0 ? compared < 0 : a > b;
    });
    std::vector<bool> overruled(members.size());
    bool any = false;
    for (std::size_t i = 1; i < order.size(); ++i)
        if (members[order[i]].key == members[order[i - 1]].key) overruled[order[i]] = any = true;
    if (!any) return members;
    std::vector<PieceMember> distinct;
    for (std::size_t i = 0; i < members.size(); ++i)
        if (!overruled[i]) distinct.push_back(std::move(members[i]));
    return distinct;
}

std::string_view valueIn(const std::vector<PieceMember>& members, std::string_view key) {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const PieceMember& member) { return member.key == key; });
    return found == members.end() ? std::string_view() : found->value;
}

std::string_view spelledIn(const std::vector<PieceMember>& members, std::string_view key) {
    const std::string_view value = valueIn(members, key);
    return isJsonString(value) ? innerText(value) : std::string_view();
}

struct JsonDraft::Child {
    std::string key;          // of a member
    std::uint64_t order = 0;  // of an element
    JsonDraft value;
};

struct JsonDraft::Children {
    std::list<Child> list;  // stays where it is when it grows
    std::uint64_t last_order = 0;
    std::map<std::string_view, Child*> by_key;  // of an object with more than a few
    std::map<std::uint64_t, Child*> by_order;   // of an array: the first of each order
};

JsonDraft::JsonDraft() = default;
JsonDraft::JsonDraft(JsonDraft&& other) noexcept = default;
JsonDraft& JsonDraft::operator=(JsonDraft&& other) noexcept = default;
JsonDraft::~JsonDraft() = default;

bool JsonDraft::isArray() const {
    return kind_ == Kind::kArray || kind_ == Kind::kList ||
           (kind_ == Kind::kRaw && isJsonArray(text_));
}

bool JsonDraft::isObject() const {
    return kind_ == Kind::kObject || (kind_ == Kind::kRaw && isJsonObject(text_));
}

bool JsonDraft::saysNothing() const {
    switch (kind_) {
        case Kind::kNothing:
            return true;
        case Kind::kRaw:
            return raw_says_nothing_;
        case Kind::kText:
            return text_.empty();
        case Kind::kList:
            return text_.empty();
        case Kind::kObject:
        case Kind::kArray:
            return children_->list.empty();
    }
    return true;
}

bool JsonDraft::holdsContent() const {
    const bool scalar = kind_ == Kind::kRaw && !isJsonArray(text_) && !isJsonObject(text_);
    return !scalar && !saysNothing();
}

bool JsonDraft::isTextSpelled(std::string_view spelling) const {
    return isText() && text_ == spelling;
}

void JsonDraft::become(Kind kind) {
    if (kind_ == kind) return;
    *this = JsonDraft();
    kind_ = kind;
    if (kind == Kind::kObject || kind == Kind::kArray) children_ = std::make_unique<Children>();
}

void JsonDraft::set(std::string_view json, Beside beside) {
    JsonDraft draft;
    draft.may_repeat_ = beside != Beside::kNothing;
    draft.beside_piece_ = beside == Beside::kPiece;
    draft.kind_ = isJsonString(json) ? Kind::kText : Kind::kRaw;
    draft.text_ = isJsonString(json) ? innerText(json) : json;
    draft.raw_says_nothing_ = server::saysNothing(json);
    draft.first_piece_ = draft.text_.size();
    *this = std::move(draft);
}

void JsonDraft::append(std::string_view json_string) {
    if (!isText()) return set(json_string);
    may_repeat_ = false;
    text_.append(innerText(json_string));
}

void JsonDraft::appendUnknown(std::string_view json_string, Beside beside) {
    if (!isText() || text_.empty()) return set(json_string, beside);
    const std::string_view piece = innerText(json_string);
    const bool same = piece == std::string_view(text_).substr(0, first_piece_);
    may_repeat_ = may_repeat_ && same && beside != Beside::kNothing;
    beside_piece_ = beside_piece_ || beside == Beside::kPiece;
    text_.append(piece);
}

void JsonDraft::addElements(std::string_view json_array) {
    if (kind_ == Kind::kArray) {
        for (const std::string_view element : jsonElements(json_array))
            addElement().set(element);
        return;
    }
    if (kind_ != Kind::kList) {
        std::string before = isArray() ? std::string(innerText(text_)) : "";
        become(Kind::kList);
        text_ = isBlank(before) ? "" : std::move(before);
    }
    const std::string_view added = innerText(json_array);
    if (isBlank(added)) return;
    if (!text_.empty()) text_.push_back(',');
    text_.append(added);
}

void JsonDraft::extendTo(std::string_view json_array) {
    if (saysNothing()) return set(json_array);
    std::string_view before;
    if (kind_ == Kind::kList) before = text_;
    if (kind_ == Kind::kRaw && isArray()) before = innerText(text_);
    before = before.substr(0, before.find_last_not_of(kBlank) + 1);
    const std::string_view now = innerText(json_array);
    if (before.empty() || !now.starts_with(before)) return addElements(json_array);
    const std::string_view more = now.substr(before.size());
    const std::size_t next = more.find_first_not_of(kBlank);
    if (next == std::string_view::npos || more[next] == ',')
        set(json_array);
    else
        addElements(json_array);
}

JsonDraft::Child& JsonDraft::addChild(std::string_view key, std::uint64_t order) {
    Child& child = children_->list.emplace_back();
    child.key = key;
    child.order = order;
    children_->last_order = std::max(children_->last_order, order);
    return child;
}

void JsonDraft::openArray() {
    const std::string elements = kind_ == Kind::kList ? "[" + text_ + "]"
                                 : isArray()          ? std::move(text_)
                                                      : "";
    if (kind_ == Kind::kArray) return;
    become(Kind::kArray);
    for (const std::string_view element : jsonElements(elements))
        addChild({}, 0).value.set(element);
}

JsonDraft& JsonDraft::addElement(std::optional<std::uint64_t> order) {
    openArray();
    return addChild({}, order.value_or(children_->last_order)).value;
}

JsonDraft& JsonDraft::elementAt(std::uint64_t order) {
    openArray();
    Child*& child = children_->by_order[order];
    if (child == nullptr) child = &addChild({}, order);
    return child->value;
}

JsonDraft* JsonDraft::lastElement() {
    if (!isArray()) return nullptr;
    openArray();
    return children_->list.empty() ? nullptr : &children_->list.back().value;
}

void JsonDraft::openObject() {
    if (kind_ == Kind::kObject) return;
    const std::string object = isObject() ? std::move(text_) : std::string();
    const bool may_repeat = may_repeat_;
    const bool beside_piece = beside_piece_;
    become(Kind::kObject);
    for (const PieceMember& given : membersOf(object)) {
        JsonDraft& value = member(given.key);
        value.set(given.value);
        value.may_repeat_ = may_repeat;
        value.beside_piece_ = beside_piece;
    }
}

JsonDraft::Child* JsonDraft::childNamed(std::string_view key) {
    Children& all = *children_;
    if (all.list.size() <= kFew) {
        for (Child& child : all.list)
            if (child.key == key) return &child;
        return nullptr;
    }
    if (all.by_key.empty())
        for (Child& child : all.list)
            all.by_key.emplace(child.key, &child);
    const auto found = all.by_key.find(key);
    return found == all.by_key.end() ? nullptr : found->second;
}

JsonDraft& JsonDraft::member(std::string_view key) {
    openObject();
    if (Child* const known = childNamed(key)) return known->value;
    Child& added = addChild(key, 0);
    if (!children_->by_key.empty()) children_->by_key.emplace(added.key, &added);
    return added.value;
}

JsonDraft* JsonDraft::find(std::string_view key) {
    if (!isObject()) return nullptr;
    openObject();
    Child* const child = childNamed(key);
    return child == nullptr ? nullptr : &child->value;
}

void JsonDraft::absorb(JsonDraft object) {
    object.openObject();
    for (Child& child : object.children_->list)
        member(child.key) = std::move(child.value);
}

std::vector<const JsonDraft::Child*> JsonDraft::inOrder() const {
    std::vector<const Child*> children;
    children.reserve(children_->list.size());
    for (const Child& child : children_->list)
        children.push_back(&child);
    std::stable_sort(children.begin(), children.end(),
                     [](const Child* a, const Child* b) { return a->order < b->order; });
    return children;
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
            out.append("\"")
                .append(text_, 0, may_repeat_ && beside_piece_ ? first_piece_ : text_.size())
                .append("\"");
            return;
        case Kind::kList:
            out.append("[").append(text_).append("]");
            return;
        case Kind::kObject:
        case Kind::kArray: {
            const bool object = kind_ == Kind::kObject;
            out.push_back(object ? '{' : '[');
            const char* between = "";
            for (const Child* child : inOrder()) {
                out.append(std::exchange(between, ","));
                if (object) out.append("\"").append(child->key).append("\":");
                child->value.writeTo(out);
            }
            out.push_back(object ? '}' : ']');
            return;
        }
    }
}

/// About as many bytes as it is written with, and rather more.
std::size_t JsonDraft::sizeHint() const {
    std::size_t size = text_.size() + 8;
    if (children_)
        for (const Child& child : children_->list)
            size += child.key.size() + 8 + child.value.sizeHint();
    return size;
}

std::size_t JsonDraft::weight() const {
    constexpr std::size_t kIndexed = 96;  // in its list and its map
    std::size_t bytes = text_.capacity();
    if (children_)
        for (const Child& child : children_->list)
            bytes += sizeof(Child) + kIndexed + child.key.size() + child.value.weight();
    return bytes;
}

std::string JsonDraft::text() const {
    std::string out;
    out.reserve(sizeHint());  // a text that grew would for a moment be there three times
    writeTo(out);
    return out;
}

}  // namespace waybill::server
