#include "waybill/event_codec.h"

#include <nlohmann/json.hpp>

#include <concepts>
#include <utility>

#include "json_writer.h"
#include "sha256.h"
#include "waybill/errors.h"

namespace waybill {

namespace {

using Json = nlohmann::json;

// ---- encoding
// One overload a type; `std::visit` does not compile for a type that has none. Keys that say nothing
// (an empty name, an absent option) are left out, except those a reader of a failure looks for.

void writeTime(JsonWriter& out, std::string_view key, const std::optional<Timestamp>& time) {
    time ? out.member(key, formatTimestamp(*time)) : out.null(key);
}

void writeText(JsonWriter& out, std::string_view key, const std::string& text) {
    if (!text.empty()) out.member(key, text);
}

void writePolicy(JsonWriter& out, const RetryPolicy& policy) {
    out.member("max_retries", policy.max_retries);
    std::string delays = "[";
    for (const Duration delay : policy.delays) {
        if (delays.size() > 1) delays += ',';
        delays += std::to_string(delay.count());
    }
    out.raw("retry_delays_us", delays + "]");
    if (policy.final_statuses.empty()) return;
    std::string statuses = "[";
    for (const std::uint16_t status : policy.final_statuses) {
        if (statuses.size() > 1) statuses += ',';
        statuses += std::to_string(status);
    }
    out.raw("final_statuses", statuses + "]");
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
        inner.member("digest", toHex(bytes->digest));
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
        inner.member("key_digest", toHex(idempotency->key));
        inner.member("body_digest", toHex(idempotency->body));
    });
}

void write(JsonWriter& out, const DeliveryAccepted& event) {
    out.member("endpoint", event.endpoint);
    out.member("url_digest", toHex(event.url_digest));
    out.member("payload_digest", toHex(event.payload_digest));
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
    if (event.url_digest) out.member("url_digest", toHex(*event.url_digest));
    if (event.token_changed) out.member("token_changed", true);
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
    out.member("status", event.status);
    if (event.payload_digest) out.member("payload_digest", toHex(*event.payload_digest));
    if (event.payload_digest) out.member("payload_bytes", event.payload_bytes);
    writeText(out, "delivery", event.delivery);
}

void write(JsonWriter& out, const ResponseDeleted& event) {
    writeText(out, "reason", event.reason);
}

