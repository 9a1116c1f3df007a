// Making the derived tables again from the events.
#pragma once

#include <functional>
#include <string>

#include "log/database.h"
#include "waybill/errors.h"

namespace waybill::sqlite {

/// Why the derived tables must be made anew: one of their tables, indexes and views is missing or
/// not made as this version makes it, or has been emptied. Empty: none. Reads a few rows.
std::string problemOfDerivedTables(Database& database);

/// The first derived table that is not there, or not made as this version makes it; empty: none.
std::string firstMissingDerivedTable(Database& database);

/// Drops them all and folds every stream anew, in one transaction. Costs some microseconds an
/// event; keeps one stream in memory. A stream with an event that cannot be gets no row and is
/// told; null: throws that CorruptLog.
void rebuildDerivedTables(Database& database,
                          const std::function<void(const CorruptLog& stream)>& left_out = nullptr);

/// Answers may quote the payload that a delivery sent, and are erased with it. Earlier versions
/// left them: this erases those, once in the life of the derived tables, which note it.
void eraseAnswersOfErased(Database& database);

/// Whether that is noted. False for tables that cannot be read.
bool answersAreErased(Database& database) noexcept;

}  // namespace waybill::sqlite
