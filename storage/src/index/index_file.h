// The file beside the log that listings and figures are answered from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "log/database.h"

namespace waybill::sqlite::index {

/// `…/waybill.db` → `…/index.db`; another log file `copy.db` → `copy.db.index`.
std::string indexFileOf(const std::string& log_file);

/// What an index says about itself.
struct IndexState {
    std::string log_id{};
    std::uint64_t position = 0;   ///< global position of the newest event in it; 0: none yet
    Digest hash{};                ///< of that event: a log put back from a copy may go on otherwise
    std::int64_t newest_key = 0;  ///< of the streams in it
};

/// What makes its tables.
const char* indexSchema();

/// For the one that writes it: opens the index of this log, or makes an empty one in the place of
/// whatever is there: of another log or another version, damaged, or with events that the log does
/// not have.
std::unique_ptr<Database> openForIndexing(const std::string& file, Database& log);

/// Nothing for a file that this version cannot use. Throws SqliteError.
std::optional<IndexState> readState(Database& database);
void writeState(Database& database, const IndexState& state);

/// Whether all that is in the index is in the log.
bool belongsTo(const IndexState& state, Database& log);

/// Of an event; all zero where there is none.
Digest hashAt(Database& log, std::uint64_t global_position);

}  // namespace waybill::sqlite::index
