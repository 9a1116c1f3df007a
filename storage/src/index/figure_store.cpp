#include "index/figure_store.h"

#include <map>
#include <tuple>

namespace waybill::sqlite::index {

namespace {

using figures::Figures;
using figures::kMinutesInHour;
using figures::Minute;
using figures::Streak;

std::optional<Timestamp> timeOrNull(const Statement& row, int column) {
    if (row.isNull(column)) return std::nullopt;
    return Timestamp(Duration(row.integer(column)));
}

void bindTime(Statement& statement, int parameter, const std::optional<Timestamp>& time) {
    time ? statement.bind(parameter, time->time_since_epoch().count())
         : statement.bindNull(parameter);
}

Minute hourOf(Minute minute) {
    return minute - minute % kMinutesInHour;
}

}  // namespace

FigureStore::FigureStore(Database& database)
    : find_(database,
            "SELECT accepted, delivered, failed, attempts_succeeded, attempts_failed, latency "
            "FROM derived_figures WHERE span = ?1 AND start = ?2 AND endpoint = ?3"),
      put_(database,
           "INSERT OR REPLACE INTO derived_figures(span, start, endpoint, accepted, delivered, "
           "failed, attempts_succeeded, attempts_failed, latency) "
           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
      put_streak_(database,
                  "INSERT OR REPLACE INTO derived_streak(endpoint, newest, known, last_error, "
                  "last_error_at, last_success_at, failing_since) "
                  "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      prune_(database, "DELETE FROM derived_figures WHERE span = ?1 AND start < ?2") {}

void FigureStore::add(const figures::Tally& tally) {
    std::map<figures::Tally::Key, Figures> hours;
    for (const auto& [key, figures] : tally.minutes()) {
        const auto& [minute, endpoint] = key;
        const bool of_all = endpoint == figures::kAllEndpoints;
        add(of_all ? Span::kMinuteOfAll : Span::kMinuteOfOne, minute, endpoint, figures);
        hours[{hourOf(minute), endpoint}].add(figures);
    }
    for (const auto& [key, figures] : hours) {
        const bool of_all = key.second == figures::kAllEndpoints;
        add(of_all ? Span::kHourOfAll : Span::kHourOfOne, key.first, key.second, figures);
    }
}

void FigureStore::add(Span span, Minute start, figures::EndpointNumber endpoint,
                      const Figures& figures) {
    Figures sum = figures;
    const auto bindKey = [&](Statement& statement) {
        statement.bind(1, static_cast<std::int64_t>(span));
        statement.bind(2, start);
        statement.bind(3, endpoint);
    };
    bindKey(find_);
    {
        Query query(find_);
        if (query.next()) sum.add(figuresOf(find_, 0));
    }
    const std::string latency = sum.latency.encode();
    bindKey(put_);
    put_.bind(4, sum.accepted);
    put_.bind(5, sum.delivered);
    put_.bind(6, sum.failed);
    put_.bind(7, sum.attempts_succeeded);
    put_.bind(8, sum.attempts_failed);
    put_.bindBlob(9, latency);
    put_.run();
}

void FigureStore::put(figures::EndpointNumber endpoint, const Streak& streak) {
    put_streak_.bind(1, endpoint);
    put_streak_.bind(2, streak.newest);
    put_streak_.bind(3, std::int64_t{streak.known});
    put_streak_.bind(4, streak.last_error);
    bindTime(put_streak_, 5, streak.last_error_at);
    bindTime(put_streak_, 6, streak.last_success_at);
    bindTime(put_streak_, 7, streak.failing_since);
    put_streak_.run();
}

void FigureStore::prune(Minute newest) {
    const auto removeBefore = [&](Span span, Minute minute) {
        prune_.bind(1, static_cast<std::int64_t>(span));
        prune_.bind(2, minute);
        prune_.run();
    };
    // An hour more, so that a window which begins within one has all of it.
    removeBefore(Span::kMinuteOfAll, newest - figures::kKeptMinutes - kMinutesInHour);
    removeBefore(Span::kMinuteOfOne, newest - figures::kKeptMinutes - kMinutesInHour);
    removeBefore(Span::kHourOfAll, newest - figures::kKeptHours - kMinutesInHour);
    removeBefore(Span::kHourOfOne, newest - figures::kKeptHours - kMinutesInHour);
}

Streaks readStreaks(Database& database) {
    Streaks streaks;
    Statement rows(database,
                   "SELECT endpoint, newest, known, last_error, last_error_at, last_success_at, "
                   "failing_since FROM derived_streak");
    Query query(rows);
    while (query.next()) {
        streaks.emplace(rows.integer(0),
                        Streak{.newest = rows.unsignedInteger(1),
                               .known = static_cast<std::uint32_t>(rows.integer(2)),
                               .last_error = rows.unsignedInteger(3),
                               .last_error_at = timeOrNull(rows, 4),
                               .last_success_at = timeOrNull(rows, 5),
                               .failing_since = timeOrNull(rows, 6)});
    }
    return streaks;
}

Figures figuresOf(const Statement& row, int first) {
    Figures figures;
    figures.accepted = row.unsignedInteger(first);
    figures.delivered = row.unsignedInteger(first + 1);
    figures.failed = row.unsignedInteger(first + 2);
    figures.attempts_succeeded = row.unsignedInteger(first + 3);
    figures.attempts_failed = row.unsignedInteger(first + 4);
    figures.latency.addEncoded(row.blob(first + 5));
    return figures;
}

Span spanOf(const figures::Window& window, bool of_all) {
    if (window.bucket == 1) return of_all ? Span::kMinuteOfAll : Span::kMinuteOfOne;
    return of_all ? Span::kHourOfAll : Span::kHourOfOne;
}

}  // namespace waybill::sqlite::index
