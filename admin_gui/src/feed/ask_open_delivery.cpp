#include "feed/questions.h"

namespace waybill::gui {
namespace {

using std::chrono::seconds;

constexpr Duration kDetailAge = seconds(1);

Result<PayloadText> payloadOf(AdminApi& api, const StreamId& id) {
    Result<Bytes> bytes = api.payload(id);
    if (!bytes.ok()) return bytes.refusal();
    return payloadText(std::move(bytes).value());
}

/// Another one is to be shown: nothing of the one before it stays.
void beginWith(Tick& tick, const StreamId& id) {
    tick.due.detail_id = id;
    tick.due.events_key.clear();
    tick.due.payload_key.clear();
    tick.core->publish([&](Snapshot& next) {
        next.open = OpenDelivery();
        next.open.id = id;
    });
    tick.seen = tick.core->current();
}

void askForDetail(Tick& tick) {
    tick.due.detail = tick.now;
    tick.due.detail_head = tick.seen->head;
    tick.post(Lane::kScreen, Topic::kDetail, [id = tick.want.open](Feed::Core& core) {
        core.ask([&](AdminApi& api) { return api.delivery(id); },
                 [&](Snapshot& next, auto& result) {
                     if (next.open.id == id) core.keep(next.open.detail, result);
                 });
    });
}

/// The events change with the delivery, and only then.
void askForEvents(Tick& tick) {
    const auto& detail = tick.seen->open.detail;
    if (!detail || tick.busy(Topic::kOpenEvents)) return;
    const std::string key = tick.want.open + formatTimestamp(detail->delivery.updated_at) +
                            std::to_string(detail->delivery.attempt_count);
    if (key == tick.due.events_key) return;
    tick.due.events_key = key;
    tick.post(Lane::kScreen, Topic::kOpenEvents, [id = tick.want.open](Feed::Core& core) {
        core.ask([&](AdminApi& api) { return api.deliveryEvents(id); },
                 [&](Snapshot& next, Result<Page<EventView>>& page) {
                     if (next.open.id != id) return;
                     Result<std::vector<EventView>> events = rowsOf(page);
                     core.keep(next.open.events, events);
                 });
    });
}

void askForPayload(Tick& tick) {
    if (tick.due.payload_key == tick.want.open || tick.busy(Topic::kPayload)) return;
    tick.due.payload_key = tick.want.open;
    tick.post(Lane::kScreen, Topic::kPayload, [id = tick.want.open](Feed::Core& core) {
        core.ask([&](AdminApi& api) { return payloadOf(api, id); },
                 [&](Snapshot& next, auto& result) {
                     if (next.open.id == id) core.keep(next.open.payload, result);
                 });
    });
}

}  // namespace

void askForOpenDelivery(Tick& tick) {
    const bool other = tick.want.open != tick.due.detail_id;
    if (other) beginWith(tick, tick.want.open);

    const bool missing = tick.seen->open.detail.read_at == Timestamp{};
    const bool outdated = tick.live && tick.grew(tick.due.detail_head);
    const bool patient = !other && !tick.old(tick.due.detail, kDetailAge);
    if ((missing || outdated) && !patient && !tick.busy(Topic::kDetail)) askForDetail(tick);

    if (tick.want.open_events) askForEvents(tick);
    if (tick.want.open_payload) askForPayload(tick);
}

}  // namespace waybill::gui
