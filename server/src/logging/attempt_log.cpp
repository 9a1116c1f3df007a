#include "logging/attempt_log.h"

#include <chrono>

namespace waybill::server {
namespace {

using Fields = std::vector<LogField>;

void addExchange(Fields& fields, const ExchangeSummary& exchange) {
    if (exchange.http_status)
        fields.emplace_back("http_status", std::uint64_t{*exchange.http_status});
    if (!exchange.remote_address.empty()) fields.emplace_back("remote", exchange.remote_address);
    fields.emplace_back("duration_us", static_cast<std::uint64_t>(exchange.timings.total.count()));
}

/// When the next attempt is due, or why there is none.
void addWhatFollows(Fields& fields, const std::optional<Timestamp>& retry_at,
                    const std::optional<RoundEnd>& round_end) {
    if (retry_at) fields.emplace_back("retry_at", formatTimestamp(*retry_at));
    if (round_end) fields.emplace_back("round_end", toString(*round_end));
}

Fields about(const RecordedEvent& recorded, std::uint32_t attempt) {
    return {{"delivery", recorded.stream}, {"attempt", std::uint64_t{attempt}}};
}

}  // namespace

void logEvent(LogWriter& log, const RecordedEvent& recorded) {
    if (const auto* succeeded = std::get_if<AttemptSucceeded>(&recorded.event)) {
        if (!log.wants(LogLevel::kInfo)) return;
        Fields fields = about(recorded, succeeded->attempt);
        addExchange(fields, succeeded->exchange);
        log.line(LogLevel::kInfo, "attempt succeeded", fields);
    } else if (const auto* failed = std::get_if<AttemptFailed>(&recorded.event)) {
        const LogLevel level = failed->round_end ? LogLevel::kWarn : LogLevel::kInfo;
        if (!log.wants(level)) return;
        Fields fields = about(recorded, failed->attempt);
        fields.emplace_back("reason", toString(failed->reason));
        if (!failed->detail.empty()) fields.emplace_back("detail", failed->detail);
        addExchange(fields, failed->exchange);
        addWhatFollows(fields, failed->retry_at, failed->round_end);
        log.line(level, "attempt failed", fields);
    } else if (const auto* abandoned = std::get_if<AttemptAbandoned>(&recorded.event)) {
        Fields fields = about(recorded, abandoned->attempt);
        addWhatFollows(fields, abandoned->retry_at, abandoned->round_end);
        log.line(LogLevel::kWarn, "attempt abandoned", fields);
    } else if (const auto* ignored = std::get_if<CallbackIgnored>(&recorded.event)) {
        log.line(
            LogLevel::kWarn, "callback ignored",
            {{"response", recorded.stream}, {"code", ignored->code}, {"reason", ignored->reason}});
    } else if (const auto* requested = std::get_if<CallbackRequested>(&recorded.event)) {
        if (!log.wants(LogLevel::kInfo)) return;
        log.line(LogLevel::kInfo, "callback requested",
                 {{"response", recorded.stream},
                  {"delivery", requested->delivery},
                  {"actor", recorded.actor},
                  {"reason", requested->reason}});
    } else if (log.wants(LogLevel::kDebug)) {
        log.line(LogLevel::kDebug, typeName(recorded.event),
                 {{"stream", recorded.stream},
                  {"global_position", recorded.global_position},
                  {"actor", recorded.actor}});
    }
}

}  // namespace waybill::server
