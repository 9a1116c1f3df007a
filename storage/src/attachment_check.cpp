#include "attachment_check.h"

namespace waybill::sqlite {

namespace {

bool hasDigest(const std::optional<BytesDigest>& named, std::string_view salt,
               std::string_view bytes) {
    return !named || (named->size == bytes.size() && named->digest == saltedSha256(salt, bytes));
}

}  // namespace

AttachmentCheck::AttachmentCheck(Database& database, Findings& findings)
    : database_(database),
      findings_(findings),
      find_payload_(database, "SELECT bytes FROM payloads WHERE global_position = ?1"),
      find_destination_(database, "SELECT url, salt FROM destinations WHERE global_position = ?1"),
      find_exchange_(database,
                     "SELECT head, body, salt FROM exchanges WHERE global_position = ?1") {}

void AttachmentCheck::checkEvent(const RecordedEvent& event) {
    if (const auto* accepted = std::get_if<DeliveryAccepted>(&event.event)) {
        checkUrl(event, accepted->url_digest);
    } else if (const auto* again = std::get_if<RedeliveryRequested>(&event.event)) {
        if (again->url_digest) checkUrl(event, *again->url_digest);
    } else if (const auto* succeeded = std::get_if<AttemptSucceeded>(&event.event)) {
        checkExchange(event, succeeded->exchange);
    } else if (const auto* failed = std::get_if<AttemptFailed>(&event.event)) {
        checkExchange(event, failed->exchange);
    }
}

void AttachmentCheck::checkUrl(const RecordedEvent& event, const Digest& digest) {
    find_destination_.bind(1, event.global_position);
    Query query(find_destination_);
    if (!query.next()) return;
    if (saltedSha256(find_destination_.blob(1), find_destination_.text(0)) != digest) {
        findings_.add({event.global_position, event.stream, event.position,
                       "the URL beside the event has the digest that the event names"});
    }
}

void AttachmentCheck::checkExchange(const RecordedEvent& event, const ExchangeSummary& exchange) {
    find_exchange_.bind(1, event.global_position);
    Query query(find_exchange_);
    if (!query.next()) return;
    const std::string_view salt = find_exchange_.blob(2);
    bytes_ += find_exchange_.blob(0).size() + find_exchange_.blob(1).size();
    if (!hasDigest(exchange.response_head, salt, find_exchange_.blob(0)) ||
        !hasDigest(exchange.response_body, salt, find_exchange_.blob(1))) {
        findings_.add({event.global_position, event.stream, event.position,
                       "the answer beside the event has the digests that the event names"});
    }
}

void AttachmentCheck::checkPayload(const StreamState& state) {
    if (const auto* delivery = std::get_if<Delivery>(&state)) {
        if (!delivery->payload_stream.empty()) return;  // its bytes are the response's
        checkPayload(delivery->id, delivery->accepted_position, delivery->payload_digest,
                     delivery->payload_bytes, delivery->payload_erased);
    } else if (const auto* response = std::get_if<Response>(&state)) {
        if (response->payload_position == 0) return;
        checkPayload(response->id, response->payload_position, response->payload_digest,
                     response->payload_bytes, response->payload_erased);
    }
}

void AttachmentCheck::checkPayload(const StreamId& stream, std::uint64_t global_position,
                                   const Digest& digest, std::uint64_t bytes, bool erased) {
    const auto report = [&](const char* rule) {
        findings_.add({global_position, stream, 0, rule});
    };
    find_payload_.bind(1, global_position);
    Query query(find_payload_);
    const bool found = query.next();
    if (found) ++payloads_;
    if (!found && !erased) return report("the payload is there until an event says it was erased");
    if (found && erased) return report("an erased payload is gone: it is still there");
    if (!found) return;
    const std::string_view payload = find_payload_.blob(0);
    bytes_ += payload.size();
    if (payload.size() != bytes || sha256(payload) != digest) {
        report("the payload has the size and the digest that the event names");
    }
}

void AttachmentCheck::checkLeftOvers() {
    const auto rows = static_cast<std::uint64_t>(database_.number("SELECT count(*) FROM payloads"));
    if (rows == payloads_) return;
    findings_.add({0,
                   {},
                   0,
                   "payloads has " + std::to_string(rows) + " rows, the events account for " +
                       std::to_string(payloads_)});
}

}  // namespace waybill::sqlite
