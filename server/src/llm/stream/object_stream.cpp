#include "llm/stream/object_stream.h"

#include <vector>

#include "llm/response_object.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

/// A member's value as it stands in the object; `otherwise` where it is missing.
std::string_view memberOf(std::string_view object, std::string_view key,
                          std::string_view otherwise = "null") {
    const std::vector<JsonMember> members = jsonMembers(object);
    const JsonMember* const member = findMember(members, key);
    return member == nullptr ? otherwise : valueText(object, *member);
}

std::string withoutMembers(std::string_view object, const std::vector<std::string_view>& keys) {
    return applyEdits(object, removalOf(jsonMembers(object), keys));
}

bool isType(std::string_view object, std::string_view type) {
    const std::string_view value = memberOf(object, "type");
    return isJsonString(value) && jsonStringValue(value) == type;
}

/// Events with a name, which is their type; `members` without braces.
class NamedEvents {
public:
    /// Without numbers, or with those greater than `after`.
    NamedEvents() = default;
    explicit NamedEvents(std::int64_t after) : numbered_(true), after_(after) {}

    void add(std::string_view type, const std::string& members) {
        const std::int64_t number = next_++;
        if (numbered_ && number <= after_) return;
        text_.append("event: ").append(type).append("\ndata: {\"type\":").append(jsonQuote(type));
        if (numbered_) text_.append(",\"sequence_number\":" + std::to_string(number));
        if (!members.empty()) text_.append(",").append(members);
        text_.append("}\n\n");
    }

    std::string take() { return std::move(text_); }

private:
    const bool numbered_ = false;
    const std::int64_t after_ = -1;
    std::int64_t next_ = 0;
    std::string text_;
};

void addOutputItem(NamedEvents& events, std::size_t index, std::string_view item) {
    const std::string place = R"("output_index":)" + std::to_string(index);
    const bool is_message = isType(item, "message");
    const std::string begun =
        is_message ? withMember(withMember(item, "status", R"("in_progress")"), "content", "[]")
                   : std::string(item);
    events.add("response.output_item.added", place + R"(,"item":)" + begun);
    const std::vector<std::string_view> parts =
        is_message ? jsonElements(memberOf(item, "content")) : std::vector<std::string_view>();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool is_text = isType(parts[i], "output_text");
        const std::string inside = R"("item_id":)" + std::string(memberOf(item, "id")) + "," +
                                   place + R"(,"content_index":)" + std::to_string(i);
        events.add("response.content_part.added",
                   inside + R"(,"part":)" +
                       (is_text ? withMember(parts[i], "text", R"("")") : std::string(parts[i])));
        if (is_text) {
            const std::string text(memberOf(parts[i], "text", R"("")"));
            events.add("response.output_text.delta", inside + R"(,"logprobs":[],"delta":)" + text);
            events.add("response.output_text.done", inside + R"(,"logprobs":[],"text":)" + text);
        }
        events.add("response.content_part.done", inside + R"(,"part":)" + std::string(parts[i]));
    }
    events.add("response.output_item.done", place + R"(,"item":)" + std::string(item));
}

std::string responseStream(std::string_view object, std::int64_t after) {
    NamedEvents events(after);
    std::string begun = withMember(object, "status", R"("in_progress")");
    begun = withMember(withMember(begun, "output", "[]"), "usage", "null");
    events.add("response.created", R"("response":)" + begun);
    events.add("response.in_progress", R"("response":)" + begun);
    const std::vector<std::string_view> items = jsonElements(memberOf(object, "output"));
    for (std::size_t i = 0; i < items.size(); ++i)
        addOutputItem(events, i, items[i]);
    const std::string_view status = memberOf(object, "status", R"("completed")");
    events.add("response." + (isJsonString(status) ? jsonStringValue(status) : "completed"),
               R"("response":)" + std::string(object));
    return events.take();
}

/// A message as the delta that makes it: its tool calls get the places that tell them apart.
std::string deltaOf(std::string_view message) {
    const std::vector<std::string_view> calls = jsonElements(memberOf(message, "tool_calls"));
    if (calls.empty()) return std::string(message);
    std::string numbered;
    for (std::size_t i = 0; i < calls.size(); ++i)
        numbered.append(i == 0 ? "[" : ",")
            .append(withMember(calls[i], "index", std::to_string(i)));
    return withMember(message, "tool_calls", numbered.append("]"));
}

