#include "text/json_writer.h"
#include "waybill/event_codec.h"

namespace waybill {

namespace {

// One overload a type; `std::visit` does not compile for a type that has none. Keys that say
// nothing (an empty name, an absent option) are left out, except those a reader of a failure looks
// for.

void writeTime(JsonWriter& out, std::string_view key, const std::optional<Timestamp>& time) {
    time ? out.member(key, *time) : out.null(key);
}

void writeText(JsonWriter& out, std::string_view key, const std::string& text) {
    if (!text.empty()) out.member(key, text);
}

void writePolicy(JsonWriter& out, const RetryPolicy& policy) {
    out.member("max_retries", policy.max_retries);
    out.numbers("retry_delays_us", policy.delays, [](Duration delay) { return delay.count(); });
    if (!policy.final_statuses.empty()) out.numbers("final_statuses", policy.final_statuses);
}

void writeTimings(JsonWriter& out, const PhaseTimings& timings) {
    const auto phase = [&](std::string_view key, const std::optional<Duration>& duration) {
        if (duration) out.member(key, duration->count());
    };
    phase("dns", timings.dns);
    phase("connect", timings.connect);
    phase("tls", timings.tls);
    phase("first_byte", timings.first_byte);
    out.member("total", timings.total.count());
}

void writeBytes(JsonWriter& out, std::string_view key, const std::optional<BytesDigest>& bytes) {
    if (!bytes) return;
    out.object(key, [&](JsonWriter& inner) {
        inner.member("bytes", bytes->size);
        inner.member("digest", bytes->digest);
    });
}

void writeExchange(JsonWriter& out, const ExchangeSummary& exchange) {
    writeText(out, "remote_address", exchange.remote_address);
    out.object("timings_us", [&](JsonWriter& inner) { writeTimings(inner, exchange.timings); });
    writeText(out, "tls", exchange.tls);
    if (exchange.reused) out.member("reused", true);
    if (exchange.truncated) out.member("truncated", true);
    writeBytes(out, "response_head", exchange.response_head);
    writeBytes(out, "response_body", exchange.response_body);
}

void writeStatus(JsonWriter& out, const ExchangeSummary& exchange) {
    exchange.http_status ? out.member("http_status", *exchange.http_status)
                         : out.null("http_status");
}

void writeNext(JsonWriter& out, const std::optional<Timestamp>& retry_at,
               const std::optional<RoundEnd>& round_end) {
    writeTime(out, "retry_at", retry_at);
    if (round_end) out.member("round_end", toString(*round_end));
}

void writeIdempotency(JsonWriter& out, const std::optional<IdempotencyKey>& idempotency) {
    if (!idempotency) return;
    out.object("idempotency", [&](JsonWriter& inner) {
        inner.member("key_digest", idempotency->key);
        inner.member("body_digest", idempotency->body);
    });
}

void write(JsonWriter& out, const DeliveryAccepted& event) {
    out.member("endpoint", event.endpoint);
    out.member("url_digest", event.url_digest);
    out.member("payload_digest", event.payload_digest);
    out.member("payload_bytes", event.payload_bytes);
    writeText(out, "payload_stream", event.payload_stream);
    out.member("content_type", event.content_type);
    out.member("client", event.client);
    writeText(out, "subject", event.subject);
    if (event.has_token) out.member("has_token", true);
    writeIdempotency(out, event.idempotency);
    out.object("policy", [&](JsonWriter& inner) { writePolicy(inner, event.policy); });
    writeTime(out, "due_at", event.due_at);
}

void write(JsonWriter& out, const AttemptStarted& event) {
    out.member("attempt", event.attempt);
    out.member("round", event.round);
    out.member("cause", toString(event.cause));
}

void write(JsonWriter& out, const AttemptSucceeded& event) {
    out.member("attempt", event.attempt);
    writeStatus(out, event.exchange);
    writeExchange(out, event.exchange);
}

void write(JsonWriter& out, const AttemptFailed& event) {
    out.member("attempt", event.attempt);
    out.member("reason", toString(event.reason));
    writeText(out, "detail", event.detail);
    writeStatus(out, event.exchange);
    writeExchange(out, event.exchange);
    if (!event.counts) out.member("counts", false);
    writeNext(out, event.retry_at, event.round_end);
}

void write(JsonWriter& out, const AttemptAbandoned& event) {
    out.member("attempt", event.attempt);
    writeNext(out, event.retry_at, event.round_end);
}

void write(JsonWriter& out, const RedeliveryRequested& event) {
    out.member("round", event.round);
    writeText(out, "reason", event.reason);
    writeText(out, "endpoint", event.endpoint);
    writeText(out, "previous_endpoint", event.previous_endpoint);
    if (event.url_digest) out.member("url_digest", *event.url_digest);
    if (event.token_changed) out.member("token_changed", true);
    if (event.token_dropped) out.member("token_dropped", true);
    writeText(out, "bulk", event.bulk);
    writeTime(out, "due_at", event.due_at);
}

void write(JsonWriter& out, const DeliveryCancelled& event) {
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const ResponseCreated& event) {
    out.member("kind", event.kind);
    out.member("client", event.client);
    writeText(out, "model", event.model);
    if (event.background) out.member("background", true);
    out.member("run", event.run);
    writeIdempotency(out, event.idempotency);
}

void write(JsonWriter& out, const ResponseCompleted& event) {
    writeText(out, "object_id", event.object_id);
    writeText(out, "backend_id", event.backend_id);
    out.member("status", event.status);
    if (event.payload_digest) out.member("payload_digest", *event.payload_digest);
    if (event.payload_digest) out.member("payload_bytes", event.payload_bytes);
    writeText(out, "delivery", event.delivery);
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const ResponseDeleted& event) {
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const CallbackIgnored& event) {
    out.member("code", event.code);
    out.member("reason", event.reason);
}

void write(JsonWriter& out, const CallbackRequested& event) {
    out.member("delivery", event.delivery);
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const PayloadErased& event) {
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const EndpointPaused& event) {
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const EndpointResumed& event) {
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const BulkRedeliveryRequested& event) {
    out.raw("filter", event.filter.empty() ? "{}" : event.filter);
    out.member("matched", event.matched);
    out.member("rate_per_minute", event.rate_per_minute);
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const BulkRedeliveryPaused& event) {
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const BulkRedeliveryResumed& event) {
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const BulkRedeliveryRefused& event) {
    out.member("refused", event.refused);
    out.member("through", event.through);
}

void write(JsonWriter& out, const BulkRedeliveryFinished& event) {
    out.member("done", event.done);
    out.member("refused", event.refused);
    if (event.stopped) out.member("stopped", true);
}

void write(JsonWriter& out, const LogContinued& event) {
    out.member("archive_head", event.archive_head);
    out.member("archive_position", event.archive_position);
    out.raw("state", event.state.empty() ? "{}" : event.state);
}

void write(JsonWriter& out, const LossAccepted& event) {
    out.member("known_position", event.known_position);
    if (event.known_hash) out.member("known_hash", *event.known_hash);
    out.member("found_position", event.found_position);
    out.member("found_hash", event.found_hash);
    out.member("missing", event.missing);
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const AccessRecorded& event) {
    out.member("kind", toString(event.kind));
    writeText(out, "target", event.target);
    writeText(out, "address", event.address);
    if (event.count != 1) out.member("count", event.count);
}

void write(JsonWriter&, const UnknownEvent&) {}  // encodeData writes it as it stands

}  // namespace

void encodeData(const Event& event, std::string& data, bool actor_claimed) {
    if (const auto* unknown = std::get_if<UnknownEvent>(&event)) {
        data = unknown->data;
        return;
    }
    data.clear();
    JsonWriter out(data);
    std::visit([&](const auto& concrete) { write(out, concrete); }, event);
    if (actor_claimed) out.member("actor_claimed", true);
    out.close();
}

bool actorIsClaimed(std::string_view data) noexcept {
    // Within a JSON string the quotation marks would be escaped.
    return data.ends_with(R"(,"actor_claimed":true})") || data == R"({"actor_claimed":true})";
}

std::string encodeData(const Event& event, bool actor_claimed) {
    std::string data;
    data.reserve(512);
    encodeData(event, data, actor_claimed);
    return data;
}

}  // namespace waybill
