#include "llm/stream/chat_assembler.h"

#include <algorithm>

#include "llm/stream/stream_event.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

constexpr const char* kNoChunk = "A chunk of the backend's stream is not of the form of a chunk.";

bool saysNothingOf(JsonDraft& object, std::string_view key) {
    const JsonDraft* const member = object.find(key);
    return member == nullptr || member->saysNothing();
}

}  // namespace

void ChatAssembler::take(const SseEvent& event) {
    if (done_ || failed() || event.name == kPing) return;
    checkValues(event);
    if (failed()) return;
    const StreamEvent chunk(event.data);
    if (const auto error = errorIn(event, chunk, mask_)) return fail(sentenceOf(*error));
    if (chunk.isUnreadable()) return fail(chunk.problem());
    if (isDoneMark(event.data)) done_ = !choices_.empty();
    for (const PieceMember& member : chunk.members())
        takeMember(member.key, member.value);
    if (!merge_.problem().empty()) fail(merge_.problem());
    checkOverhead(event);
}

std::size_t ChatAssembler::weight() const {
    std::size_t bytes = object_.weight() + merge_.weight();
    for (const auto& [index, choice] : choices_)
        bytes += sizeof(Choice) + choice.message.weight() + choice.whole_message.weight() +
                 choice.rest.weight() + choice.merge.weight();
    return bytes;
}

void ChatAssembler::takeMember(std::string_view key, std::string_view value) {
    const MergeRule rule = mergeRule(Place::kChunk, key);
    if (key == "choices") {
        object_.member(key);  // its place among the members
        takeChoices(value);
    } else if (key == "object") {
        object_.member(key).set(R"("chat.completion")");
    } else if (key == "usage" && value == "null") {
        return;  // null in all chunks but the last: no whole answer has it so
    } else if (rule.merge != Merge::kDrop) {
        merge_.mergeValue(object_.member(key), value, rule);
    }
}

void ChatAssembler::takeChoices(std::string_view choices) {
    if (saysNothing(choices)) return;
    if (!isJsonArray(choices)) return fail(kNoChunk);
    for (const std::string_view choice : jsonElements(choices))
        takeChoice(choice);
}

void ChatAssembler::takeChoice(std::string_view given) {
    const std::vector<PieceMember> members = membersOf(given);
    const std::string_view place = valueIn(members, "index");
    const bool only_one = place.empty() || place == "null";
    const auto index = only_one ? std::optional<std::uint64_t>(0) : wholeNumber(place);
    if (!isJsonObject(given) || !index) return fail(kNoChunk);
    Choice& choice = choices_[*index];
    for (const auto& [key, value] : members) {
        const MergeRule rule = mergeRule(Place::kChoice, key);
        if (key == "delta" || key == "message") {
            if (saysNothing(value)) continue;
            if (!isJsonObject(value)) return fail(kNoChunk);
            if (key == "delta")
                choice.merge.merge(choice.message, value, Place::kDelta);
            else
                choice.whole_message.set(value);
        } else if (rule.merge != Merge::kDrop) {
            choice.merge.mergeValue(choice.rest.member(key), value, rule);
        }
    }
    if (!choice.merge.problem().empty()) fail(choice.merge.problem());
}

bool ChatAssembler::allFinished() {
    return !choices_.empty() && std::all_of(choices_.begin(), choices_.end(), [](auto& entry) {
        return !saysNothingOf(entry.second.rest, "finish_reason");
    });
}

std::optional<std::string> ChatAssembler::finish(bool clean) {
    if (failed() || !(done_ || (clean && allFinished()))) return std::nullopt;
    JsonDraft choices;
    for (auto& [index, choice] : choices_) {
        JsonDraft& object = choices.addElement();
        object.member("index").set(std::to_string(index));
        JsonDraft& message = object.member("message");
        choice.merge.placeToolCalls(choice.message);
        if (choice.whole_message.isSet() && saysNothingOf(choice.message, "content") &&
            saysNothingOf(choice.message, "tool_calls"))
            choice.message = std::move(choice.whole_message);
        if (choice.message.find("role") == nullptr) message.member("role").set(R"("assistant")");
        message.absorb(std::move(choice.message));
        if (message.find("content") == nullptr) message.member("content").set("null");
        object.absorb(std::move(choice.rest));
    }
    object_.member("choices") = std::move(choices);
    return object_.text();
}

}  // namespace waybill::server
