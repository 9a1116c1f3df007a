// The index against the log.
#pragma once

#include <string>

#include "audit/findings.h"
#include "index/index_connection.h"
#include "log/database.h"

namespace waybill::sqlite::index {

/// Makes everything in the index anew from the derived tables, which are checked by themselves, and
/// from the events, and compares: columns and what is known of their blocks, texts, names, figures
/// and streaks. `moment` is what a reader uses; null: it uses none, which is told when there is a
/// file. What the log has got since counts as unchecked: nobody asks the index for it. Some
/// microseconds an event; figures are counted in a temporary file.
void checkIndex(Database& log, const std::string& log_file, const IndexMoment* moment,
                Findings& findings);

}  // namespace waybill::sqlite::index
