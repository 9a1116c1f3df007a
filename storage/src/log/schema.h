// The tables of a log file. What each column means stands in storage/LOG_FORMAT.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace waybill::sqlite {

/// `WAYB`, in the file's header at byte 68 (https://www.sqlite.org/fileformat2.html).
inline constexpr std::int64_t kApplicationId = 0x57415942;

/// `user_version`: of the base tables, which are frozen.
inline constexpr std::int64_t kFormatVersion = 1;

/// Raised when the fold changes its mind about what a derived column holds; a change of the derived
/// tables themselves is seen without it.
inline constexpr std::int64_t kDerivedVersion = 3;

inline constexpr int kPageSize = 8192;

/// What the log is: event_log, streams, log_info, the bytes beside the log, and the triggers.
const std::string& baseSchema();

/// An object of the schema that can be made again from the events.
struct DerivedObject {
    std::string type;  ///< `table`, `index` or `view`, as SQLite calls it
    std::string name;
    std::string sql;  ///< exactly as `sqlite_schema` keeps it
};

/// In an order in which they can be made; the reverse is one in which they can be dropped.
const std::vector<DerivedObject>& derivedSchema();

}  // namespace waybill::sqlite