void write(JsonWriter& out, const CallbackIgnored& event) {
    out.member("code", event.code);
    out.member("reason", event.reason);
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

void write(JsonWriter& out, const BulkRedeliveryFinished& event) {
    out.member("done", event.done);
    out.member("refused", event.refused);
    if (event.stopped) out.member("stopped", true);
}

void write(JsonWriter& out, const LogContinued& event) {
    out.member("archive_head", toHex(event.archive_head));
    out.member("archive_position", event.archive_position);
    out.raw("state", event.state.empty() ? "{}" : event.state);
}

// ---- decoding

/// Typed access to the members of a data object; a wrong type throws with the key's name.
class Reader {
public:
    explicit Reader(const Json& object) : object_(object) {
        if (!object.is_object()) throw std::invalid_argument("data is not an object");
    }

    bool has(const char* key) const { return object_.contains(key) && !object_[key].is_null(); }

    std::string text(const char* key) const {
        return has(key) ? expect(key, object_[key].is_string()).get<std::string>() : std::string();
    }
    bool flag(const char* key, bool missing) const {
        return has(key) ? expect(key, object_[key].is_boolean()).get<bool>() : missing;
    }
    template <std::integral Number>
    Number number(const char* key) const {
        return has(key) ? numberFrom<Number>(key, object_[key]) : Number{0};
    }
    std::optional<Duration> duration(const char* key) const {
        if (!has(key)) return std::nullopt;
        return Duration(number<std::int64_t>(key));
    }
    std::optional<Timestamp> time(const char* key) const {
        if (!has(key)) return std::nullopt;
        const auto time = parseTimestamp(text(key));
        expect(key, time.has_value());
        return time;
    }
    std::optional<Digest> digest(const char* key) const {
        if (!has(key)) return std::nullopt;
        const auto digest = digestFromHex(text(key));
        expect(key, digest.has_value());
        return digest;
    }
    template <typename Enum>
    std::optional<Enum> name(const char* key,
                             std::optional<Enum> (*from)(std::string_view) noexcept) const {
        if (!has(key)) return std::nullopt;
        const auto value = from(text(key));
        expect(key, value.has_value());
        return value;
    }
    Reader object(const char* key) const {
        static const Json kEmpty = Json::object();
        return Reader(has(key) ? object_[key] : kEmpty);
    }
    std::string dump(const char* key) const { return has(key) ? object_[key].dump() : "{}"; }

    template <typename Number>
    std::vector<Number> numbers(const char* key) const {
        std::vector<Number> values;
        if (!has(key)) return values;
        for (const Json& value : expect(key, object_[key].is_array())) {
            values.push_back(numberFrom<Number>(key, value));
        }
        return values;
    }

private:
    template <std::integral Number>
    Number numberFrom(const char* key, const Json& value) const {
        expect(key, value.is_number_integer());
        if (value.is_number_unsigned()) {
            expect(key, std::in_range<Number>(value.get<std::uint64_t>()));
        } else {
            expect(key, std::in_range<Number>(value.get<std::int64_t>()));
        }
        return value.get<Number>();
    }
    const Json& expect(const char* key, bool holds) const {
        if (!holds) throw std::invalid_argument("data has a wrong value at " + std::string(key));
        return object_[key];
    }

    const Json& object_;
};

std::optional<IdempotencyKey> readIdempotency(const Reader& in) {
    if (!in.has("idempotency")) return std::nullopt;
    const Reader inner = in.object("idempotency");
    return IdempotencyKey{inner.digest("key_digest").value_or(Digest{}),
                          inner.digest("body_digest").value_or(Digest{})};
}

RetryPolicy readPolicy(const Reader& in) {
    RetryPolicy policy;
    policy.max_retries = in.number<std::uint32_t>("max_retries");
    policy.final_statuses = in.numbers<std::uint16_t>("final_statuses");
    policy.delays.clear();
    for (const std::int64_t delay : in.numbers<std::int64_t>("retry_delays_us")) {
        policy.delays.emplace_back(delay);
    }
    if (policy.delays.empty()) throw std::invalid_argument("a policy has no retry delays");
    return policy;
}

std::optional<BytesDigest> readBytes(const Reader& in, const char* key) {
    if (!in.has(key)) return std::nullopt;
    const Reader inner = in.object(key);
    return BytesDigest{inner.number<std::uint64_t>("bytes"),
                       inner.digest("digest").value_or(Digest{})};
}

ExchangeSummary readExchange(const Reader& in) {
    ExchangeSummary exchange;
    if (in.has("http_status")) exchange.http_status = in.number<std::uint16_t>("http_status");
    exchange.remote_address = in.text("remote_address");
    const Reader timings = in.object("timings_us");
    exchange.timings = {timings.duration("dns"), timings.duration("connect"),
                        timings.duration("tls"), timings.duration("first_byte"),
                        timings.duration("total").value_or(Duration::zero())};
    exchange.tls = in.text("tls");
    exchange.reused = in.flag("reused", false);
    exchange.truncated = in.flag("truncated", false);
    exchange.response_head = readBytes(in, "response_head");
    exchange.response_body = readBytes(in, "response_body");
    return exchange;
}

void read(const Reader& in, DeliveryAccepted& event) {
    event.endpoint = in.text("endpoint");
    event.url_digest = in.digest("url_digest").value_or(Digest{});
    event.payload_digest = in.digest("payload_digest").value_or(Digest{});
    event.payload_bytes = in.number<std::uint64_t>("payload_bytes");
    event.payload_stream = in.text("payload_stream");
    event.content_type = in.text("content_type");
    event.client = in.text("client");
    event.subject = in.text("subject");
    event.has_token = in.flag("has_token", false);
    event.idempotency = readIdempotency(in);
    event.policy = readPolicy(in.object("policy"));
    event.due_at = in.time("due_at").value_or(Timestamp{});
}

void read(const Reader& in, AttemptStarted& event) {
    event.attempt = in.number<std::uint32_t>("attempt");
    event.round = in.number<std::uint32_t>("round");
    event.cause = in.name("cause", attemptCauseFrom).value_or(AttemptCause::kFirst);
}

void read(const Reader& in, AttemptSucceeded& event) {
    event.attempt = in.number<std::uint32_t>("attempt");
    event.exchange = readExchange(in);
}

void read(const Reader& in, AttemptFailed& event) {
    event.attempt = in.number<std::uint32_t>("attempt");
    event.reason = in.name("reason", failureReasonFrom).value_or(FailureReason::kConnect);
    event.detail = in.text("detail");
    event.exchange = readExchange(in);
    event.counts = in.flag("counts", true);
    event.retry_at = in.time("retry_at");
    event.round_end = in.name("round_end", roundEndFrom);
}

void read(const Reader& in, AttemptAbandoned& event) {
    event.attempt = in.number<std::uint32_t>("attempt");
    event.retry_at = in.time("retry_at");
    event.round_end = in.name("round_end", roundEndFrom);
}

void read(const Reader& in, RedeliveryRequested& event) {
    event.round = in.number<std::uint32_t>("round");
    event.reason = in.text("reason");
    event.endpoint = in.text("endpoint");
    event.url_digest = in.digest("url_digest");
    event.token_changed = in.flag("token_changed", false);
    event.bulk = in.text("bulk");
    event.due_at = in.time("due_at").value_or(Timestamp{});
}

void read(const Reader& in, ResponseCreated& event) {
    event.kind = in.text("kind");
    event.client = in.text("client");
    event.model = in.text("model");
    event.background = in.flag("background", false);
    event.run = in.number<std::uint32_t>("run");
    event.idempotency = readIdempotency(in);
}

void read(const Reader& in, ResponseCompleted& event) {
    event.object_id = in.text("object_id");
    event.status = in.text("status");
    event.payload_digest = in.digest("payload_digest");
    event.payload_bytes = in.number<std::uint64_t>("payload_bytes");
    event.delivery = in.text("delivery");
}

void read(const Reader& in, CallbackIgnored& event) {
    event.code = in.text("code");
    event.reason = in.text("reason");
}

void read(const Reader& in, DeliveryCancelled& event) {
    event.reason = in.text("reason");
}
void read(const Reader& in, ResponseDeleted& event) {
    event.reason = in.text("reason");
}
void read(const Reader& in, PayloadErased& event) {
    event.reason = in.text("reason");
}
void read(const Reader& in, EndpointPaused& event) {
    event.reason = in.text("reason");
}
void read(const Reader& in, EndpointResumed& event) {
    event.reason = in.text("reason");
}

void read(const Reader& in, BulkRedeliveryRequested& event) {
    event.filter = in.dump("filter");
    event.matched = in.number<std::uint64_t>("matched");
    event.rate_per_minute = in.number<std::uint64_t>("rate_per_minute");
    event.reason = in.text("reason");
}

void read(const Reader& in, BulkRedeliveryPaused& event) {
    event.reason = in.text("reason");
}

void read(const Reader& in, BulkRedeliveryResumed& event) {
    event.reason = in.text("reason");
}

void read(const Reader& in, BulkRedeliveryFinished& event) {
    event.done = in.number<std::uint64_t>("done");
    event.refused = in.number<std::uint64_t>("refused");
    event.stopped = in.flag("stopped", false);
}

void read(const Reader& in, LogContinued& event) {
    event.archive_head = in.digest("archive_head").value_or(Digest{});
    event.archive_position = in.number<std::uint64_t>("archive_position");
    event.state = in.dump("state");
}

/// The event of alternative `Index` or a later one whose name is `type`.
template <std::size_t kIndex = 0>
Event decodeAs(std::string_view type, const Reader& in) {
    if constexpr (kIndex == std::variant_size_v<Event>) {
        throw std::invalid_argument("unknown event type " + std::string(type));
    } else {
        Event event(std::in_place_index<kIndex>);
        if (typeName(event) != type) return decodeAs<kIndex + 1>(type, in);
        read(in, std::get<kIndex>(event));
        return event;
    }
}

// ---- the chain

void hashNumber(Sha256& hash, std::uint64_t value) {
    char bytes[8];
    for (int i = 0; i < 8; ++i)
        bytes[i] = static_cast<char>(value >> (56 - 8 * i));
    hash.update({bytes, sizeof bytes});
}

void hashText(Sha256& hash, std::string_view text) {
    hashNumber(hash, text.size());
    hash.update(text);
}

std::string_view view(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string encodeData(const Event& event) {
    std::string data;
    data.reserve(512);
    JsonWriter out(data);
    std::visit([&](const auto& concrete) { write(out, concrete); }, event);
    out.close();
    return data;
}

Event decodeData(std::string_view type, std::string_view data, const StreamId& stream,
                 std::uint64_t position) {
    try {
        const Json object = Json::parse(data);
        return decodeAs(type, Reader(object));
    } catch (const std::exception& error) {  // nlohmann's own, or Reader's
        throw CorruptLog(stream, position, error.what());
    }
}

Digest genesisHash(std::string_view log_id) {
    return saltedSha256("waybill log 1\n", log_id);
}

Digest chainHash(const Digest& previous, const StoredEvent& event) {
    Sha256 hash;
    hash.update(view(previous));
    hashNumber(hash, event.global_position);
    hashText(hash, event.stream);
    hashNumber(hash, event.position);
    hashText(hash, event.type);
    hashNumber(hash, static_cast<std::uint64_t>(event.recorded_at_us));
    hashText(hash, event.actor);
    hashText(hash, event.data);
    return hash.finish();
}

Digest chainHash(const Digest& previous, const RecordedEvent& event, std::string_view data) {
    return chainHash(
        previous,
        StoredEvent{event.global_position, event.stream, event.position, typeName(event.event),
                    event.recorded_at.time_since_epoch().count(), event.actor, data});
}

}  // namespace waybill
