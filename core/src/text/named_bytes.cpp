#include "waybill/named_bytes.h"

#include <algorithm>
#include <string>

#include "waybill/errors.h"
#include "waybill/json_check.h"
#include "waybill/json_text.h"

namespace waybill {

namespace {

constexpr const char* kMissing = "is missing, though nothing on record erased it";
constexpr const char* kOtherSize = "is damaged: it has another size than the event names";
constexpr const char* kOtherDigest = "is damaged: it has another digest than the event names";
constexpr const char* kNoJson = "is damaged: it is no JSON object";

[[noreturn]] void damaged(std::string_view what, std::uint64_t global_position,
                          std::string_view how) {
    throw DamagedBytes("The " + std::string(what) + " beside event " +
                       std::to_string(global_position) + " " + std::string(how) + ".");
}

void checkSalted(const RecordedEvent& event, std::string_view what,
                 const std::optional<BytesDigest>& named, std::string_view salt,
                 std::string_view bytes) {
    const BytesDigest expected = named.value_or(BytesDigest{0, saltedSha256(salt, {})});
    if (bytes.size() != expected.size) damaged(what, event.global_position, kOtherSize);
    if (named && saltedSha256(salt, bytes) != expected.digest)
        damaged(what, event.global_position, kOtherDigest);
}

void checkObject(const RecordedEvent& event, std::string_view what, std::string_view text) {
    constexpr JsonLimits kAnyJson{.max_depth = 1000, .unique_keys = false, .lone_surrogates = true};
    if (checkJson(text, kAnyJson) || !isJsonObject(text.substr(text.find_first_not_of(" \t\r\n"))))
        damaged(what, event.global_position, kNoJson);
}

const ExchangeSummary* exchangeOf(const Event& event) noexcept {
    if (const auto* succeeded = std::get_if<AttemptSucceeded>(&event)) return &succeeded->exchange;
    const auto* failed = std::get_if<AttemptFailed>(&event);
    return failed ? &failed->exchange : nullptr;
}

/// A digest that an event names, and where the bytes and salt lie that it was made of.
struct NamedUrl {
    Digest digest{};
    std::uint64_t global_position = 0;
};

/// The URL in force after the last event: the newest that an event names.
std::optional<NamedUrl> newestUrl(const std::vector<RecordedEvent>& history) {
    for (auto event = history.rbegin(); event != history.rend(); ++event) {
        if (const auto* accepted = std::get_if<DeliveryAccepted>(&event->event))
            return NamedUrl{accepted->url_digest, event->global_position};
        const auto* again = std::get_if<RedeliveryRequested>(&event->event);
        if (again && again->url_digest) return NamedUrl{*again->url_digest, event->global_position};
    }
    return std::nullopt;
}

/// Whether a token goes with the last event; nothing where only its bytes say so.
std::optional<bool> tokenNamed(const std::vector<RecordedEvent>& history, const FindUrl& find) {
    for (auto event = history.rbegin(); event != history.rend(); ++event) {
        if (const auto* accepted = std::get_if<DeliveryAccepted>(&event->event))
            return accepted->has_token;
        const auto* again = std::get_if<RedeliveryRequested>(&event->event);
        if (!again || !again->token_changed) continue;
        if (again->token_dropped) return false;
        if (event == history.rbegin()) return std::nullopt;
        const auto changed = find(event->global_position);
        return changed ? std::optional(changed->has_token) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::optional<BytesDigest> payloadNamedBy(const Event& event) {
    if (const auto* accepted = std::get_if<DeliveryAccepted>(&event)) {
        if (!accepted->payload_stream.empty()) return std::nullopt;  // its bytes are the response's
        return BytesDigest{accepted->payload_bytes, accepted->payload_digest};
    }
    const auto* completed = std::get_if<ResponseCompleted>(&event);
    if (!completed || !completed->payload_digest) return std::nullopt;
    return BytesDigest{completed->payload_bytes, *completed->payload_digest};
}

void checkPayload(const RecordedEvent& event, const Bytes& payload, bool erased) {
    const auto named = payloadNamedBy(event.event);
    if (!named || (!payload && erased)) return;
    if (!payload) damaged("payload", event.global_position, kMissing);
    if (payload->size() != named->size) damaged("payload", event.global_position, kOtherSize);
    if (sha256(*payload) != named->digest) damaged("payload", event.global_position, kOtherDigest);
}

bool mayHaveDestination(const Event& event) noexcept {
    const auto* again = std::get_if<RedeliveryRequested>(&event);
    if (again) return again->url_digest || again->token_changed;
    return std::holds_alternative<DeliveryAccepted>(event) ||
           std::holds_alternative<ResponseCreated>(event);
}

void checkUrl(const std::vector<RecordedEvent>& history, const FindUrl& find) {
    const RecordedEvent& event = history.back();
    if (std::holds_alternative<ResponseCreated>(event.event)) return;
    const auto named = newestUrl(history);
    const auto token = tokenNamed(history, find);
    std::string salt;
    if (named && named->global_position != event.global_position) {
        const auto earlier = find(named->global_position);
        if (!earlier) damaged("URL", named->global_position, kMissing);
        salt = earlier->salt;
    }
    const auto stored = find(event.global_position);
    if (!stored) damaged("URL", event.global_position, kMissing);
    if (named && named->global_position == event.global_position) salt = stored->salt;
    if (!named || saltedSha256(salt, stored->url) != named->digest)
        damaged("URL", event.global_position, kOtherDigest);
    if (token && *token != stored->has_token) {
        damaged("token", event.global_position,
                *token ? kMissing : "is damaged: the events say that there is none");
    }
}

bool namesExchange(const Event& event) noexcept {
    const ExchangeSummary* const summary = exchangeOf(event);
    return summary && (summary->response_head || summary->response_body);
}

void checkExchange(const RecordedEvent& event, const std::optional<Exchange>& exchange,
                   std::string_view salt, bool erased) {
    if (!namesExchange(event.event) || (!exchange && erased)) return;
    const ExchangeSummary* const summary = exchangeOf(event.event);
    if (!exchange) damaged("answer", event.global_position, kMissing);
    checkSalted(event, "answer", summary->response_head, salt, exchange->head);
    checkSalted(event, "answer", summary->response_body, salt, exchange->body);
}

bool hasRequest(const Event& event) noexcept {
    const auto* created = std::get_if<ResponseCreated>(&event);
    return created && created->background;
}

void checkRequest(const RecordedEvent& event, const std::optional<StoredRequest>& request,
                  bool over) {
    if (!hasRequest(event.event) || (!request && over)) return;
    if (!request) damaged("request", event.global_position, kMissing);
    checkObject(event, "request", request->body);
    for (const std::string* part : {&request->headers, &request->object})
        if (!part->empty()) checkObject(event, "request", *part);
}

void checkRequestedObject(const RecordedEvent& event, const Bytes& object, bool over) {
    if (!hasRequest(event.event) || (!object && over)) return;
    if (!object) damaged("request", event.global_position, kMissing);
    checkObject(event, "request", *object);
}

bool payloadWasErased(const std::vector<RecordedEvent>& stream) noexcept {
    return std::any_of(stream.begin(), stream.end(), [](const RecordedEvent& event) {
        return std::holds_alternative<PayloadErased>(event.event) ||
               std::holds_alternative<UnknownEvent>(event.event);
    });
}

bool requestIsOver(const std::vector<RecordedEvent>& stream) noexcept {
    return std::any_of(stream.begin(), stream.end(), [](const RecordedEvent& event) {
        return std::holds_alternative<ResponseCompleted>(event.event) ||
               std::holds_alternative<ResponseDeleted>(event.event) ||
               std::holds_alternative<UnknownEvent>(event.event);
    });
}

void throwSealedDamage(std::uint64_t global_position, std::string_view what) {
    damaged(what, global_position, "is damaged: it does not open with the log's key");
}

}  // namespace waybill
