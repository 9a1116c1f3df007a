#include "llm/stream/message_assembler.h"

#include <algorithm>
#include <array>

#include "waybill/json_check.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

constexpr JsonLimits kInputLimits{.max_depth = 512, .unique_keys = false, .lone_surrogates = true};

constexpr std::array<std::string_view, 6> kTypes = {"message_start",       "content_block_start",
                                                    "content_block_delta", "content_block_stop",
                                                    "message_delta",       "message_stop"};

// After these the model had said what it wanted to say.
constexpr std::array<std::string_view, 3> kEnds = {R"("tool_use")", R"("end_turn")",
                                                   R"("stop_sequence")"};

bool isOneOf(const auto& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether a unit of UTF-16 is in the first half of the surrogates; in the second.
bool isHigh(std::optional<std::uint32_t> unit) {
    return unit && *unit >= 0xD800 && *unit <= 0xDBFF;
}
bool isLow(std::optional<std::uint32_t> unit) {
    return unit && *unit >= 0xDC00 && *unit <= 0xDFFF;
}

/// The unit of UTF-16 that the escape at `at` stands for; nothing where none of the form `\uXXXX`
/// begins there.
std::optional<std::uint32_t> unitAt(std::string_view spelling, std::size_t at) {
    if (at + 6 > spelling.size() || spelling.substr(at, 2) != "\\u") return std::nullopt;
    return hexValue(spelling.substr(at + 2, 4));
}

/// What a JSON string says, which is JSON itself. Half a surrogate pair, which no UTF-8 can say,
/// stays the escape that it is: JSON says it so.
std::string jsonInString(std::string_view spelling) {
    std::string quoted = "\"";
    for (std::size_t at = 0; at < spelling.size();) {
        const auto unit = unitAt(spelling, at);
        const bool pair = isHigh(unit) && isLow(unitAt(spelling, at + 6));
        if (!pair && (isHigh(unit) || isLow(unit))) quoted.push_back('\\');
        const std::size_t length = pair ? 12 : unit ? 6 : spelling[at] == '\\' ? 2 : 1;
        quoted.append(spelling.substr(at, length));
        at += length;
    }
    return jsonStringValue(quoted.append("\""));
}

}  // namespace

void MessageAssembler::take(const SseEvent& event) {
    if (done_ || failed() || event.name == kPing) return;
    checkValues(event);
    if (failed()) return;
    const StreamEvent read(event.data);
    if (const auto error = errorIn(event, read, mask_)) return fail(sentenceOf(*error));
    const bool other = !event.name.empty() && !isOneOf(kTypes, event.name);
    if (read.isUnreadable() && !other) return fail(read.problem());
    std::string type = read.text("type");
    if (type.empty()) type = event.name;
    if (type == "message_start")
        takeStart(read);
    else if (type == "content_block_start")
        takeBlockStart(read);
    else if (type == "content_block_delta")
        takeBlockDelta(read);
    else if (type == "message_delta")
        takeMessageDelta(read);
    else if (type == "message_stop")
        done_ = started_ && !failed();
    checkOverhead(event);
}

std::size_t MessageAssembler::weight() const {
    std::size_t bytes = message_.weight() + merge_.weight();
    for (const Block& block : blocks_)
        bytes += sizeof(Block) + block.object.weight() + block.merge.weight() +
                 block.input_json.capacity();
    return bytes;
}

void MessageAssembler::takeStart(const StreamEvent& event) {
    if (started_) return fail("The backend's stream begins a second message.");
    if (!isJsonObject(event.value("message")))
        return fail("The backend's stream begins without a message.");
    message_.set(event.value("message"));
    message_.member("content");  // its place among the members
    started_ = true;
}

void MessageAssembler::takeBlockStart(const StreamEvent& event) {
    Block& block = blocks_.emplace_back();
    const std::uint64_t next = blocks_.size() == 1 ? 0 : std::prev(blocks_.end(), 2)->index + 1;
    block.index = wholeNumber(event.value("index")).value_or(next);
    block.object.set(isJsonObject(event.value("content_block")) ? event.value("content_block")
                                                                : "{}");
    at_index_[block.index] = &block;
}

void MessageAssembler::takeBlockDelta(const StreamEvent& event) {
    Block* block = blocks_.empty() ? nullptr : &blocks_.back();
    if (!event.value("index").empty()) {
        const auto at = at_index_.find(wholeNumber(event.value("index")).value_or(UINT64_MAX));
        block = at == at_index_.end() ? nullptr : at->second;
    }
    if (block == nullptr)
        return fail("The backend's stream adds to a content block that it has not begun.");
    if (!isJsonObject(event.value("delta")))
        return fail("The backend's stream adds no delta to a content block.");
    for (const auto& [key, value] : membersOf(event.value("delta"))) {
        const MergeRule rule = mergeRule(Place::kBlockDelta, key);
        if (key == "partial_json" && isJsonString(value))
            block->input_json.append(innerText(value));
        else if (key == "citation" && value != "null")
            block->object.member("citations").addElements("[" + std::string(value) + "]");
        else if (rule.merge != Merge::kDrop)
            block->merge.mergeValue(block->object.member(key), value, rule);
    }
    if (!block->merge.problem().empty()) fail(block->merge.problem());
}

void MessageAssembler::takeMessageDelta(const StreamEvent& event) {
    merge_.merge(message_, event.data(), Place::kMessageDelta);
    if (isJsonObject(event.value("delta")))
        merge_.merge(message_, event.value("delta"), Place::kMessageDelta);
    if (!merge_.problem().empty()) fail(merge_.problem());
}

bool MessageAssembler::cutByLimit() {
    const JsonDraft* const reason = message_.find("stop_reason");
    return reason != nullptr && !reason->saysNothing() && !isOneOf(kEnds, reason->text());
}

/// A tool's input. Empty: the block says `{}` itself. Cut short by a limit: not JSON, and no input.
void MessageAssembler::placeInput(Block& block) {
    if (block.input_json.find_first_not_of(' ') == std::string::npos) return;
    const std::string input = jsonInString(block.input_json);
    if (!checkJson(input, kInputLimits))
        block.object.member("input").set(input);
    else if (!cutByLimit())
        fail("The input of a tool in the backend's stream is no JSON.");
}

std::optional<std::string> MessageAssembler::finish(bool) {
    if (failed() || !done_) return std::nullopt;
    JsonDraft& content = message_.member("content");
    if (!content.isArray()) content.set("[]");
    blocks_.sort([](const Block& a, const Block& b) { return a.index < b.index; });  // stable
    for (Block& block : blocks_) {
        placeInput(block);
        content.addElement() = std::move(block.object);
    }
    if (failed()) return std::nullopt;
    return message_.text();
}

}  // namespace waybill::server
