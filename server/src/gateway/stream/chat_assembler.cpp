#include "gateway/stream/chat_assembler.h"

#include <algorithm>

#include "gateway/stream/stream_event.h"
#include "waybill/json_quote.h"

namespace waybill::server {

void ChatAssembler::take(const SseEvent& event) {
    if (done_ || failed_) return;
    if (event.data == "[DONE]") {
        done_ = !choices_.empty();
        return;
    }
    const auto chunk = StreamEvent::read(event.data);
    if (!chunk) return;
    failed_ = !chunk->value("error").empty();
    for (const JsonMember& member : chunk->members())
        takeMember(member.key, valueText(event.data, member));
}

void ChatAssembler::takeMember(std::string_view key, std::string_view value) {
    if (key == "choices") {
        object_.member(key);  // its place among the members
        for (const std::string_view choice : jsonElements(value))
            takeChoice(choice);
    } else if (key == "object") {
        object_.member(key).set(R"("chat.completion")");
    } else if (value != "null" && value != "\"\"") {
        object_.member(key).set(value);
    } else if (key != "usage") {  // null in all chunks but the last
        if (JsonDraft& member = object_.member(key); !member.isSet()) member.set(value);
    }
}

void ChatAssembler::takeChoice(std::string_view given) {
    Choice& choice = choices_[indexIn(given).value_or(0)];
    for (const JsonMember& member : jsonMembers(given)) {
        const std::string_view value = valueText(given, member);
        if (member.key == "index") continue;
        if (member.key == "delta")
            choice.message.merge(value);
        else if (member.key == "logprobs")
            choice.rest.member(member.key).merge(value);
        else if (JsonDraft& said = choice.rest.member(member.key); value != "null" || !said.isSet())
            said.set(value);
    }
}

bool ChatAssembler::allFinished() const {
    return !choices_.empty() &&
           std::all_of(choices_.begin(), choices_.end(), [](const auto& entry) {
               const JsonDraft* const reason = entry.second.rest.find("finish_reason");
               return reason != nullptr && !reason->isNull();
           });
}

JsonDraft ChatAssembler::choiceObject(std::uint64_t index, Choice& choice) const {
    JsonDraft object;
    object.member("index").set(std::to_string(index));
    JsonDraft& message = object.member("message");
    if (choice.message.find("role") == nullptr) message.member("role").set(R"("assistant")");
    message.absorb(std::move(choice.message));
    if (message.find("content") == nullptr) message.member("content").set("null");
    object.absorb(std::move(choice.rest));
    return object;
}

std::optional<std::string> ChatAssembler::finish(bool clean) {
    if (failed_ || !(done_ || (clean && allFinished()))) return std::nullopt;
    JsonDraft choices;
    for (auto& [index, choice] : choices_)
        choices.addDraft(choiceObject(index, choice));
    object_.member("choices") = std::move(choices);
    return object_.text();
}

}  // namespace waybill::server
