#include "waybill/views.h"
#include "waybill/operator_views.h"

#include "waybill/event_codec.h"

namespace waybill {

DeliveryView viewOf(const Delivery& delivery, std::string url, bool endpoint_paused) {
    DeliveryView view;
    view.id = delivery.id;
    view.url = std::move(url);
    view.endpoint = delivery.endpoint;
    view.client = delivery.client;
    view.subject = delivery.subject;
    view.status = toString(delivery.status);
    if (endpoint_paused && delivery.next_attempt_at) view.held_by = "endpoint_paused";
    if (delivery.from_later_version) view.held_by = "later_version";
    view.round = delivery.round;
    view.attempt_count = delivery.attempts;
    view.max_attempts = delivery.policy.maxAttempts();
    view.retry_delays = delivery.policy.delays;
    if (!delivery.from_later_version) view.next_attempt_at = delivery.next_attempt_at;
    view.created_at = delivery.created_at;
    view.updated_at = delivery.updated_at;
    view.payload_bytes = delivery.payload_bytes;
    view.payload_sha256 = toHex(delivery.payload_digest);
    view.content_type = delivery.content_type;
    view.last_attempt = delivery.last_attempt;
    return view;
}

std::string actorInWords(const EventView& event) {
    return actorIsClaimed(event.data) ? event.actor + " (claimed)" : event.actor;
}

EventView viewOf(const RecordedEvent& event) {
    EventView view;
    view.global_position = event.global_position;
    view.stream = event.stream;
    view.position = event.position;
    view.type = typeName(event.event);
    view.recorded_at = event.recorded_at;
    view.actor = event.actor;
    view.data = encodeData(event.event, event.actor_claimed);
    view.hash = toHex(event.hash);
    return view;
}

BulkView viewOf(const BulkRedelivery& bulk) {
    BulkView view;
    view.id = bulk.id;
    view.state = bulk.stopped ? "stopped" : bulk.finished ? "finished" : "running";
    if (!bulk.finished && bulk.paused) view.state = "paused";
    view.matched = bulk.matched;
    view.done = bulk.done;
    view.refused = bulk.refused;
    if (bulk.rate_per_minute != 0) {
        view.rate = static_cast<double>(bulk.rate_per_minute) / 60;
        view.expected_time = Duration(
            static_cast<std::int64_t>(static_cast<double>(bulk.matched) / *view.rate * 1e6));
    }
    view.filter = bulk.filter;
    view.actor = bulk.actor;
    view.reason = bulk.reason;
    view.created_at = bulk.created_at;
    if (bulk.finished) view.finished_at = bulk.updated_at;
    return view;
}

}  // namespace waybill
