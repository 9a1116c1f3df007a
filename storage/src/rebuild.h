// Making the derived tables again from the events.
#pragma once

#include <string>

#include "database.h"

namespace waybill::sqlite {

/// Whether every derived table, index and view is there, made as this version makes it, and has not
/// been emptied. Reads a few rows.
bool derivedTablesAreWhole(Database& database);

/// The first derived table that is not there, or not made as this version makes it; empty: none.
std::string firstMissingDerivedTable(Database& database);

/// Drops them all and folds every stream anew, in one transaction. Costs some microseconds an
/// event; keeps one stream in memory. Throws CorruptLog for an event that cannot be.
void rebuildDerivedTables(Database& database);

}  // namespace waybill::sqlite
