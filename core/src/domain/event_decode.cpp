#include <algorithm>
#include <concepts>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "text/hidden_text.h"
#include "waybill/errors.h"
#include "waybill/event_codec.h"

namespace waybill {

namespace {

using Json = nlohmann::json;

/// Of JSON in JSON; writing deeper text than this again could use up the stack.
constexpr int kMaxDepth = 64;

bool depthWithin(const Json& value, int levels) {
    if (!value.is_structured()) return true;
    return levels > 0 && std::all_of(value.begin(), value.end(), [&](const Json& inner) {
               return depthWithin(inner, levels - 1);
           });
}

/// Of the data of an event that is only passed on: what shows it wraps it in JSON of its own.
constexpr int kMaxUnknownDepth = 60;

/// What types and enumerations are named by, in this version and every later one.
bool isTypeName(std::string_view text) {
    constexpr std::size_t kMaxName = 64;
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    return !text.empty() && text.size() <= kMaxName && is_lower(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_'; });
}

/// Typed access to the members of a data object; a wrong type throws with the key's name.
class Reader {
public:
    /// `met_later` becomes true at a name of an enumeration that this version does not know.
    Reader(const Json& object, bool& met_later) : object_(object), met_later_(met_later) {
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
    Number number(const char* key, Number missing = 0) const {
        return has(key) ? numberFrom<Number>(key, object_[key]) : missing;
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
        const std::string name = text(key);
        const auto value = from(name);
        if (value) return value;
        expect(key, isTypeName(name));
        met_later_ = true;
        return std::nullopt;
    }
    Reader object(const char* key) const {
        static const Json kEmpty = Json::object();
        return {has(key) ? object_[key] : kEmpty, met_later_};
    }
    /// JSON text again: compact, keys in order of their names.
    std::string dump(const char* key) const {
        if (!has(key)) return "{}";
        expect(key, depthWithin(object_[key], kMaxDepth));
        return object_[key].dump();
    }

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
    bool& met_later_;
};

std::optional<IdempotencyKey> readIdempotency(const Reader& in) {
    if (!in.has("idempotency")) return std::nullopt;
    const Reader inner = in.object("idempotency");
    return IdempotencyKey{inner.digest("key_digest").value_or(Digest{}),
                          inner.digest("body_digest").value_or(Digest{})};
}

RetryPolicy readPolicy(const Reader& in) {
    RetryPolicy policy;
    policy.max_retries = in.number("max_retries", policy.max_retries);
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
    event.previous_endpoint = in.text("previous_endpoint");
    event.url_digest = in.digest("url_digest");
    event.token_changed = in.flag("token_changed", false);
    event.token_dropped = in.flag("token_dropped", false);
    event.bulk = in.text("bulk");
    event.due_at = in.time("due_at").value_or(Timestamp{});
}

void read(const Reader& in, ResponseCreated& event) {
    event.kind = in.text("kind");
    event.client = in.text("client");
    event.model = in.text("model");
    event.background = in.flag("background", false);
    event.run = in.number<std::uint32_t>("run", 1);
    event.idempotency = readIdempotency(in);
}

void read(const Reader& in, ResponseCompleted& event) {
    event.object_id = in.text("object_id");
    event.backend_id = in.text("backend_id");
    event.status = in.text("status");
    event.payload_digest = in.digest("payload_digest");
    event.payload_bytes = in.number<std::uint64_t>("payload_bytes");
    event.delivery = in.text("delivery");
    event.reason = in.text("reason");
}

void read(const Reader& in, CallbackIgnored& event) {
    event.code = in.text("code");
    event.reason = in.text("reason");
}

void read(const Reader& in, CallbackRequested& event) {
    event.delivery = in.text("delivery");
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

void read(const Reader& in, BulkRedeliveryRefused& event) {
    event.refused = in.number<std::uint64_t>("refused");
    event.through = in.text("through");
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

void read(const Reader& in, LossAccepted& event) {
    event.known_position = in.number<std::uint64_t>("known_position");
    event.known_hash = in.digest("known_hash");
    event.found_position = in.number<std::uint64_t>("found_position");
    event.found_hash = in.digest("found_hash").value_or(Digest{});
    event.missing = in.number<std::uint64_t>("missing");
    event.reason = in.text("reason");
}

void read(const Reader& in, AccessRecorded& event) {
    event.kind = in.name("kind", accessKindFrom).value_or(AccessKind::kPayloadRead);
    event.target = in.text("target");
    event.address = in.text("address");
    event.count = in.number<std::uint64_t>("count", 1);
}

/// The event of alternative `kIndex` or a later one whose name is `type`; nothing for a type of a
/// later version.
template <std::size_t kIndex = 0>
std::optional<Event> decodeAs(std::string_view type, const Reader& in) {
    if constexpr (std::is_same_v<std::variant_alternative_t<kIndex, Event>, UnknownEvent>) {
        if (!isTypeName(type))
            throw std::invalid_argument("no event type is named " + std::string(type));
        return std::nullopt;
    } else {
        Event event(std::in_place_index<kIndex>);
        if (typeName(event) != type) return decodeAs<kIndex + 1>(type, in);
        read(in, std::get<kIndex>(event));
        return event;
    }
}

}  // namespace

Event decodeData(std::string_view type, std::string_view data, const StreamId& stream,
                 std::uint64_t position) {
    try {
        if (hidesText(data)) throw std::invalid_argument("data is more than JSON");
        const Json object = Json::parse(data);
        bool met_later = false;
        std::optional<Event> event = decodeAs(type, Reader(object, met_later));
        if (event && !met_later) return *std::move(event);
        if (!depthWithin(object, kMaxUnknownDepth))
            throw std::invalid_argument("data is nested more than 60 deep");
        return UnknownEvent{std::string(type), std::string(data)};
    } catch (const std::exception& error) {  // nlohmann's own, or Reader's
        throw CorruptLog(stream, position, error.what());
    }
}

}  // namespace waybill
