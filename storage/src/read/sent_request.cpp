#include "read/sent_request.h"

#include <chrono>
#include <string>
#include <variant>

#include "waybill/errors.h"
#include "waybill/version.h"

namespace waybill::sqlite {

namespace {

/// What the events so far say about the next request.
struct RequestInForce {
    std::string content_type;
    bool has_token = false;
};

void apply(RequestInForce& request, const RecordedEvent& event, AttachmentReader& attachments) {
    const auto* accepted = std::get_if<DeliveryAccepted>(&event.event);
    if (accepted) request = {accepted->content_type, accepted->has_token};
    const auto* again = std::get_if<RedeliveryRequested>(&event.event);
    if (!again || !again->token_changed) return;
    try {
        const auto destination = attachments.destination(event.global_position);
        request.has_token = destination && destination->has_token;
    } catch (const DamagedBytes&) {
        request.has_token = false;  // nothing was sent with it
    }
}

void addHeaders(AttemptView& attempt, const StreamId& id, const RequestInForce& request) {
    auto& headers = attempt.request_headers;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(attempt.started_at);
    headers.emplace_back("Content-Type", request.content_type);
    headers.emplace_back("User-Agent", std::string("Waybill/") + version());
    headers.emplace_back("webhook-id", id);
    headers.emplace_back("webhook-timestamp", std::to_string(seconds.time_since_epoch().count()));
    headers.emplace_back("waybill-hops", "1");
    headers.emplace_back("waybill-attempt", std::to_string(attempt.attempt));
    if (request.has_token) headers.emplace_back("Authorization", "Bearer ****");
}

}  // namespace

void addRequestHeaders(std::vector<AttemptView>& attempts, const std::vector<RecordedEvent>& stream,
                       AttachmentReader& attachments) {
    RequestInForce request;
    auto attempt = attempts.begin();
    for (const RecordedEvent& event : stream) {
        apply(request, event, attachments);
        if (std::holds_alternative<AttemptStarted>(event.event) && attempt != attempts.end()) {
            addHeaders(*attempt++, event.stream, request);
        }
    }
}

}  // namespace waybill::sqlite
