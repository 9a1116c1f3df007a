#include "metrics/metrics_route.h"

#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "metrics/process_metrics.h"
#include "waybill/clock.h"
#include "waybill/errors.h"
#include "waybill/version.h"

namespace waybill::server {
namespace {

double sizeOf(const std::string& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? static_cast<double>(status.st_size) : 0;
}

double seconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1e6;
}

void exposeDeliveries(Exposition& out, const EngineMetrics& metrics) {
    out.counter("waybill_deliveries_accepted_total", "Deliveries accepted.",
                metrics.accepted.value());
    constexpr std::string_view kFinished = "waybill_deliveries_finished_total";
    out.family(kFinished, "counter", "Rounds of deliveries that ended, by how.");
    out.sample(kFinished, R"(status="delivered")", static_cast<double>(metrics.delivered.value()));
    out.sample(kFinished, R"(status="failed")", static_cast<double>(metrics.failed.value()));
    out.sample(kFinished, R"(status="cancelled")", static_cast<double>(metrics.cancelled.value()));
    out.counter("waybill_redeliveries_total", "Rounds that operators opened.",
                metrics.redeliveries.value());
    out.counter("waybill_callbacks_ignored_total",
                "Callbacks that were asked for and cannot be sent.",
                metrics.callbacks_ignored.value());
}

void exposeAttempts(Exposition& out, const EngineMetrics& metrics) {
    out.counter("waybill_attempts_started_total", "Attempts begun.",
                metrics.attempts_started.value());
    constexpr std::string_view kAttempts = "waybill_attempts_total";
    out.family(kAttempts, "counter", "Attempts that ended, by outcome and reason.");
    out.sample(kAttempts, R"(outcome="succeeded",reason="")",
               static_cast<double>(metrics.attempts_succeeded.value()));
    for (std::size_t i = 0; i < metrics.attempts_failed.size(); ++i) {
        const std::string reason(toString(static_cast<FailureReason>(i)));
        out.sample(kAttempts, R"(outcome="failed",reason=")" + reason + '"',
                   static_cast<double>(metrics.attempts_failed[i].value()));
    }
    out.sample(kAttempts, R"(outcome="abandoned",reason="")",
               static_cast<double>(metrics.attempts_abandoned.value()));
    out.histogram("waybill_delivery_lag_seconds", "From when an attempt was due to its start.",
                  metrics.delivery_lag);
    out.histogram("waybill_time_to_first_byte_seconds",
                  "From the request sent to the first byte of the answer.", metrics.first_byte);
    out.histogram("waybill_attempt_duration_seconds", "Whole attempts, answered or not.",
                  metrics.attempt_duration);
}

void exposeQueue(Exposition& out, const EngineHealth& health, Timestamp now) {
    out.gauge("waybill_ready", "1 when the log takes events.", health.ready ? 1 : 0);
    out.gauge("waybill_deliveries_pending", "Deliveries that wait for an attempt.",
              static_cast<double>(health.pending));
    out.gauge("waybill_attempts_in_flight", "Attempts on the wire.",
              static_cast<double>(health.in_flight));
    const Duration age =
        health.oldest_due ? std::max(now - *health.oldest_due, Duration::zero()) : Duration::zero();
    out.gauge("waybill_oldest_due_age_seconds",
              "How long the oldest attempt that is due has been waiting, paused ones included.",
              seconds(age));
}

/// The labels are ours: how many samples there are does not depend on clients.
void exposeLimits(Exposition& out, const MetricsSources& sources) {
    constexpr std::string_view kInFlight = "waybill_attempts_in_flight_limit";
    out.family(kInFlight, "gauge", "Attempts that may be on the wire: in all, to one of a kind.");
    out.sample(kInFlight, R"(of="all")", sources.max_in_flight.all);
    out.sample(kInFlight, R"(of="endpoint")", sources.max_in_flight.endpoint);
    out.sample(kInFlight, R"(of="client")", sources.max_in_flight.client);
    constexpr std::string_view kUsed = "waybill_payload_memory_bytes";
    out.family(kUsed, "gauge",
               "Memory for payloads and what callbacks were answered, and for requests of clients "
               "and answers to them.");
    out.sample(kUsed, R"(of="deliveries")", static_cast<double>(sources.deliveries_memory.used()));
    out.sample(kUsed, R"(of="clients")", static_cast<double>(sources.clients_memory.used()));
    constexpr std::string_view kLimit = "waybill_payload_memory_limit_bytes";
    out.family(kLimit, "gauge", "What --max-payload-memory leaves for each.");
    out.sample(kLimit, R"(of="deliveries")",
               static_cast<double>(sources.deliveries_memory.limit()));
    out.sample(kLimit, R"(of="clients")", static_cast<double>(sources.clients_memory.limit()));
}

