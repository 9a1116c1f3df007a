#include <Poco/Exception.h>

#include "feed/questions.h"
#include "waybill/event_codec.h"
#include "waybill/in_words.h"

namespace waybill::gui {
namespace {

using std::chrono::seconds;

constexpr Duration kLookupAge = seconds(1);

void take(ResponseStory& story, const Event& event) {
    if (const auto* completed = std::get_if<ResponseCompleted>(&event)) {
        story.can_be_sent = completed->payload_digest.has_value();
        if (!completed->delivery.empty()) story.delivery = completed->delivery;
    }
    if (const auto* requested = std::get_if<CallbackRequested>(&event))
        story.delivery = requested->delivery;
    if (std::holds_alternative<ResponseDeleted>(event)) story.can_be_sent = false;
}

Result<ResponseStory> storyOf(AdminApi& api, const StreamId& id) {
    const auto page = api.deliveryEvents(id);
    if (!page.ok()) return page.refusal();
    ResponseStory story;
    try {
        for (const EventView& view : page->data)
            take(story, decodeData(view.type, view.data, view.stream, view.position));
        story.why = noCallbackInWords(page->data);
    } catch (const Poco::DataException& error) {
        return Refusal{RefusalCode::kInvalid, error.message(), {}};
    }
    if (!page->data.empty()) story.response = page->data.front().stream;
    return story;
}

}  // namespace

void askForLookup(Tick& tick) {
    const bool none = tick.seen->list && tick.want.query &&
                      tick.seen->list_key == keyOf(*tick.want.query) &&
                      tick.seen->list->size() == 0;
    if (!none || tick.busy(Topic::kLookup)) return;
    const bool other = tick.due.lookup_key != tick.want.lookup;
    const bool outdated =
        tick.live && tick.grew(tick.due.lookup_head) && tick.old(tick.due.lookup, kLookupAge);
    if (!other && !outdated) return;
    tick.due.lookup = tick.now;
    tick.due.lookup_key = tick.want.lookup;
    tick.due.lookup_head = tick.seen->head;
    tick.post(Lane::kScreen, Topic::kLookup, [id = tick.want.lookup](Feed::Core& core) {
        core.ask([&](AdminApi& api) { return storyOf(api, id); },
                 [&](Snapshot& next, auto& result) {
                     if (next.lookup_key != id) next.lookup = {};
                     next.lookup_key = id;
                     core.keep(next.lookup, result);
                 });
    });
}

}  // namespace waybill::gui
