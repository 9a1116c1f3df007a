// The figures of the index against the events.
#pragma once

#include "audit/findings.h"
#include "index/index_connection.h"
#include "index/index_file.h"
#include "log/database.h"

namespace waybill::sqlite::index {

/// What to do about an index that is not what the log says.
inline constexpr const char* kCure = "; remove it, and the next start makes it anew";

/// Counts the events up to the index's position again, in a temporary file, and compares every
/// figure that is not older than figures are kept, every streak, and the newest key. Which endpoint
/// the attempts of a delivery with a corrected URL count for depends on when the index was written:
/// of the endpoints of such deliveries, streaks and the stretches of time concerned are left
/// unchecked; the figures of all endpoints together are not.
void checkFigures(Database& log, const IndexMoment& moment, const IndexState& state,
                  Findings& findings);

}  // namespace waybill::sqlite::index
