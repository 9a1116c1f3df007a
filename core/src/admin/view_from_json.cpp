#include <Poco/Exception.h>

#include "admin/json_reading.h"
#include "admin/view_json.h"
#include "text/hidden_text.h"
#include "waybill/json_text.h"

namespace waybill {
namespace {

constexpr int kMaxDepth = 64;

using json::durationOrNull;
using json::list;
using json::member;
using json::number;
using json::numberOrNull;
using json::text;
using json::textOrNull;
using json::time;
using json::timeOrNull;
using json::truth;
using json::word;
using json::wrong;

/// A member's value as it stands in the object that `text` is.
std::string_view storedText(std::string_view text, std::string_view name) {
    const std::vector<JsonMember> members = jsonMembers(text);
    const JsonMember* const found = findMember(members, name);
    if (found == nullptr) json::wrong(name);
    return valueText(text, *found);
}

std::optional<FailureReason> reasonOrNull(const Json& object) {
    if (member(object, "reason").is_null()) return std::nullopt;
    return word(object, "reason", failureReasonFrom);
}

LastAttempt lastAttemptFrom(const Json& json) {
    LastAttempt last;
    if (json.is_null()) return last;
    last.attempt = number<std::uint32_t>(json, "attempt");
    last.cause = word(json, "cause", attemptCauseFrom);
    last.started_at = time(json, "started_at");
    last.duration = durationOrNull(json, "duration_us").value_or(Duration::zero());
    last.status = word(json, "status", attemptStatusFrom);
    last.http_status = numberOrNull<std::uint16_t>(json, "http_status");
    last.reason = reasonOrNull(json);
    return last;
}

void readResponse(const Json& json, AttemptView& attempt) {
    if (json.is_null()) return;
    attempt.response_body = textOrNull(json, "body");
    attempt.response_body_bytes = number<std::uint64_t>(json, "body_bytes");
    attempt.truncated = truth(json, "truncated");
    attempt.response_head = textOrNull(json, "status_line");
    if (attempt.response_head.empty()) return;
    attempt.response_head += "\r\n";
    const Json& headers = member(json, "headers");
    for (const auto& [name, value] : headers.items()) {
        attempt.response_head += name + ": " + text(headers, name.c_str()) + "\r\n";
    }
}

AttemptView attemptViewFrom(const Json& json) {
    AttemptView attempt;
    attempt.attempt = number<std::uint32_t>(json, "attempt");
    attempt.round = number<std::uint32_t>(json, "round");
    attempt.cause = word(json, "cause", attemptCauseFrom);
    attempt.started_at = time(json, "started_at");
    attempt.duration = durationOrNull(json, "duration_us");
    attempt.status = word(json, "status", attemptStatusFrom);
    attempt.http_status = numberOrNull<std::uint16_t>(json, "http_status");
    attempt.reason = reasonOrNull(json);
    attempt.explanation = text(json, "explanation");
    attempt.remote_address = textOrNull(json, "remote_address");
    const Json& timings = member(json, "timings_us");
    attempt.timings.dns = durationOrNull(timings, "dns");
    attempt.timings.connect = durationOrNull(timings, "connect");
    attempt.timings.tls = durationOrNull(timings, "tls");
    attempt.timings.first_byte = durationOrNull(timings, "first_byte");
    attempt.timings.total = durationOrNull(timings, "total").value_or(Duration::zero());
    attempt.tls = textOrNull(json, "tls");
    const Json& headers = member(member(json, "request"), "headers");
    if (!headers.is_null()) {
        for (const auto& [name, value] : headers.items()) {
            attempt.request_headers.emplace_back(name, text(headers, name.c_str()));
        }
    }
    readResponse(member(json, "response"), attempt);
    attempt.retry_at = timeOrNull(json, "retry_at");
    attempt.counts = truth(json, "counts");
    attempt.outcome_position = number<std::uint64_t>(json, "outcome_position");
    return attempt;
}

}  // namespace

Json parseJson(std::string_view text) {
    const auto bounded = [](int depth, Json::parse_event_t, Json&) {
        if (depth > kMaxDepth) throw Poco::DataException("JSON nested more than 64 deep");
        return true;
    };
    if (hidesText(text)) throw Poco::DataException("not JSON");
    try {
        return Json::parse(text, bounded);
    } catch (const Json::exception&) {  // also a number that no double can hold
        throw Poco::DataException("not JSON");
    }
}

DeliveryView deliveryViewFrom(const Json& json) {
    DeliveryView delivery;
    delivery.id = text(json, "id");
    delivery.url = textOrNull(json, "url");
    delivery.endpoint = text(json, "endpoint");
    delivery.client = text(json, "client");
    delivery.subject = textOrNull(json, "subject");
    delivery.status = text(json, "status");
    delivery.held_by = textOrNull(json, "held_by");
    delivery.round = number<std::uint32_t>(json, "round");
    delivery.attempt_count = number<std::uint32_t>(json, "attempt_count");
    delivery.max_attempts = number<std::uint32_t>(json, "max_attempts");
    for (const Json& delay : list(json, "retry_delays_us")) {
        if (!delay.is_number_unsigned()) wrong("retry_delays_us");
        delivery.retry_delays.emplace_back(delay.get<std::int64_t>());
    }
    delivery.next_attempt_at = timeOrNull(json, "next_attempt_at");
    delivery.created_at = time(json, "created_at");
    delivery.updated_at = time(json, "updated_at");
    const Json& payload = member(json, "payload");
    delivery.payload_bytes = number<std::uint64_t>(payload, "bytes");
    delivery.payload_sha256 = text(payload, "sha256");
    delivery.content_type = text(payload, "content_type");
    delivery.last_attempt = lastAttemptFrom(member(json, "last_attempt"));
    return delivery;
}

DeliveryDetail deliveryDetailFrom(const Json& json) {
    DeliveryDetail detail;
    detail.delivery = deliveryViewFrom(json);
    for (const Json& attempt : list(json, "attempts"))
        detail.attempts.push_back(attemptViewFrom(attempt));
    return detail;
}

EventView eventViewFrom(const Json& json, std::string_view text) {
    EventView event;
    event.global_position = number<std::uint64_t>(json, "global_position");
    event.stream = json::text(json, "stream");
    event.position = number<std::uint64_t>(json, "position");
    event.type = json::text(json, "type");
    event.recorded_at = time(json, "recorded_at");
    event.actor = json::text(json, "actor");
    event.data = storedText(text, "data");
    event.hash = json::text(json, "hash");
    return event;
}

std::vector<EventView> eventViewsFrom(const Json& page, std::string_view text) {
    const std::vector<std::string_view> texts = jsonElements(storedText(text, "data"));
    std::vector<EventView> events;
    for (const Json& element : list(page, "data")) {
        if (events.size() == texts.size()) json::wrong("data");
        events.push_back(eventViewFrom(element, texts[events.size()]));
    }
    return events;
}

DeliveryView deliveryViewFromJson(std::string_view json) {
    return deliveryViewFrom(parseJson(json));
}

DeliveryDetail deliveryDetailFromJson(std::string_view json) {
    return deliveryDetailFrom(parseJson(json));
}

EventView eventViewFromJson(std::string_view json) {
    return eventViewFrom(parseJson(json), json);
}

}  // namespace waybill
