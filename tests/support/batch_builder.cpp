#include "support/batch_builder.h"

#include <utility>

namespace waybill::test {

namespace {

constexpr const char* kUrl = "https://example.com/hook?key=in-the-query";
constexpr const char* kSalt = "0123456789abcdef";

}  // namespace

Timestamp epoch() {
    return Timestamp(std::chrono::sys_days(std::chrono::January / 1 / 2026));
}

DeliveryAccepted acceptedEvent(const std::string& payload, Timestamp due_at) {
    return DeliveryAccepted{.endpoint = "https://example.com:443",
                            .url_digest = saltedSha256(kSalt, kUrl),
                            .payload_digest = sha256(payload),
                            .payload_bytes = payload.size(),
                            .content_type = "application/json",
                            .client = "tester",
                            .subject = "a subject",
                            .policy = RetryPolicy{},
                            .due_at = due_at};
}

AttemptStarted startedEvent(std::uint32_t attempt, AttemptCause cause, std::uint32_t round) {
    return AttemptStarted{.attempt = attempt, .round = round, .cause = cause};
}

AttemptSucceeded succeededEvent(std::uint32_t attempt, const Exchange& exchange,
                                const std::string& salt) {
    AttemptSucceeded event{.attempt = attempt};
    event.exchange.http_status = 200;
    event.exchange.remote_address = "192.0.2.7:443";
    event.exchange.timings.total = std::chrono::milliseconds(12);
    if (!exchange.head.empty()) {
        event.exchange.response_head =
            BytesDigest{exchange.head.size(), saltedSha256(salt, exchange.head)};
        event.exchange.response_body =
            BytesDigest{exchange.body.size(), saltedSha256(salt, exchange.body)};
    }
    return event;
}

AttemptFailed failedEvent(std::uint32_t attempt, std::optional<Timestamp> retry_at) {
    AttemptFailed event{.attempt = attempt,
                        .reason = FailureReason::kConnect,
                        .detail = "connection refused",
                        .retry_at = retry_at};
    event.exchange.timings.total = std::chrono::milliseconds(3);
    if (!retry_at) event.round_end = RoundEnd::kAttemptsUsed;
    return event;
}

ResponseCreated createdEvent(bool background) {
    return ResponseCreated{
        .kind = "response", .client = "tester", .model = "echo", .background = background};
}

ResponseCompleted completedEvent(const std::string& object_id, const std::string& object) {
    return ResponseCompleted{.object_id = object_id,
                             .status = "completed",
                             .payload_digest = sha256(object),
                             .payload_bytes = object.size()};
}

BatchBuilder& BatchBuilder::add(const StreamId& stream, Event event, Attachments attachments,
                                const std::string& actor) {
    RecordedEvent recorded{.stream = stream,
                           .position = nextPosition(stream),
                           .recorded_at = epoch() + std::chrono::milliseconds(lines_++),
                           .actor = actor,
                           .event = std::move(event)};
    batch_.push_back({std::move(recorded), std::move(attachments)});
    return *this;
}

BatchBuilder& BatchBuilder::accept(const StreamId& stream, const std::string& payload,
                                   const std::string& token, Timestamp due_at) {
    DeliveryAccepted event = acceptedEvent(payload, due_at);
    event.has_token = !token.empty();
    return add(stream, std::move(event),
               Attachments{.payload = makeBytes(payload),
                           .destination = Destination{.url = kUrl, .token = token},
                           .salt = kSalt},
               "client:tester");
}

BatchBuilder& BatchBuilder::accept(const StreamId& stream, DeliveryAccepted event,
                                   const std::string& payload) {
    return add(
        stream, std::move(event),
        Attachments{
            .payload = makeBytes(payload), .destination = Destination{.url = kUrl}, .salt = kSalt});
}

BatchBuilder& BatchBuilder::start(const StreamId& stream, std::uint32_t attempt,
                                  AttemptCause cause) {
    return add(stream, startedEvent(attempt, cause));
}

BatchBuilder& BatchBuilder::succeed(const StreamId& stream, std::uint32_t attempt) {
    const Exchange exchange{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "ok"};
    return add(stream, succeededEvent(attempt, exchange, kSalt),
               Attachments{.salt = kSalt, .exchange = exchange});
}

BatchBuilder& BatchBuilder::fail(const StreamId& stream, std::uint32_t attempt,
                                 std::optional<Timestamp> retry_at) {
    return add(stream, failedEvent(attempt, retry_at));
}

Batch BatchBuilder::take() {
    pending_.clear();
    return std::exchange(batch_, {});
}

LogHead BatchBuilder::commit() {
    Batch batch = take();
    return log_.append(batch, log_.head());
}

std::uint64_t BatchBuilder::nextPosition(const StreamId& stream) {
    const auto [newest, first] = pending_.try_emplace(stream, 0);
    if (first) {
        const auto events = log_.readStream(stream);
        newest->second = events.empty() ? 0 : events.back().position;
    }
    return ++newest->second;
}

}  // namespace waybill::test