std::string chatStream(std::string_view object) {
    const std::string head =
        withMember(withoutMembers(object, {"usage"}), "object", R"("chat.completion.chunk")");
    const auto chunk = [&](const std::string& choices) {
        return "data: " + withMember(head, "choices", "[" + choices + "]") + "\n\n";
    };
    std::string deltas;
    std::string ends;
    for (const std::string_view choice : jsonElements(memberOf(object, "choices"))) {
        const std::string rest = withoutMembers(choice, {"message", "finish_reason"});
        const std::string said = withMember(rest, "delta", deltaOf(memberOf(choice, "message")));
        deltas.append(deltas.empty() ? "" : ",").append(withMember(said, "finish_reason", "null"));
        ends.append(ends.empty() ? "" : ",")
            .append(R"({"index":)" + std::string(memberOf(choice, "index", "0")))
            .append(R"(,"delta":{},"finish_reason":)")
            .append(memberOf(choice, "finish_reason"))
            .append("}");
    }
    std::string stream = chunk(deltas) + chunk(ends);
    if (const std::string_view usage = memberOf(object, "usage"); usage != "null")
        stream += "data: " + withMember(withMember(head, "choices", "[]"), "usage", usage) + "\n\n";
    return stream.append("data: [DONE]\n\n");
}

/// A content block as it begins, and the deltas that fill it.
void addBlock(NamedEvents& events, std::size_t number, std::string_view block) {
    const std::string index = R"("index":)" + std::to_string(number);
    std::string begun(block);
    std::vector<std::string> deltas;
    const auto fill = [&](std::string_view key, std::string_view begins_as,
                          const std::string& delta) {
        begun = withMember(begun, key, begins_as);
        deltas.push_back(delta);
    };
    if (isType(block, "text")) {
        fill("text", R"("")",
             R"("type":"text_delta","text":)" + std::string(memberOf(block, "text", R"("")")));
    } else if (isType(block, "thinking")) {
        fill("thinking", R"("")",
             R"("type":"thinking_delta","thinking":)" +
                 std::string(memberOf(block, "thinking", R"("")")));
        fill("signature", R"("")",
             R"("type":"signature_delta","signature":)" +
                 std::string(memberOf(block, "signature", R"("")")));
    } else if (isType(block, "tool_use")) {
        fill("input", "{}",
             R"("type":"input_json_delta","partial_json":)" +
                 jsonQuote(memberOf(block, "input", "{}")));
    }
    events.add("content_block_start", index + R"(,"content_block":)" + begun);
    for (const std::string& delta : deltas)
        events.add("content_block_delta", index + R"(,"delta":{)" + delta + "}");
    events.add("content_block_stop", index);
}

std::string messageStream(std::string_view object) {
    NamedEvents events;
    std::string begun = withMember(object, "content", "[]");
    begun = withMember(withMember(begun, "stop_reason", "null"), "stop_sequence", "null");
    events.add("message_start", R"("message":)" + begun);
    const std::vector<std::string_view> blocks = jsonElements(memberOf(object, "content"));
    for (std::size_t i = 0; i < blocks.size(); ++i)
        addBlock(events, i, blocks[i]);
    events.add("message_delta",
               R"("delta":{"stop_reason":)" + std::string(memberOf(object, "stop_reason")) +
                   R"(,"stop_sequence":)" + std::string(memberOf(object, "stop_sequence")) +
                   R"(},"usage":)" + std::string(memberOf(object, "usage", "{}")));
    events.add("message_stop", "");
    return events.take();
}

}  // namespace

std::string objectStream(ApiKind api, std::string_view stored, std::optional<std::int64_t> after) {
    // Some backends indent what they answer. A line end is white space in JSON (RFC 8259 section 2)
    // and ends a field in an event stream.
    std::string object(stored);
    std::erase_if(object, [](char c) { return c == '\r' || c == '\n'; });
    switch (api) {
        case ApiKind::kResponses:
            return responseStream(object, after.value_or(-1));
        case ApiKind::kChatCompletions:
            return chatStream(object);
        case ApiKind::kMessages:
            return messageStream(object);
    }
    return {};
}

}  // namespace waybill::server
