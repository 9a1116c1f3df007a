#include "read/attachment_reader.h"

#include <utility>
#include <vector>

#include "waybill/named_bytes.h"

namespace waybill::sqlite {

namespace {

Bytes firstBlob(Statement& statement, std::uint64_t global_position) {
    return readBeside(global_position, [&]() -> Bytes {
        statement.bind(1, global_position);
        Query query(statement);
        return query.next() ? makeBytes(std::string(statement.blob(0))) : nullptr;
    });
}

}  // namespace

AttachmentReader::AttachmentReader(Database& database, EventTable& events)
    : events_(events),
      payload_(database, "SELECT bytes FROM payloads WHERE global_position = ?1"),
      destination_(
          database,
          "SELECT url, salt, token IS NOT NULL FROM destinations WHERE global_position = ?1"),
      exchange_(database, "SELECT head, body, salt FROM exchanges WHERE global_position = ?1"),
      requested_object_(database, "SELECT object FROM requests WHERE global_position = ?1") {}

const RecordedEvent* AttachmentReader::event(std::uint64_t global_position) {
    if (!event_ || event_->global_position != global_position)
        event_ = events_.find(global_position);
    return event_ ? &*event_ : nullptr;
}

bool AttachmentReader::requestIsOver(const RecordedEvent& created) {
    return waybill::requestIsOver(events_.readStream(created.stream));
}

Bytes AttachmentReader::payload(std::uint64_t global_position) {
    const RecordedEvent* const event = this->event(global_position);
    if (!event || !payloadNamedBy(event->event)) return nullptr;
    Bytes payload = firstBlob(payload_, global_position);
    const bool erased = !payload && payloadWasErased(events_.readStream(event->stream));
    checkPayload(*event, payload, erased);
    return payload;
}

Bytes AttachmentReader::payloadOf(const Delivery& delivery,
                                  const std::optional<Response>& response) {
    if (delivery.payload_stream.empty()) return payload(delivery.accepted_position);
    if (!response || response->payload_position == 0) {
        throw DamagedBytes("The object of " + delivery.payload_stream +
                           " that the delivery sends is not in the log.");
    }
    Bytes object = payload(response->payload_position);
    if (object && response->payload_digest != delivery.payload_digest) {
        throw DamagedBytes("The object of " + delivery.payload_stream +
                           " is not the one that the delivery was accepted with.");
    }
    return object;
}

Bytes AttachmentReader::requestedObject(std::uint64_t global_position) {
    const RecordedEvent* const event = this->event(global_position);
    if (!event || !hasRequest(event->event)) return nullptr;
    Bytes object = firstBlob(requested_object_, global_position);
    checkRequestedObject(*event, object, !object && requestIsOver(*event));
    return object;
}

std::optional<ShownDestination> AttachmentReader::destination(std::uint64_t global_position) {
    const RecordedEvent* const event = this->event(global_position);
    if (!event || !mayHaveDestination(event->event)) return std::nullopt;
    checkDestination(*event);
    return readBeside(global_position, [&]() -> std::optional<ShownDestination> {
        destination_.bind(1, global_position);
        Query query(destination_);
        if (!query.next()) return std::nullopt;
        return ShownDestination{std::string(destination_.text(0)), destination_.integer(2) != 0};
    });
}

void AttachmentReader::checkDestination(const RecordedEvent& event) {
    std::vector<RecordedEvent> history{event};
    if (!std::holds_alternative<DeliveryAccepted>(event.event)) {
        history = events_.readStream(event.stream);
        if (history.size() > event.position) history.resize(event.position);
    }
    std::string url;
    std::string salt;
    checkUrl(history, [&](std::uint64_t global_position) {
        return readBeside(global_position, [&]() -> std::optional<StoredUrl> {
            destination_.bind(1, global_position);
            Query query(destination_);
            if (!query.next()) return std::nullopt;
            url = destination_.text(0);
            salt = destination_.blob(1);
            return StoredUrl{url, salt, destination_.integer(2) != 0};
        });
    });
}

std::optional<Exchange> AttachmentReader::exchange(std::uint64_t global_position) {
    const RecordedEvent* const event = this->event(global_position);
    if (!event || !namesExchange(event->event)) return std::nullopt;
    std::string salt;
    auto exchange = readBeside(global_position, [&]() -> std::optional<Exchange> {
        exchange_.bind(1, global_position);
        Query query(exchange_);
        if (!query.next()) return std::nullopt;
        salt = exchange_.blob(2);
        return Exchange{std::string(exchange_.blob(0)), std::string(exchange_.blob(1))};
    });
    const bool erased = !exchange && payloadWasErased(events_.readStream(event->stream));
    checkExchange(*event, exchange, salt, erased);
    return exchange;
}

}  // namespace waybill::sqlite