/// Clients together: which one it was, the answer to it says.
void exposeClientLimits(Exposition& out, const EngineHealth& health) {
    constexpr std::string_view kRefused = "waybill_client_limited_total";
    out.family(kRefused, "counter",
               "Deliveries that were refused with 429, by what their client had used up.");
    const auto refused = [&](std::string_view labels, std::uint64_t count) {
        out.sample(kRefused, labels, static_cast<double>(count));
    };
    refused(R"(limit="deliveries_per_second")", health.refused.deliveries);
    refused(R"(limit="attempts_per_minute")", health.refused.attempts);
    refused(R"(limit="pending_bytes")", health.refused.pending_bytes);
    refused(R"(limit="waiting")", health.refused.waiting);
    out.gauge("waybill_deliveries_held_back",
              "Deliveries that wait, of clients that have made their attempts for now.",
              static_cast<double>(health.held_back));
}

void exposeProblems(Exposition& out, const MetricsSources& sources, const EngineHealth& health) {
    constexpr std::string_view kProblems = "waybill_problems_total";
    out.family(kProblems, "counter",
               "What went wrong in this daemon and was survived, by where; the log says what.");
    for (std::size_t i = 0; i < kComponents; ++i) {
        const auto component = static_cast<Component>(i);
        out.sample(kProblems, "component=\"" + std::string(toString(component)) + '"',
                   static_cast<double>(sources.log.problems(component)));
    }
    out.counter("waybill_host_exceptions_total",
                "Exceptions that replies, hooks and ports threw into the engine.",
                health.host_exceptions);
    out.gauge("waybill_deliveries_set_aside",
              "Open deliveries that cannot be read; nothing is done to them.",
              static_cast<double>(health.set_aside));
}

void exposeRequests(Exposition& out, const HttpMetrics& http) {
    constexpr std::string_view kRequests = "waybill_http_requests_total";
    out.family(kRequests, "counter",
               "Requests answered, refused and turned away ones included, by what they were about "
               "and by the status.");
    for (std::size_t i = 0; i < HttpMetrics::kClasses; ++i)
        for (std::size_t digit = 2; digit <= HttpMetrics::kStatuses; ++digit)
            out.sample(kRequests,
                       "route=\"" + std::string(toString(static_cast<RouteClass>(i))) +
                           "\",status=\"" + std::to_string(digit) + "xx\"",
                       static_cast<double>(http.count(i, digit - 1)));
    out.counter("waybill_loops_cut_total",
                "Callbacks that came back as requests and were refused (508).", http.loopsCut());
}

/// As far as clients can tell; those to receivers are another family.
void exposeClientsConnections(Exposition& out, const HttpConnectionStats& stats,
                              std::uint32_t most) {
    const auto samples = [&out](
                             std::string_view family, std::string_view label,
                             std::initializer_list<std::pair<std::string_view, std::uint64_t>> of) {
        for (const auto& [value, count] : of)
            out.sample(family, std::string(label) + "=\"" + std::string(value) + '"',
                       static_cast<double>(count));
    };
    constexpr std::string_view kOpen = "waybill_http_connections";
    out.family(
        kOpen, "gauge",
        "Connections of clients: all, and of them those that have sent nothing yet, wait for "
        "the rest of a head or of a body, or for their next request.");
    samples(kOpen, "state",
            {{"open", stats.open},
             {"silent", stats.silent},
             {"head", stats.in_head},
             {"body", stats.in_body},
             {"idle", stats.idle}});
    out.gauge("waybill_http_connections_limit", "What --max-connections says.", most);
    constexpr std::string_view kEvicted = "waybill_http_connections_evicted_total";
    out.family(kEvicted, "counter", "Connections ended to make room, by the state they were in.");
    samples(kEvicted, "state",
            {{"silent", stats.evicted_silent},
             {"head", stats.evicted_head},
             {"body", stats.evicted_body},
             {"idle", stats.evicted_idle}});
    constexpr std::string_view kRefused = "waybill_http_connections_refused_total";
    out.family(kRefused, "counter",
               "Connections (all, address) and requests (reserve) answered with 503 for want of a "
               "place: all were taken, those of the address were, only health's and operators' "
               "were left.");
    samples(kRefused, "cause",
            {{"all", stats.refused_full},
             {"address", stats.refused_address},
             {"reserve", stats.refused_reserve}});
}

