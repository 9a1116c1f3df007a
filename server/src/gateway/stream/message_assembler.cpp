#include "gateway/stream/message_assembler.h"

#include "waybill/json_check.h"

namespace waybill::server {

void MessageAssembler::take(const SseEvent& event) {
    if (done_ || failed_) return;
    const auto read = StreamEvent::read(event.data);
    if (!read) return;
    const std::string type = read->text("type");
    const std::uint64_t index = indexIn(event.data).value_or(0);
    if (type == "message_start") {
        message_.set(read->value("message"));
        message_.member("content");  // its place among the members
        started_ = true;
    } else if (type == "content_block_start") {
        blocks_[index].object.set(read->value("content_block"));
    } else if (type == "content_block_delta") {
        takeBlockDelta(blocks_[index], read->value("delta"));
    } else if (type == "message_delta") {
        takeMessageDelta(*read);
    } else if (type == "message_stop") {
        done_ = started_;
    } else if (type == "error") {
        failed_ = true;
    }
}

void MessageAssembler::takeBlockDelta(Block& block, std::string_view delta) {
    for (const JsonMember& member : jsonMembers(delta)) {
        const std::string_view value = valueText(delta, member);
        if (member.key == "type") continue;
        if (member.key == "partial_json" && isJsonString(value))
            block.input_json += jsonStringValue(value);
        else if (member.key == "citation")
            block.object.member("citations").addElement(value);
        else if (isJsonString(value))  // text, thinking, signature
            block.object.member(member.key).append(value);
        else
            block.object.member(member.key).set(value);
    }
}

void MessageAssembler::takeMessageDelta(const StreamEvent& event) {
    const std::string_view delta = event.value("delta");
    for (const JsonMember& member : jsonMembers(delta))
        message_.member(member.key).set(valueText(delta, member));
    const std::string_view usage = event.value("usage");
    for (const JsonMember& member : jsonMembers(usage))
        if (const std::string_view value = valueText(usage, member); value != "null")
            message_.member("usage").member(member.key).set(value);
}

std::optional<std::string> MessageAssembler::finish(bool) {
    if (failed_ || !done_) return std::nullopt;
    JsonDraft content;
    content.set("[]");
    for (auto& [index, block] : blocks_) {
        // Empty: the block says `{}` itself. Cut short by a limit: not JSON, and no input.
        if (!block.input_json.empty() && !checkJson(block.input_json, {512, false}))
            block.object.member("input").setVerbatim(std::move(block.input_json));
        content.addDraft(std::move(block.object));
    }
    message_.member("content") = std::move(content);
    return message_.text();
}

}  // namespace waybill::server
