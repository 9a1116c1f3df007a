#include <cstddef>

#include "view_json.h"

namespace waybill {
namespace {

Json orNull(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

template <typename Number>
Json orNull(const std::optional<Number>& number) {
    return number ? Json(*number) : Json(nullptr);
}

Json orNull(const std::optional<Timestamp>& time) {
    return time ? Json(formatTimestamp(*time)) : Json(nullptr);
}

Json orNull(const std::optional<Duration>& duration) {
    return duration ? Json(duration->count()) : Json(nullptr);
}

Json orNull(const std::optional<FailureReason>& reason) {
    return reason ? Json(std::string(toString(*reason))) : Json(nullptr);
}

bool hasOutcome(AttemptStatus status) {
    return status == AttemptStatus::kSucceeded || status == AttemptStatus::kFailed;
}

Json toJsonValue(const LastAttempt& last) {
    if (last.attempt == 0) return nullptr;
    const bool timed = hasOutcome(last.status);
    return Json{{"attempt", last.attempt},
                {"cause", toString(last.cause)},
                {"started_at", formatTimestamp(last.started_at)},
                {"duration_us", timed ? Json(last.duration.count()) : Json(nullptr)},
                {"status", toString(last.status)},
                {"http_status", orNull(last.http_status)},
                {"reason", orNull(last.reason)}};
}

Json toJsonValue(const DeliveryView& delivery) {
    return Json{{"id", delivery.id},
                {"url", orNull(delivery.url)},
                {"endpoint", delivery.endpoint},
                {"client", delivery.client},
                {"subject", orNull(delivery.subject)},
                {"status", delivery.status},
                {"held_by", orNull(delivery.held_by)},
                {"round", delivery.round},
                {"attempt_count", delivery.attempt_count},
                {"max_attempts", delivery.max_attempts},
                {"next_attempt_at", orNull(delivery.next_attempt_at)},
                {"created_at", formatTimestamp(delivery.created_at)},
                {"updated_at", formatTimestamp(delivery.updated_at)},
                {"payload",
                 {{"bytes", delivery.payload_bytes},
                  {"sha256", delivery.payload_sha256},
                  {"content_type", delivery.content_type}}},
                {"last_attempt", toJsonValue(delivery.last_attempt)}};
}

/// A head as received: its first line, and its fields. A name that occurs again gets its values
/// joined (RFC 9110 section 5.2).
struct ParsedHead {
    Json status_line = nullptr;
    Json headers = nullptr;
};

ParsedHead parseHead(std::string_view head) {
    ParsedHead parsed;
    while (!head.empty()) {
        const std::size_t end = head.find('\n');
        std::string_view line = head.substr(0, end);
        head = end == std::string_view::npos ? std::string_view() : head.substr(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (parsed.status_line.is_null()) {
            parsed.status_line = line;
            parsed.headers = Json::object();
            continue;
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string name(line.substr(0, colon));
        std::string_view value = line.substr(colon + 1);
        while (value.starts_with(' ') || value.starts_with('\t'))
            value.remove_prefix(1);
        Json& slot = parsed.headers[name];
        slot = slot.is_null() ? std::string(value)
                              : slot.get<std::string>() + ", " + std::string(value);
    }
    return parsed;
}

Json responseJson(const AttemptView& attempt) {
    if (!attempt.http_status && attempt.response_head.empty()) return nullptr;
    ParsedHead head = parseHead(attempt.response_head);
    const bool body_known = !attempt.response_body.empty() || attempt.response_body_bytes == 0;
    return Json{{"status_line", std::move(head.status_line)},
                {"headers", std::move(head.headers)},
                {"body", body_known ? Json(attempt.response_body) : Json(nullptr)},
                {"body_bytes", attempt.response_body_bytes},
                {"truncated", attempt.truncated}};
}

Json requestJson(const AttemptView& attempt) {
    if (attempt.request_headers.empty()) return Json{{"headers", nullptr}};
    Json headers = Json::object();
    for (const auto& [name, value] : attempt.request_headers)
        headers[name] = value;
    return Json{{"headers", std::move(headers)}};
}

Json toJsonValue(const AttemptView& attempt) {
    const PhaseTimings& timings = attempt.timings;
    const std::optional<Duration> total =
        hasOutcome(attempt.status) ? std::optional(timings.total) : std::nullopt;
    return Json{{"attempt", attempt.attempt},
                {"round", attempt.round},
                {"cause", toString(attempt.cause)},
                {"started_at", formatTimestamp(attempt.started_at)},
                {"duration_us", orNull(attempt.duration)},
                {"status", toString(attempt.status)},
                {"http_status", orNull(attempt.http_status)},
                {"reason", orNull(attempt.reason)},
                {"explanation", attempt.explanation},
                {"remote_address", orNull(attempt.remote_address)},
                {"timings_us",
                 {{"dns", orNull(timings.dns)},
                  {"connect", orNull(timings.connect)},
                  {"tls", orNull(timings.tls)},
                  {"first_byte", orNull(timings.first_byte)},
                  {"total", orNull(total)}}},
                {"tls", orNull(attempt.tls)},
                {"request", requestJson(attempt)},
                {"response", responseJson(attempt)},
                {"retry_at", orNull(attempt.retry_at)},
                {"counts", attempt.counts},
                {"outcome_position",
                 attempt.outcome_position != 0 ? Json(attempt.outcome_position) : Json(nullptr)}};
}

}  // namespace

std::string toText(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string toJson(const DeliveryView& delivery) {
    return toText(toJsonValue(delivery));
}

std::string toJson(const AttemptView& attempt) {
    return toText(toJsonValue(attempt));
}

std::string toJson(const DeliveryDetail& detail) {
    Json json = toJsonValue(detail.delivery);
    Json attempts = Json::array();
    for (const AttemptView& attempt : detail.attempts)
        attempts.push_back(toJsonValue(attempt));
    json["attempts"] = std::move(attempts);
    return toText(json);
}

std::string toJson(const EventView& event) {
    std::string json = toText(Json{{"global_position", event.global_position},
                                   {"stream", event.stream},
                                   {"position", event.position},
                                   {"type", event.type},
                                   {"recorded_at", formatTimestamp(event.recorded_at)},
                                   {"actor", event.actor}});
    // The stored text itself, not a reading of it: what is shown is what was hashed.
    json.pop_back();
    json += ",\"data\":" + event.data + ",\"hash\":\"" + event.hash + "\"}";
    return json;
}

}  // namespace waybill
