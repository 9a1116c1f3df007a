#include "admin/json_reading.h"
#include "admin/json_writing.h"
#include "admin/latency_json.h"
#include "waybill/operator_views.h"

namespace waybill {

namespace {

void writePoint(JsonWriter& out, const StatsPoint& point) {
    out.member("at", point.at);
    out.member("accepted", point.accepted);
    out.member("delivered", point.delivered);
    out.member("failed", point.failed);
    out.member("attempts_succeeded", point.attempts_succeeded);
    out.member("attempts_failed", point.attempts_failed);
    json::writeLatency(out, point.latency);
}

StatsPoint pointFrom(const Json& value) {
    StatsPoint point;
    point.at = json::time(value, "at");
    point.accepted = json::number<std::uint64_t>(value, "accepted");
    point.delivered = json::number<std::uint64_t>(value, "delivered");
    point.failed = json::number<std::uint64_t>(value, "failed");
    point.attempts_succeeded = json::number<std::uint64_t>(value, "attempts_succeeded");
    point.attempts_failed = json::number<std::uint64_t>(value, "attempts_failed");
    point.latency = json::readLatency(value);
    return point;
}

void writeClientLimits(JsonWriter& out, const ClientLimitsView& limits) {
    out.member("max_retries", limits.max_retries);
    out.member("min_retry_delay_us", limits.min_retry_delay.count());
    out.member("deliveries_per_second", limits.deliveries_per_second);
    out.member("attempts_per_minute", limits.attempts_per_minute);
    out.member("pending_bytes", limits.pending_bytes);
    out.object("refused", [&](JsonWriter& refused) {
        refused.member("deliveries", limits.refused_deliveries);
        refused.member("attempts", limits.refused_attempts);
        refused.member("pending_bytes", limits.refused_pending_bytes);
        refused.member("waiting", limits.refused_waiting);
    });
    out.member("held_back", limits.held_back);
}

ClientLimitsView clientLimitsFrom(const Json& value) {
    const auto count = [](const Json& object, const char* name) {
        return json::number<std::uint64_t>(object, name);
    };
    ClientLimitsView limits;
    limits.max_retries = count(value, "max_retries");
    limits.min_retry_delay = Duration(json::number<std::int64_t>(value, "min_retry_delay_us"));
    limits.deliveries_per_second = count(value, "deliveries_per_second");
    limits.attempts_per_minute = count(value, "attempts_per_minute");
    limits.pending_bytes = count(value, "pending_bytes");
    const Json& refused = json::member(value, "refused");
    limits.refused_deliveries = count(refused, "deliveries");
    limits.refused_attempts = count(refused, "attempts");
    limits.refused_pending_bytes = count(refused, "pending_bytes");
    limits.refused_waiting = count(refused, "waiting");
    limits.held_back = count(value, "held_back");
    return limits;
}

}  // namespace

std::string toJson(const StatsView& stats) {
    std::string text;
    JsonWriter out(text);
    out.member("since", stats.since);
    out.member("until", stats.until);
    out.member("step_us", stats.step.count());
    out.object("total", [&](JsonWriter& total) { writePoint(total, stats.total); });
    out.array("points", stats.points, writePoint);
    out.member("pending", stats.pending);
    out.member("in_flight", stats.in_flight);
    out.member("finally_failed", stats.finally_failed);
    json::timeOrNull(out, "oldest_due", stats.oldest_due);
    if (stats.client_limits) {
        out.object("client_limits",
                   [&](JsonWriter& limits) { writeClientLimits(limits, *stats.client_limits); });
    } else {
        out.null("client_limits");
    }
    out.close();
    return text;
}

StatsView statsViewFrom(const Json& value) {
    StatsView stats;
    stats.since = json::time(value, "since");
    stats.until = json::time(value, "until");
    stats.step = Duration(json::number<std::int64_t>(value, "step_us"));
    stats.total = pointFrom(json::member(value, "total"));
    for (const Json& point : json::list(value, "points"))
        stats.points.push_back(pointFrom(point));
    stats.pending = json::number<std::uint64_t>(value, "pending");
    stats.in_flight = json::number<std::uint64_t>(value, "in_flight");
    stats.finally_failed = json::number<std::uint64_t>(value, "finally_failed");
    stats.oldest_due = json::timeOrNull(value, "oldest_due");
    if (const Json& limits = json::member(value, "client_limits"); !limits.is_null())
        stats.client_limits = clientLimitsFrom(limits);
    return stats;
}

StatsView statsViewFromJson(std::string_view json) {
    return statsViewFrom(parseJson(json));
}

}  // namespace waybill
