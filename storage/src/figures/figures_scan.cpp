#include "figures/figures_scan.h"

#include <optional>
#include <utility>

#include "log/event_table.h"
#include "waybill/in_words.h"

namespace waybill::sqlite::figures {

namespace {

constexpr const char* kCountedTypes =
    "('delivery_accepted', 'attempt_succeeded', 'attempt_failed', 'attempt_abandoned')";

std::uint64_t newestPosition(Database& database) {
    return static_cast<std::uint64_t>(
        database.number("SELECT max(global_position) FROM event_log"));
}

}  // namespace

std::uint64_t eventsSince(Database& database, Timestamp since) {
    Statement statement(database, "SELECT recorded_at FROM event_log WHERE global_position = ?1");
    const auto isBefore = [&](std::uint64_t position) {
        statement.bind(1, position);
        Query query(statement);
        return query.next() && statement.integer(0) < since.time_since_epoch().count();
    };
    const std::uint64_t newest = newestPosition(database);
    std::uint64_t before = 0;
    for (std::uint64_t step = std::uint64_t{1} << 62; step != 0; step >>= 1) {
        if (before + step <= newest && isBefore(before + step)) before += step;
    }
    return newest - before;
}

Counted countNewest(Database& database, std::uint64_t events, StreaksByEndpoint before) {
    Counted counted;
    counted.streaks = std::move(before);
    std::map<std::string, EndpointNumber, std::less<>> numbers;
    Statement statement(database,
                        std::string("SELECT e.global_position, e.type, e.recorded_at, e.data, "
                                    "d.endpoint FROM event_log e "
                                    "JOIN derived_delivery d ON d.stream = e.stream "
                                    "WHERE e.global_position > ?1 AND e.type IN ") +
                            kCountedTypes + " ORDER BY e.global_position");
    statement.bind(1, newestPosition(database) - events);
    Query query(statement);
    while (query.next()) {
        const EventFacts facts =
            readFacts(factOf(statement.text(1)), statement.unsignedInteger(0),
                      Timestamp(Duration(statement.integer(2))), statement.text(3));
        const std::string endpoint(statement.text(4));
        const auto next = static_cast<EndpointNumber>(numbers.size()) + 1;
        const auto [known, is_new] = numbers.try_emplace(endpoint, next);
        if (is_new) counted.names[next] = endpoint;
        counted.tally.add(facts, known->second);
        counted.streaks[endpoint].add(facts);
    }
    return counted;
}

WaitingByEndpoint readWaiting(Database& database) {
    WaitingByEndpoint waiting;
    Statement statement(database,
                        "SELECT endpoint, count(next_attempt_at), sum(attempt_open), "
                        "min(next_attempt_at) FROM derived_delivery "
                        "WHERE next_attempt_at IS NOT NULL OR attempt_open GROUP BY endpoint");
    Query query(statement);
    while (query.next()) {
        Waiting& endpoint = waiting[std::string(statement.text(0))];
        endpoint.pending = statement.unsignedInteger(1);
        endpoint.in_flight = statement.unsignedInteger(2);
        if (!statement.isNull(3)) endpoint.oldest_due = Timestamp(Duration(statement.integer(3)));
    }
    return waiting;
}

namespace {

/// Nothing for one that cannot be read: the endpoint has more to tell than its last error.
std::optional<RecordedEvent> readableEvent(Database& database, std::uint64_t global_position) {
    Statement statement(database, selectEvents("WHERE e.global_position = ?1"));
    statement.bind(1, global_position);
    Query query(statement);
    try {
        return query.next() ? std::optional(decode(storedRow(statement))) : std::nullopt;
    } catch (const CorruptLog&) {
        return std::nullopt;
    }
}

}  // namespace

std::string errorInWords(Database& database, std::uint64_t global_position) {
    if (global_position == 0) return {};
    const auto event = readableEvent(database, global_position);
    if (!event) return {};
    const auto* failed = std::get_if<AttemptFailed>(&event->event);
    if (!failed) return {};
    if (failed->reason == FailureReason::kHttpStatus && failed->exchange.http_status) {
        return httpStatusInWords(*failed->exchange.http_status);
    }
    const std::string reason(toString(failed->reason));
    return failed->detail.empty() ? reason : reason + ": " + failed->detail;
}

}  // namespace waybill::sqlite::figures
