#include "gateway/stream/response_assembler.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/response_object.h"
#include "gateway/stream/stream_event.h"

namespace waybill::server {
namespace {

constexpr std::array<std::string_view, 4> kLast = {"response.completed", "response.failed",
                                                   "response.incomplete", "response.cancelled"};

std::uint64_t numberIn(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

void ResponseAssembler::take(const SseEvent& event) {
    if (done_) return;
    const auto read = StreamEvent::read(event.data);
    if (!read) return;
    const std::string type = read->text("type");
    if (const std::string_view object = read->value("response"); isJsonObject(object)) {
        done_ = std::find(kLast.begin(), kLast.end(), type) != kLast.end();
        if (done_) finished_items_.clear();
        object_ = object;
    } else if (type == "error") {
        problem_ = read->text("message");
    } else if (type == "response.output_item.done") {
        finished_items_[numberIn(read->value("output_index"))] = read->value("item");
    }
}

std::optional<std::string> ResponseAssembler::finish(bool) {
    if (done_ || object_.empty()) return std::move(object_);
    std::string output;
    for (auto& [index, item] : finished_items_)
        output.append(output.empty() ? "[" : ",").append(item);
    const std::string failed = failedObject(object_, problem_);
    if (output.empty()) return failed;
    return withMember(failed, "output", output.append("]"));
}

}  // namespace waybill::server