void exposeLog(Exposition& out, const MetricsSources& sources, const EngineHealth& health) {
    out.counter("waybill_commits_total", "Commits of the log.", health.commits);
    out.counter("waybill_events_total", "Events recorded.", sources.metrics.events.value());
    out.histogram("waybill_commit_duration_seconds", "How long commits took.",
                  sources.metrics.commit_duration);
    out.gauge("waybill_log_bytes", "Size of the log's file.", sizeOf(sources.log_file));
    out.gauge("waybill_wal_bytes", "Size of the write-ahead log.",
              sizeOf(sources.log_file + "-wal"));
    out.counter("waybill_derived_rows_damaged_total",
                "Times that a derived row was missing or damaged and the events were read instead.",
                sources.damaged_rows.count());
}

void exposeIndex(Exposition& out, const MetricsSources& sources) {
    out.gauge("waybill_index_ok", "1 when nothing keeps the index beside the log from its work.",
              sources.indexer.problem().empty() ? 1 : 0);
    // In this order: the index is never ahead.
    const std::uint64_t indexed = sources.indexer.position();
    std::uint64_t head = 0;
    try {
        head = sources.model.head().global_position;
    } catch (const StoreUnavailable&) {
        return;  // nobody knows how far behind it is
    }
    out.gauge("waybill_index_lag_events", "Events that the index beside the log has not got yet.",
              static_cast<double>(head - std::min(head, indexed)));
}

void exposeConnections(Exposition& out, const TransportStats& stats) {
    out.counter("waybill_connections_opened_total", "Connections to receivers opened.",
                stats.connections_opened);
    out.counter("waybill_connections_reused_total", "Attempts on a connection that was there.",
                stats.connections_reused);
    out.gauge("waybill_connections_idle", "Connections kept for the next attempt.",
              static_cast<double>(stats.idle_connections));
    constexpr std::string_view kLookUps = "waybill_lookups";
    out.family(kLookUps, "gauge",
               "Names of receivers that wait to be looked up, are looked up, or "
               "have been for more than five seconds.");
    out.sample(kLookUps, R"(state="waiting")", static_cast<double>(stats.lookups_waiting));
    out.sample(kLookUps, R"(state="running")", static_cast<double>(stats.lookups_running));
    out.sample(kLookUps, R"(state="hanging")", static_cast<double>(stats.lookups_hanging));
}

}  // namespace

std::string metricsText(const MetricsSources& sources, Timestamp now) {
    const EngineHealth health = sources.engine.health();
    Exposition out;
    out.family("waybill_build_info", "gauge", "1, with the version as a label.");
    out.sample("waybill_build_info", "version=\"" + std::string(version()) + "\"", 1);
    exposeDeliveries(out, sources.metrics);
    exposeAttempts(out, sources.metrics);
    exposeQueue(out, health, now);
    exposeLimits(out, sources);
    exposeClientLimits(out, health);
    exposeRequests(out, sources.http);
    if (sources.clients_connections.stats)
        exposeClientsConnections(out, sources.clients_connections.stats(),
                                 sources.clients_connections.most);
    exposeProblems(out, sources, health);
    exposeLog(out, sources, health);
    exposeIndex(out, sources);
    exposeConnections(out, sources.transport.stats());
    exposeProcess(out);
    return out.take();
}

void addMetricsRoute(Router& router, Guard guard, MetricsSources sources) {
    const auto shared = std::make_shared<const MetricsSources>(std::move(sources));
    router.add("GET", "/metrics", std::move(guard), [shared](HttpRequest&) {
        HttpResponse response;
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body = makeBytes(metricsText(*shared, systemClock().now().wall));
        return response;
    });
}

}  // namespace waybill::server
