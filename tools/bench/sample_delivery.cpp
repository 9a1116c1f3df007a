#include "bench/sample_delivery.h"

#include <algorithm>

#include "bench/payload.h"
#include "waybill/clock.h"

namespace waybill::bench {

namespace {

constexpr const char* kUrl = "http://127.0.0.1:8765/hook";
constexpr const char* kSalt = "0123456789abcdef";
constexpr const char* kAddress = "127.0.0.1:8765";
constexpr const char* kHead = "HTTP/1.1 200 OK\r\nContent-Length: 2";
constexpr const char* kBody = "ok";
constexpr std::uint64_t kFillBatch = 1000;  // deliveries
constexpr std::uint64_t kEventsEach = 3;

ExchangeSummary answered(std::uint16_t status) {
    ExchangeSummary exchange;
    exchange.http_status = status;
    exchange.remote_address = kAddress;
    exchange.timings.first_byte = std::chrono::microseconds(812);
    exchange.timings.total = std::chrono::microseconds(1043);
    exchange.reused = true;
    exchange.response_head = BytesDigest{std::string(kHead).size(), saltedSha256(kSalt, kHead)};
    exchange.response_body = BytesDigest{std::string(kBody).size(), saltedSha256(kSalt, kBody)};
    return exchange;
}

Attachments exchangeBytes() {
    Attachments attachments;
    attachments.salt = kSalt;
    attachments.exchange = Exchange{kHead, kBody};
    return attachments;
}

}  // namespace

SampleDelivery::SampleDelivery(std::size_t payload_bytes)
    : payload_(makeBytes(makePayload(payload_bytes, {}))), payload_digest_(sha256(*payload_)) {}

StreamId SampleDelivery::newId() {
    return newStreamId(kDeliveryPrefix, systemClock().now().wall, systemEntropy());
}

RecordedEvent& SampleDelivery::add(Batch& batch, const StreamId& id, std::uint64_t position,
                                   std::string actor) const {
    RecordedEvent& event = batch.emplace_back().recorded;
    event.stream = id;
    event.position = position;
    event.recorded_at = systemClock().now().wall;
    event.actor = std::move(actor);
    return event;
}

void SampleDelivery::accept(Batch& batch, const StreamId& id) const {
    RecordedEvent& recorded = add(batch, id, 1, "client:bench");
    DeliveryAccepted event;
    event.endpoint = "http://127.0.0.1:8765";
    event.url_digest = saltedSha256(kSalt, kUrl);
    event.payload_digest = payload_digest_;
    event.payload_bytes = payload_->size();
    event.content_type = "application/json";
    event.client = "bench";
    event.policy = RetryPolicy{};
    event.due_at = recorded.recorded_at;
    recorded.event = std::move(event);
    Attachments& attachments = batch.back().attachments;
    attachments.payload = payload_;
    attachments.destination = Destination{kUrl, {}};
    attachments.salt = kSalt;
}

void SampleDelivery::start(Batch& batch, const StreamId& id) const {
    add(batch, id, 2, std::string(kEngineActor)).event = AttemptStarted{1, 1, AttemptCause::kFirst};
}

void SampleDelivery::succeed(Batch& batch, const StreamId& id) const {
    add(batch, id, 3, std::string(kEngineActor)).event = AttemptSucceeded{1, answered(200)};
    batch.back().attachments = exchangeBytes();
}

void SampleDelivery::fail(Batch& batch, const StreamId& id) const {
    RecordedEvent& recorded = add(batch, id, 3, std::string(kEngineActor));
    AttemptFailed event;
    event.attempt = 1;
    event.reason = FailureReason::kHttpStatus;
    event.detail = "the receiver answered 500";
    event.exchange = answered(500);
    event.retry_at = recorded.recorded_at + std::chrono::days(365);
    recorded.event = std::move(event);
    batch.back().attachments = exchangeBytes();
}

void fillLog(EventLog& log, std::uint64_t events, std::uint64_t pending,
             std::size_t payload_bytes) {
    SampleDelivery sample(payload_bytes);
    const std::uint64_t deliveries = events / kEventsEach;
    LogHead head = log.head();
    for (std::uint64_t begun = 0; begun < deliveries;) {
        Batch batch;
        const std::uint64_t end = std::min(begun + kFillBatch, deliveries);
        for (; begun < end; ++begun) {
            const StreamId id = sample.newId();
            sample.accept(batch, id);
            sample.start(batch, id);
            begun < pending ? sample.fail(batch, id) : sample.succeed(batch, id);
        }
        head = log.append(batch, head);
        log.maintain(true);
    }
}

}  // namespace waybill::bench
