// Figures in the index: by minute and by hour, of each endpoint and of all together.
#pragma once

#include <unordered_map>

#include "figures/tally.h"
#include "figures/window.h"
#include "log/database.h"

namespace waybill::sqlite::index {

/// How a row's stretch of time is called in the file. Totals lie apart, so that a series reads
/// nothing else.
enum class Span { kMinuteOfAll, kHourOfAll, kMinuteOfOne, kHourOfOne };

using Streaks = std::unordered_map<figures::EndpointNumber, figures::Streak>;

/// The writer's.
class FigureStore {
public:
    explicit FigureStore(Database& database);

    void add(const figures::Tally& tally);
    void put(figures::EndpointNumber endpoint, const figures::Streak& streak);

    /// Removes what is older than it is kept, as seen from the newest minute.
    void prune(figures::Minute newest);

private:
    void add(Span span, figures::Minute start, figures::EndpointNumber endpoint,
             const figures::Figures& figures);

    Statement find_;
    Statement put_;
    Statement put_streak_;
    Statement prune_;
};

Streaks readStreaks(Database& database);

/// Calls `add(minute, endpoint, figures)` for every row of the window.
template <typename Add>
void readFigures(Database& database, const figures::Window& window, bool of_all, Add add);

/// A row of `derived_figures`, from its fourth column on.
figures::Figures figuresOf(const Statement& row, int first);
Span spanOf(const figures::Window& window, bool of_all);

template <typename Add>
void readFigures(Database& database, const figures::Window& window, bool of_all, Add add) {
    Statement rows(database,
                   "SELECT start, endpoint, accepted, delivered, failed, attempts_succeeded, "
                   "attempts_failed, latency FROM derived_figures "
                   "WHERE span = ?1 AND start >= ?2 AND start < ?3");
    rows.bind(1, static_cast<std::int64_t>(spanOf(window, of_all)));
    rows.bind(2, window.since);
    rows.bind(3, window.until);
    Query query(rows);
    while (query.next())
        add(rows.integer(0), rows.integer(1), figuresOf(rows, 2));
}

}  // namespace waybill::sqlite::index
