// The structure of a database file: its pages, its schema and the types of its values.
#pragma once

#include <string>

#include "audit/findings.h"
#include "log/database.h"

namespace waybill::sqlite {

/// Pages, b-trees with their indexes, and the list of free pages, as SQLite checks them
/// (https://www.sqlite.org/pragma.html#pragma_integrity_check). `name` is the file in words.
void checkPages(Database& database, const std::string& name, Findings& findings);

/// What keeps the tables of a file from being read: one that is not made as `script` makes it, a
/// view or a virtual table in its place. Empty: nothing; one that is missing is nothing here. To be
/// asked before the first row is read, because such an object may say anything, without end. Costs
/// under a millisecond. Throws SqliteError.
std::string problemOfTables(Database& database, const std::string& script);

/// Scripts that make what a file must have.
struct ExpectedSchema {
    std::string base{};
    std::string derived{};  ///< objects that are made anew from the events
    std::string cure{};     ///< ends the sentence about derived objects that differ
};

/// That every expected object is there, made so. All derived ones that differ are one finding: the
/// same cure mends them. Triggers beside them are a finding, because they change what is written;
/// other objects nobody reads, they are named as unchecked. Then that every value has the type of
/// its column: a text with the same bytes as a blob has the same digest, but compares otherwise.
void checkSchema(Database& database, const ExpectedSchema& script, Findings& findings);

}  // namespace waybill::sqlite
