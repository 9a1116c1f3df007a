#include "support/log_contents.h"

#include "support/open_deliveries.h"
#include "waybill/event_codec.h"

namespace waybill::test {

namespace {

constexpr std::size_t kAll = 1'000'000;

}  // namespace

Digest recomputedHead(const EventLog& log) {
    Digest hash = genesisHash(log.logId());
    for (const RecordedEvent& event : log.readAll(0, kAll))
        hash = chainHash(hash, event, encodeData(event.event, event.actor_claimed));
    return hash;
}

std::string contentsOf(const EventLog& log) {
    std::string text;
    for (const RecordedEvent& event : log.readAll(0, kAll)) {
        text += std::to_string(event.global_position) + ' ' + event.stream + ' ' +
                std::to_string(event.position) + ' ' + formatTimestamp(event.recorded_at) + ' ' +
                event.actor + ' ' + encodeData(event.event, event.actor_claimed) + ' ' +
                toHex(event.hash) + '\n';
    }
    for (const Delivery& delivery : openDeliveries(log))
        text += delivery.id + " is open\n";
    for (const StreamId& response : log.openResponses())
        text += response + " is open\n";
    for (const EndpointState& endpoint : log.pausedEndpoints())
        text += endpoint.id + " is paused\n";
    return text;
}

}  // namespace waybill::test
