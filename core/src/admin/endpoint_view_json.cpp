#include "admin/json_reading.h"
#include "admin/json_writing.h"
#include "admin/latency_json.h"
#include "waybill/operator_views.h"

namespace waybill {

std::string toJson(const EndpointView& endpoint) {
    std::string text;
    JsonWriter out(text);
    out.member("endpoint", endpoint.endpoint);
    out.member("state", endpoint.state);
    out.member("paused", endpoint.paused);
    json::textOrNull(out, "paused_by", endpoint.paused_by);
    json::textOrNull(out, "pause_reason", endpoint.pause_reason);
    out.member("pending", endpoint.pending);
    out.member("in_flight", endpoint.in_flight);
    json::timeOrNull(out, "oldest_due", endpoint.oldest_due);
    out.member("accepted", endpoint.accepted);
    out.member("delivered", endpoint.delivered);
    out.member("failed", endpoint.failed);
    out.member("attempts_succeeded", endpoint.attempts_succeeded);
    out.member("attempts_failed", endpoint.attempts_failed);
    json::numberOrNull(out, "success_rate", endpoint.success_rate);
    json::writeLatency(out, endpoint.latency);
    json::textOrNull(out, "last_error", endpoint.last_error);
    json::timeOrNull(out, "last_error_at", endpoint.last_error_at);
    json::timeOrNull(out, "last_success_at", endpoint.last_success_at);
    json::timeOrNull(out, "failing_since", endpoint.failing_since);
    out.array("history", endpoint.history, [](JsonWriter& step, const HealthStep& health) {
        step.member("succeeded", health.succeeded);
        step.member("failed", health.failed);
    });
    out.close();
    return text;
}

EndpointView endpointViewFrom(const Json& value) {
    EndpointView endpoint;
    endpoint.endpoint = json::text(value, "endpoint");
    endpoint.state = json::text(value, "state");
    endpoint.paused = json::truth(value, "paused");
    endpoint.paused_by = json::textOrNull(value, "paused_by");
    endpoint.pause_reason = json::textOrNull(value, "pause_reason");
    endpoint.pending = json::number<std::uint64_t>(value, "pending");
    endpoint.in_flight = json::number<std::uint64_t>(value, "in_flight");
    endpoint.oldest_due = json::timeOrNull(value, "oldest_due");
    endpoint.accepted = json::number<std::uint64_t>(value, "accepted");
    endpoint.delivered = json::number<std::uint64_t>(value, "delivered");
    endpoint.failed = json::number<std::uint64_t>(value, "failed");
    endpoint.attempts_succeeded = json::number<std::uint64_t>(value, "attempts_succeeded");
    endpoint.attempts_failed = json::number<std::uint64_t>(value, "attempts_failed");
    endpoint.success_rate = json::realOrNull(value, "success_rate");
    endpoint.latency = json::readLatency(value);
    endpoint.last_error = json::textOrNull(value, "last_error");
    endpoint.last_error_at = json::timeOrNull(value, "last_error_at");
    endpoint.last_success_at = json::timeOrNull(value, "last_success_at");
    endpoint.failing_since = json::timeOrNull(value, "failing_since");
    for (const Json& step : json::list(value, "history")) {
        endpoint.history.push_back({json::number<std::uint64_t>(step, "succeeded"),
                                    json::number<std::uint64_t>(step, "failed")});
    }
    return endpoint;
}

EndpointView endpointViewFromJson(std::string_view json) {
    return endpointViewFrom(parseJson(json));
}

}  // namespace waybill
