// Whether a write-ahead log was written for the file that it lies beside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/findings.h"
#include "log/database.h"

namespace waybill::sqlite {

/// SQLite replays every write-ahead log whose checksums are right. When somebody puts a copy in the
/// place of the file and leaves the old write-ahead log there, the result is a database with pages
/// of two different times. To notice that, the first transaction in each write-ahead log writes a
/// row `wal_began` to `log_info`. It has four fields with spaces between them:
///   the mark (a random text) that the file had when the write-ahead log began,
///   the mark that the file has from this transaction on,
///   the schema cookie of the file itself (file format, section 1.3.10), and
///   the global position of the newest event before this transaction.
/// The file beside that write-ahead log has the first mark or, after a checkpoint, the second one.
/// The cookie in the file is never lower than the one in the row and never higher than the one that
/// the write-ahead log leads to: `.backup` and `VACUUM INTO` write other ones. A file that was
/// copied while it was open may have the right mark, but lacks events or pages before the position.
class WalOrigin {
public:
    /// Writes the row in the current transaction. Everything before this transaction must be in the
    /// database file, save for what other programs have committed since. Writes the first page
    /// too, so that the cookie which is valid is in the write-ahead log.
    static void begin(Database& database);

    /// What is wrong with the write-ahead log that `database` reads; empty: nothing. Compares the
    /// marks and checks the chain and the streams of the newest events, as many as the write-ahead
    /// log can hold. `findings` gets what is wrong with the bytes beside them, which other causes
    /// may have too. Reads at most some 20 000 events and 64 MiB of such bytes, whatever the size
    /// of the log; all tables but those with such bytes only when there are findings. Throws
    /// SqliteError for what cannot be read.
    static std::string problem(Database& database, std::uint64_t wal_bytes,
                               std::vector<Finding>& findings);
};

}  // namespace waybill::sqlite
