#include "json_reading.h"
#include "json_writing.h"
#include "latency_json.h"
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
    return stats;
}

StatsView statsViewFromJson(std::string_view json) {
    return statsViewFrom(parseJson(json));
}

}  // namespace waybill
