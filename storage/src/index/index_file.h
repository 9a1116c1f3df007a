// The file beside the log that listings and figures are answered from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "database.h"

namespace waybill::sqlite::index {

/// `…/waybill.db` → `…/index.db`; another log file `copy.db` → `copy.db.index`.
std::string indexFileOf(const std::string& log_file);

/// What an index says about itself.
struct IndexState {
    std::string log_id;
    std::uint64_t position = 0;   ///< global position of the newest event in it
    std::int64_t newest_key = 0;  ///< of the streams in it
};

/// For the one that writes it: opens the index of this log, or makes an empty one in the place of
/// whatever is there: of another log, another version, damaged, or ahead of the log (`log_head`).
std::unique_ptr<Database> openForIndexing(const std::string& file, const std::string& log_id,
                                          std::uint64_t log_head);

/// Removes it with what SQLite keeps beside it.
void removeIndex(const std::string& file);

/// Nothing for a file that this version cannot use. Throws SqliteError.
std::optional<IndexState> readState(Database& database);
void writeState(Database& database, const IndexState& state);

}  // namespace waybill::sqlite::index
