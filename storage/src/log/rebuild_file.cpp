#include <filesystem>

#include "index/follower.h"
#include "index/index_file.h"
#include "log/data_directory.h"
#include "log/event_table.h"
#include "log/file_io.h"
#include "log/lock_file.h"
#include "log/log_file.h"
#include "log/loss.h"
#include "log/rebuild.h"
#include "waybill/sqlite/rebuild.h"

namespace waybill::sqlite {

namespace {

std::string directoryOf(const std::string& file) {
    const std::string directory = std::filesystem::path(file).parent_path();
    return directory.empty() ? "." : directory;
}

std::string lockOf(const std::string& file) {
    return directoryOf(file) + "/waybill.lock";
}

RebuildReport rebuildTables(const std::string& file) {
    Database database(file, OpenMode::kReadWrite);
    database.execute("PRAGMA journal_mode = WAL");
    database.execute("PRAGMA synchronous = FULL");
    RebuildReport report;
    rebuildDerivedTables(
        database, [&](const CorruptLog& stream) { report.left_out.push_back(stream.message()); });
    report.events = readHead(database, readLogId(database)).global_position;
    report.streams = static_cast<std::uint64_t>(database.number("SELECT count(1) FROM streams"));
    return report;
}

}  // namespace

RebuildReport rebuild(const std::string& file) {
    // Root, who repairs the log of a daemon, would leave files that are closed to it.
    requireOwn(DataDirectory({.directory = directoryOf(file)}));
    if (!exists(lockOf(file))) examineLogFile(file);
    const LockFile lock(lockOf(file));
    const LogFacts facts = examineLogFile(file);
    if (facts.loss) refuseLoss(file, *facts.loss);
    const RebuildReport report = rebuildTables(file);
    removeDatabase(index::indexFileOf(file));
    index::Follower follower(file);
    while (follower.step() != 0) {
    }
    return report;
}

}  // namespace waybill::sqlite
