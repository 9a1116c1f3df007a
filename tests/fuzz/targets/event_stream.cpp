// A backend's event stream, and the objects that are put together from it.
#include <algorithm>
#include <array>
#include <optional>

#include "fuzz/target.h"
#include "llm/stream/object_stream.h"
#include "llm/stream/sse_block.h"
#include "llm/stream/sse_reader.h"
#include "llm/stream/stream_assembler.h"
#include "llm/stream/stream_edit.h"
#include "llm/stream/stream_event.h"
#include "waybill/json_check.h"

namespace waybill::test {
namespace {

using server::ApiKind;
using server::SseEvent;

// Deeper than one event: what an event said may be put into another.
constexpr JsonLimits kEventStreamLimits{
    .max_depth = 2048, .unique_keys = false, .lone_surrogates = true};
constexpr std::size_t kEventStreamMostInput = 64 * 1024;

std::vector<SseEvent> eventsIn(const std::vector<std::string_view>& pieces) {
    server::SseReader reader;
    std::vector<SseEvent> events;
    for (std::string_view piece : pieces) {
        while (!piece.empty()) {
            const std::size_t before = piece.size();
            if (auto event = reader.next(piece)) events.push_back(*std::move(event));
            FUZZ_CHECK(piece.size() < before);
        }
    }
    if (auto event = reader.unfinished()) events.push_back(*std::move(event));
    return events;
}

bool same(const SseEvent& a, const SseEvent& b) {
    return a.name == b.name && a.data == b.data;
}

void checkEdit(ApiKind api, const SseEvent& event) {
    server::StreamEdit edit;
    edit.new_id = "resp_ours";
    edit.old_id = server::objectIdIn(api, server::StreamEvent(event.data)).value_or("");
    edit.metadata = "{}";
    const auto edited = server::editedData(api, event.data, edit);
    if (!edited) return;
    FUZZ_CHECK(!checkJson(*edited, kEventStreamLimits));
    const auto id = server::objectIdIn(api, server::StreamEvent(*edited));
    FUZZ_CHECK(!id || *id == "resp_ours");
}

void checkBlock(const SseEvent& event) {
    if (checkJson(event.data, kEventStreamLimits)) return;
    const std::string data = server::asEventData(event.data);
    const std::string block = server::withData("event: x\ndata: old\nid: 7\n\n", data, false);
    const auto read = eventsIn({block});
    FUZZ_CHECK(read.size() == 1 && read[0].data == data && read[0].name == "x");
}

/// The object of the stream, if it makes one; it is JSON, whatever came.
std::optional<std::string> assembled(ApiKind api, const std::vector<SseEvent>& events, bool clean) {
    const auto assembler = server::makeStreamAssembler(api, R"({"id":"u"})");
    std::size_t bytes = 0;
    for (const SseEvent& event : events) {
        const auto completed = assembler->completed(event);
        FUZZ_CHECK(!completed || !checkJson(*completed, kEventStreamLimits));
        assembler->take(event);
        bytes += event.data.size();
    }
    FUZZ_CHECK(assembler->weight() < 4096 + 1024 * bytes);
    auto object = assembler->finish(clean);
    FUZZ_CHECK(!object || !checkJson(*object, kEventStreamLimits));
    FUZZ_CHECK(!object || object->size() <= 4096 + 16 * bytes);
    return object;
}

}  // namespace

/// A stream has the same events however it is cut, and makes an object that is JSON or none.
WAYBILL_FUZZ_TARGET(event_stream) {
    const bool clean = (takeByte(bytes) & 1) != 0;
    bytes = bytes.substr(0, kEventStreamMostInput);
    const auto events = eventsIn({bytes});
    const auto cut = eventsIn(cutAnywhere(bytes));
    FUZZ_CHECK(std::equal(events.begin(), events.end(), cut.begin(), cut.end(), same));
    for (const SseEvent& event : events) {
        FUZZ_CHECK(event.name.find_first_of("\r\n") == event.name.npos);
        checkBlock(event);
    }
    for (const ApiKind api : {ApiKind::kChatCompletions, ApiKind::kMessages, ApiKind::kResponses}) {
        for (const SseEvent& event : events)
            checkEdit(api, event);
        const auto object = assembled(api, events, clean);
        if (!object || !server::isJsonArray(*object)) continue;
        FUZZ_CHECK(false && "an object is no array");
    }
}

}  // namespace waybill::test
