// Whether a write-ahead log was written for the file that it lies beside.
#pragma once

#include <cstdint>
#include <string>

#include "database.h"

namespace waybill::sqlite {

/// SQLite replays any write-ahead log whose checksums are right, also one that was left beside a
/// file which was restored from a copy: pages of two times in one database. So the first
/// transaction in each write-ahead log says in `log_info`, as `wal_began`, from which state of the
/// file it goes on: four texts with spaces between them,
///   a random mark that the file then had,
///   the mark that it has from this transaction on,
///   the schema cookie (file format, section 1.3.10), which every logical copy changes, and
///   the global position of the newest event before this transaction.
/// The file behind that log has the one mark or, once a checkpoint has begun, the other. A copy
/// made between two of these transactions has the right mark too, but not the events up to the
/// position.
class WalOrigin {
public:
    /// Says it anew, in the transaction in hand, which must be the first in a write-ahead log: all
    /// that came before must be in the database file. Writes the first page as well, so that the
    /// cookie that holds is in the write-ahead log.
    static void begin(Database& database);

    /// What is wrong with the write-ahead log that `database` reads; empty: nothing. Compares the
    /// marks, and holds the newest events, as many as the write-ahead log can have, against their
    /// chain, their streams and the bytes beside them. Costs what reading those does, whatever the
    /// size of the log. Throws SqliteError for what cannot be read.
    static std::string problem(Database& database, std::uint64_t wal_bytes);
};

}  // namespace waybill::sqlite
