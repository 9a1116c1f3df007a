#include "llm/stream/delta_merge.h"

#include <algorithm>

#include "waybill/json_text.h"

namespace waybill::server {
namespace {

// Deeper than any piece that is known: each level is read once more for the one above it.
constexpr int kMaxDepth = 32;

constexpr const char* kMismatch =
    "The pieces of the backend's stream do not fit together, so that no object can be made of "
    "them.";

/// What the members of a piece say that the table names.
Beside known(const std::vector<PieceMember>& members, Place place) {
    Beside beside = Beside::kNothing;
    for (const PieceMember& member : members) {
        const Merge merge = mergeRule(place, member.key).merge;
        if (merge == Merge::kFirst || merge == Merge::kFact || merge == Merge::kDrop ||
            merge == Merge::kByValue)
            continue;
        if (merge == Merge::kLast && member.key != "role") continue;
        if (merge != Merge::kLast && !saysNothing(member.value)) return Beside::kPiece;
        beside = Beside::kEmptyPiece;
    }
    return beside;
}

bool isSpelled(JsonDraft& object, std::string_view key, std::string_view spelling) {
    const JsonDraft* const member = object.find(key);
    return member != nullptr && member->isTextSpelled(spelling);
}

/// Whether a typed part is one that grows: another of its type goes on with it.
bool isGrowingPart(const std::vector<PieceMember>& part) {
    return std::any_of(part.begin(), part.end(), [](const PieceMember& member) {
        const Merge merge = mergeRule(Place::kContentPart, member.key).merge;
        return merge == Merge::kAppend || merge == Merge::kParts;
    });
}

}  // namespace

void DeltaMerge::merge(JsonDraft& into, std::string_view piece, Place place) {
    if (depth_ == kMaxDepth) {
        problem_ = "A piece of the backend's stream is nested too deeply to be merged.";
        return;
    }
    ++depth_;
    const Beside outer = beside_;
    const std::vector<PieceMember> members = membersOf(piece);
    if (place != Place::kElsewhere) beside_ = known(members, place);
    for (const PieceMember& member : members) {
        const MergeRule rule = mergeRule(place, member.key);
        if (rule.merge != Merge::kDrop) mergeValue(into.member(member.key), member.value, rule);
    }
    if (!into.isSet()) into.set("{}");
    beside_ = outer;
    --depth_;
}

void DeltaMerge::mergeValue(JsonDraft& into, std::string_view value, const MergeRule& rule) {
    if (value == "null") {
        if (!into.isSet()) into.set(value);
        return;
    }
    if (into.holdsContent() && value != "0" && saysNothing(value)) return;
    switch (rule.merge) {
        case Merge::kFact:
            if (isJsonArray(value) && into.isArray()) return into.extendTo(value);
            [[fallthrough]];
        case Merge::kLast:
            if (into.saysNothing() || !saysNothing(value) || value == "0") into.set(value);
            return;
        case Merge::kFirst:
            if (into.saysNothing()) into.set(value);
            return;
        case Merge::kAppend:
        case Merge::kOnce:
            return mergeText(into, value, rule.merge);
        case Merge::kElements:
            return isJsonArray(value) && (into.isArray() || !into.holdsContent())
                       ? into.addElements(value)
                       : setWhole(into, value);
        case Merge::kMembers:
            return isJsonObject(value) ? mergeInside(into, value, rule.inside)
                                       : mergeUnknown(into, value);
        case Merge::kParts:
            return mergeParts(into, value);
        case Merge::kCalls:
            if (!isJsonArray(value) || (!into.isArray() && into.holdsContent()))
                return setWhole(into, value);
            if (!into.isArray()) into.set("[]");
            if (!calls_.take(value, *this)) problem_ = kMismatch;
            return;
        case Merge::kDetails:
            return isJsonArray(value) ? mergeDetails(into, value) : setWhole(into, value);
        case Merge::kByValue:
            return mergeUnknown(into, value);
        case Merge::kDrop:
            return;
    }
}

/// For a value that cannot be added to what is there.
void DeltaMerge::setWhole(JsonDraft& into, std::string_view value) {
    if (into.holdsContent())
        problem_ = kMismatch;
    else
        into.set(value);
}

void DeltaMerge::mergeText(JsonDraft& into, std::string_view value, Merge merge) {
    if (!isJsonString(value)) return setWhole(into, value);
    if (!into.isText()) return setWhole(into, value);
    if (merge == Merge::kOnce && into.isTextSpelled(innerText(value))) return;
    into.append(value);
}

void DeltaMerge::mergeParts(JsonDraft& into, std::string_view value) {
    if (isJsonString(value) && !into.isArray()) return mergeText(into, value, Merge::kAppend);
    if (isJsonString(value)) {
        if (!saysNothing(value))
            mergePart(into, R"({"type":"text","text":)" + std::string(value) + "}");
        return;
    }
    if (!isJsonArray(value)) return setWhole(into, value);
    if (into.isText() && into.holdsContent()) {
        const std::string part = R"({"type":"text","text":)" + into.text() + "}";
        into.set("[]");
        mergePart(into, part);
    }
    if (!into.isArray() && into.holdsContent()) return setWhole(into, value);
    if (!into.isArray()) into.set("[]");
    for (const std::string_view part : jsonElements(value))
        mergePart(into, part);
}

void DeltaMerge::mergePart(JsonDraft& into, std::string_view part) {
    if (!isJsonObject(part)) {
        problem_ = kMismatch;
        return;
    }
    const std::vector<PieceMember> members = membersOf(part);
    JsonDraft* const last = into.lastElement();
    const std::string_view type = spelledIn(members, "type");
    const std::string_view index = valueIn(members, "index");
    const auto goesOn = [&] {
        if (last == nullptr || !last->isObject() || !isGrowingPart(members)) return false;
        if (type.empty() ? last->find("type") != nullptr : !isSpelled(*last, "type", type))
            return false;
        const JsonDraft* const place = last->find("index");
        return index.empty() || place == nullptr || place->text() == index;
    };
    if (goesOn())
        mergeInside(*last, part, Place::kContentPart);
    else
        into.addElement().set(part);
}

void DeltaMerge::mergeDetails(JsonDraft& into, std::string_view details) {
    if (!into.isArray() && into.holdsContent()) return setWhole(into, details);
    if (!into.isArray()) into.set("[]");
    for (const std::string_view detail : jsonElements(details)) {
        if (!isJsonObject(detail)) {
            problem_ = kMismatch;
            return;
        }
        JsonDraft& same = detailFor(into, membersOf(detail));
        if (same.isSet())
            mergeInside(same, detail, Place::kReasoningDetail);
        else
            same.set(detail);
    }
}

/// The element that a detail belongs to: that of its index, type and id; without an index, the one
/// before it when that has the same type and no other id.
JsonDraft& DeltaMerge::detailFor(JsonDraft& into, const std::vector<PieceMember>& detail) {
    const std::string_view index = valueIn(detail, "index");
    const std::string slot =
        std::string(index == "null" ? "" : index) + " " + std::string(spelledIn(detail, "type"));
    const std::string_view id = spelledIn(detail, "id");
    const std::string slot_of_id = slot + " " + std::string(id);
    JsonDraft*& latest = details_[slot];
    if (!id.empty())
        if (const auto known = details_.find(slot_of_id); known != details_.end())
            return *(latest = known->second);
    JsonDraft* const own_id = latest == nullptr ? nullptr : latest->find("id");
    const bool other_id = !id.empty() && own_id != nullptr && own_id->holdsContent();
    const bool has_index = !index.empty() && index != "null";
    const bool whole = !has_index && !valueIn(detail, "data").empty();
    if (latest == nullptr || other_id || whole || (!has_index && latest != into.lastElement()))
        latest = &into.addElement(wholeNumber(index));
    if (!id.empty()) details_[slot_of_id] = latest;
    return *latest;
}

void DeltaMerge::mergeInside(JsonDraft& into, std::string_view object, Place place) {
    if (!isJsonObject(object) || (!into.isObject() && into.holdsContent()))
        return setWhole(into, object);
    if (place == Place::kElsewhere && !into.holdsContent()) return into.set(object, beside_);
    merge(into, object, place);
}

void DeltaMerge::mergeElements(JsonDraft& into, std::string_view elements) {
    const auto indexOf = [](std::string_view element) {
        return wholeNumber(valueIn(membersOf(element), "index"));
    };
    const std::vector<std::string_view> all = jsonElements(elements);
    if (std::none_of(all.begin(), all.end(), indexOf)) return into.addElements(elements);
    for (const std::string_view element : all) {
        if (const auto index = indexOf(element))
            mergeInside(into.elementAt(*index), element, Place::kElsewhere);
        else
            into.addElement().set(element);
    }
}

void DeltaMerge::mergeUnknown(JsonDraft& into, std::string_view value) {
    if (isJsonString(value)) {
        if (!into.isText() && into.holdsContent()) return setWhole(into, value);
        if (!into.isText() || !saysNothing(value)) into.appendUnknown(value, beside_);
    } else if (isJsonObject(value)) {
        mergeInside(into, value, Place::kElsewhere);
    } else if (isJsonArray(value)) {
        if (!into.isArray() && into.holdsContent()) return setWhole(into, value);
        if (saysNothing(value) && into.isSet()) return;
        if (saysNothing(value)) return into.set(value);
        mergeElements(into, value);
    } else {
        setWhole(into, value);
    }
}

std::size_t DeltaMerge::weight() const {
    constexpr std::size_t kDetail = 128;
    return sizeof(*this) + calls_.weight() + details_.size() * kDetail;
}

void DeltaMerge::placeToolCalls(JsonDraft& message) {
    if (!calls_.empty()) message.member("tool_calls") = calls_.finish();
}

}  // namespace waybill::server
