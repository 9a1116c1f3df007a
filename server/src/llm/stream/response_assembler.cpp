#include "llm/stream/response_assembler.h"

#include <algorithm>
#include <array>

#include "llm/response_object.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

constexpr std::array<std::string_view, 4> kLast = {"response.completed", "response.failed",
                                                   "response.incomplete", "response.cancelled"};

constexpr std::string_view kResponseCut =
    "The upstream's stream ended before the response was complete.";

std::string typeOf(const StreamEvent& event, std::string_view name) {
    const std::string type = event.text("type");
    return type.empty() ? std::string(name) : type;
}

/// Whether this is the event that ends the stream, which carries the object.
bool isLast(const StreamEvent& event, std::string_view name) {
    return isJsonObject(event.value("response")) &&
           std::find(kLast.begin(), kLast.end(), typeOf(event, name)) != kLast.end();
}

/// Of the event that ends the stream: whether the model has said what is in the output.
bool saysWhole(const StreamEvent& event, std::string_view name) {
    const std::string type = typeOf(event, name);
    return type == "response.completed" || type == "response.incomplete";
}

std::string_view outputOf(std::string_view object) {
    return valueIn(membersOf(object), "output");
}

}  // namespace

void ResponseAssembler::take(const SseEvent& event) {
    if (done_ || event.name == kPing) return;
    const StreamEvent read(event.data);
    std::optional<BackendError> error;
    if (!isJsonObject(read.value("response"))) error = errorIn(event, read, mask_);
    if (read.isUnreadable() && !error && unreadable_.empty()) unreadable_ = read.problem();
    if (isLast(read, event.name)) {
        // Something that cannot be read may have been an item. A response that failed or was
        // cancelled may have none.
        if (!unreadable_.empty() && saysNothing(outputOf(read.value("response"))) &&
            saysWhole(read, event.name))
            return fail(unreadable_);
        done_ = true;
        object_ = read.value("response");
        if (lacksItems(read)) object_ = withMember(object_, "output", output());
        finished_items_.clear();
    } else if (isJsonObject(read.value("response"))) {
        object_ = read.value("response");
    } else if (error) {
        error_ = std::move(*error);
    } else if (read.text("type") == "response.output_item.done" &&
               isJsonObject(read.value("item"))) {
        const std::uint64_t next =
            finished_items_.empty() ? 0 : finished_items_.rbegin()->first + 1;
        finished_items_[wholeNumber(read.value("output_index")).value_or(next)] =
            read.value("item");
    }
}

/// Whether items were finished and the last event says that there are none.
bool ResponseAssembler::lacksItems(const StreamEvent& event) const {
    return !finished_items_.empty() && unreadable_.empty() &&
           saysNothing(outputOf(event.value("response")));
}

std::optional<std::string> ResponseAssembler::completed(const SseEvent& event) const {
    if (done_ || finished_items_.empty()) return std::nullopt;
    const StreamEvent read(event.data);
    if (!isLast(read, event.name) || !lacksItems(read)) return std::nullopt;
    const std::string_view object = read.value("response");
    const auto begin = static_cast<std::size_t>(object.data() - event.data.data());
    return applyEdits(event.data,
                      {{begin, begin + object.size(), withMember(object, "output", output())}});
}

std::string ResponseAssembler::output() const {
    std::string array;
    for (const auto& [index, item] : finished_items_)
        array.append(array.empty() ? "[" : ",").append(item);
    return array.append("]");
}

std::size_t ResponseAssembler::weight() const {
    constexpr std::size_t kIndexed = 96;
    std::size_t bytes = object_.capacity();
    for (const auto& [index, item] : finished_items_)
        bytes += kIndexed + item.capacity();
    return bytes;
}

std::optional<std::string> ResponseAssembler::finish(bool) {
    if (done_ || object_.empty()) return std::move(object_);
    if (!unreadable_.empty()) fail(unreadable_);
    if (failed()) return std::nullopt;
    if (error_.message.empty()) error_.message = kResponseCut;
    const std::string object = failedObject(object_, error_);
    return finished_items_.empty() ? object : withMember(object, "output", output());
}

}  // namespace waybill::server
