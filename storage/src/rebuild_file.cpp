#include <filesystem>

#include "event_table.h"
#include "index/follower.h"
#include "index/index_file.h"
#include "lock_file.h"
#include "log_file.h"
#include "rebuild.h"
#include "waybill/sqlite/rebuild.h"

namespace waybill::sqlite {

namespace {

std::string lockOf(const std::string& file) {
    const std::string directory = std::filesystem::path(file).parent_path();
    return (directory.empty() ? "." : directory) + "/waybill.lock";
}

RebuildReport rebuildTables(const std::string& file) {
    Database database(file, OpenMode::kReadWrite);
    database.execute("PRAGMA journal_mode = WAL");
    database.execute("PRAGMA synchronous = FULL");
    rebuildDerivedTables(database);
    return {readHead(database, readLogId(database)).global_position,
            static_cast<std::uint64_t>(database.number("SELECT count(*) FROM streams"))};
}

}  // namespace

RebuildReport rebuild(const std::string& file) {
    examineLogFile(file);
    const LockFile lock(lockOf(file));
    const RebuildReport report = rebuildTables(file);
    removeDatabase(index::indexFileOf(file));
    index::Follower follower(file);
    while (follower.step() != 0) {
    }
    return report;
}

}  // namespace waybill::sqlite
