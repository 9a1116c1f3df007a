// Figures counted from the events themselves: right without any index, as slow as the window is
// long.
#pragma once

#include <map>
#include <string>

#include "figures/tally.h"
#include "figures/waiting.h"
#include "log/database.h"

namespace waybill::sqlite::figures {

using StreaksByEndpoint = std::map<std::string, Streak, std::less<>>;

/// What a stretch of the log comes to.
struct Counted {
    Tally tally;
    std::map<EndpointNumber, std::string> names;  ///< of the tally's numbers
    StreaksByEndpoint streaks;
};

/// How many events there are since a time, by global positions: recorded times go up with them,
/// but for steps of the clock.
std::uint64_t eventsSince(Database& database, Timestamp since);

/// Counts the newest `events` of the log; `before`: how the endpoints stood before them. A
/// delivery's attempts count for its present endpoint.
Counted countNewest(Database& database, std::uint64_t events, StreaksByEndpoint before = {});

/// By the index of what is open.
WaitingByEndpoint readWaiting(Database& database);

/// Reason and detail of a failed attempt, in words; empty where there is none.
std::string errorInWords(Database& database, std::uint64_t global_position);

}  // namespace waybill::sqlite::figures
