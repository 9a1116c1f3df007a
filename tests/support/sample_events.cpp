#include "support/sample_events.h"

namespace waybill::test {

namespace {

using namespace std::chrono_literals;

Timestamp at(const char* text) {
    return parseTimestamp(text).value();
}

ExchangeSummary fullExchange(std::uint16_t status) {
    return {
        .http_status = status,
        .remote_address = "192.0.2.7:443",
        .timings = {.dns = 1us, .connect = 22us, .tls = 333us, .first_byte = 4444us, .total = 5s},
        .tls = "TLSv1.3",
        .reused = true,
        .truncated = true,
        .response_head = BytesDigest{77, digestOf(0x77)},
        .response_body = BytesDigest{88, digestOf(0x88)}};
}

}  // namespace

Digest digestOf(std::uint8_t byte) {
    Digest digest{};
    digest.fill(byte);
    return digest;
}

std::vector<Event> fullEvents() {
    const IdempotencyKey idempotency{digestOf(0x33), digestOf(0x44)};
    return {
        DeliveryAccepted{.endpoint = "https://example.com:443",
                         .url_digest = digestOf(0x11),
                         .payload_digest = digestOf(0x22),
                         .payload_bytes = 2048,
                         .content_type = "text/plain",
                         .client = "acme",
                         .subject = "order 66",
                         .payload_stream = "resp_1",
                         .has_token = true,
                         .idempotency = idempotency,
                         .policy = {1, {7s, 90s}, {410, 404}},
                         .due_at = at("2026-11-21T20:00:00.000001Z")},
        AttemptStarted{.attempt = 5, .round = 2, .cause = AttemptCause::kRedelivery},
        AttemptSucceeded{.attempt = 5, .exchange = fullExchange(204)},
        AttemptFailed{.attempt = 5,
                      .reason = FailureReason::kStaleConnection,
                      .detail = "connection reset",
                      .exchange = fullExchange(503),
                      .counts = false,
                      .retry_at = at("2026-11-21T20:00:05Z"),
                      .round_end = RoundEnd::kFinalStatus},
        AttemptAbandoned{.attempt = 5,
                         .retry_at = at("2026-11-21T20:05:00.5Z"),
                         .round_end = RoundEnd::kAttemptsUsed},
        RedeliveryRequested{.round = 3,
                            .reason = "mended",
                            .endpoint = "https://new.example:8443",
                            .previous_endpoint = "https://example.com:443",
                            .url_digest = digestOf(0x55),
                            .token_changed = true,
                            .token_dropped = true,
                            .bulk = "blk_1",
                            .due_at = at("2026-11-21T21:00:00Z")},
        DeliveryCancelled{.reason = "no longer wanted"},
        ResponseCreated{.kind = "chat.completion",
                        .client = "acme",
                        .model = "echo-1",
                        .background = true,
                        .run = 2,
                        .idempotency = idempotency},
        ResponseCompleted{.object_id = "chatcmpl-1",
                          .backend_id = "chatcmpl-0",
                          .status = "completed",
                          .payload_digest = digestOf(0x66),
                          .payload_bytes = 4096,
                          .delivery = "dlv_1",
                          .reason = "The backend's stream was cut short."},
        ResponseDeleted{.reason = "by its owner"},
        CallbackIgnored{.code = "url_scheme", .reason = "The URL is neither http nor https."},
        CallbackRequested{.delivery = "dlv_1", .reason = "the address is allowed now"},
        PayloadErased{.reason = "kept for 30 days"},
        EndpointPaused{.reason = "is being mended"},
        EndpointResumed{.reason = "mended"},
        BulkRedeliveryRequested{
            .filter = R"({"endpoint":"https://example.com:443","status":"failed"})",
            .matched = 100,
            .rate_per_minute = 60,
            .reason = "after the outage"},
        BulkRedeliveryPaused{.reason = "too much at once"},
        BulkRedeliveryResumed{.reason = "at night"},
        BulkRedeliveryRefused{.refused = 2, .through = "dlv_01kg0000000000000000000000"},
        BulkRedeliveryFinished{.done = 98, .refused = 2, .stopped = true},
        LogContinued{.archive_head = digestOf(0x99),
                     .archive_position = 123456,
                     .state = R"({"streams":[]})"},
        LossAccepted{.known_position = 12,
                     .known_hash = digestOf(0x99),
                     .found_position = 10,
                     .found_hash = digestOf(0x88),
                     .missing = 2,
                     .reason = "the write-ahead log is damaged"},
        AccessRecorded{.kind = AccessKind::kLoginFailed,
                       .target = "GET /admin/v1/deliveries",
                       .address = "192.0.2.7",
                       .count = 3},
    };
}

}  // namespace waybill::test
