// The index against the log.
#pragma once

#include "database.h"
#include "findings.h"
#include "index/index_connection.h"

namespace waybill::sqlite::index {

/// Holds every row of the index that is not newer in the log against the derived tables, which are
/// checked by themselves. Some microseconds a delivery.
void checkIndex(Database& log, const IndexMoment& moment, Findings& findings);

}  // namespace waybill::sqlite::index
