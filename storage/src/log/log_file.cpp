#include "log/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <vector>

#include "audit/schema_check.h"
#include "log/event_table.h"
#include "log/file_io.h"
#include "log/head_file.h"
#include "log/loss.h"
#include "log/schema.h"
#include "log/vault.h"
#include "log/wal_origin.h"
#include "waybill/sqlite/log.h"

namespace waybill::sqlite {

namespace {

/// Longer to check than somebody at a start waits without asking what it does.
constexpr std::uint64_t kLongCheckedWal = 64 * 1024 * 1024;

/// Fields of an SQLite file's header (https://www.sqlite.org/fileformat2.html, section 1.3).
struct FileHeader {
    static constexpr std::size_t kBytes = 100;
    static constexpr std::string_view kMagic{"SQLite format 3\0", 16};

    std::string bytes;

    bool isSqlite() const { return bytes.size() == kBytes && bytes.starts_with(kMagic); }
    std::uint64_t pageSize() const {
        const std::uint64_t size = number(16, 2);
        return size == 1 ? 65536 : size;
    }
    std::uint64_t changeCounter() const { return number(24, 4); }
    std::uint64_t pageCount() const { return number(28, 4); }
    std::uint64_t userVersion() const { return number(60, 4); }
    std::uint64_t applicationId() const { return number(68, 4); }
    std::uint64_t validFor() const { return number(92, 4); }

private:
    std::uint64_t number(std::size_t offset, std::size_t width) const {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i)
            value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
        return value;
    }
};

[[noreturn]] void refuseDamaged(const std::string& file, const std::string& how) {
    throw StoreUnavailable(file + " is damaged: " + how + ". " + keepACopy(file) +
                           ". Then put back a copy of it, or move it away and start waybilld once "
                           "with --accept-loss to begin a new log");
}

void checkVersion(const std::string& file, std::uint64_t application_id, std::uint64_t version) {
    if (application_id != kApplicationId) {
        throw ConfigError(file + " is an SQLite database, but not a Waybill log");
    }
    if (version > kFormatVersion) {
        throw ConfigError(file + " was made by a newer version of Waybill (log format " +
                          std::to_string(version) + ", this version knows " +
                          std::to_string(kFormatVersion) + "): use that version");
    }
    if (version != kFormatVersion) refuseDamaged(file, "it names no log format");
}

/// With our own eyes: SQLite would already make files beside one that it opens.
void checkHeader(const std::string& path) {
    const FileDescriptor file = openFile(path, O_RDONLY);
    if (!file.valid()) throw StoreUnavailable(explain(path, errno));
    const FileHeader header{readStart(file, FileHeader::kBytes)};
    if (header.bytes.empty()) refuseDamaged(path, "it is empty");
    if (!header.isSqlite()) throw ConfigError(path + " is not a Waybill log");
    checkVersion(path, header.applicationId(), header.userVersion());

    // Pages that the write-ahead log still holds may be missing here, but then it is there.
    const std::uint64_t expected = header.pageCount() * header.pageSize();
    const bool complete = fileSize(path + "-wal") > 0 ||
                          header.changeCounter() != header.validFor() || fileSize(path) >= expected;
    if (!complete) {
        refuseDamaged(path, "it is cut short (" + std::to_string(fileSize(path)) + " of " +
                                std::to_string(expected) + " bytes)");
    }
}

/// That a log has its tables, and that its id and events can be read. Rows beside the events are
/// not: what is damaged there stops those that need it, and nobody else.
LogFacts readFacts(Database& database) {
    checkVersion(database.file(),
                 static_cast<std::uint64_t>(database.number("PRAGMA application_id")),
                 static_cast<std::uint64_t>(database.number("PRAGMA user_version")));
    requireTables(database, baseSchema());
    LogFacts facts{readLogId(database), Vault::readKeyCheck(database)};
    readHead(database, facts.log_id);
    for (const char* rows : {"streams LIMIT 1", "event_log LIMIT 1", "payloads LIMIT 0",
                             "destinations LIMIT 0", "exchanges LIMIT 0", "requests LIMIT 0"}) {
        database.number(std::string("SELECT count(*) FROM (SELECT * FROM ") + rows + ")");
    }
    return facts;
}

[[noreturn]] void refuseForeignWal(const std::string& file, const std::string& how) {
    throw StoreUnavailable(file + "-wal was not written for this " + file + ": " + how + ". " +
                           keepACopy(file) + ": the -wal may hold acknowledged events. " +
                           "Then, if " + file + " was restored from a copy, move " + file +
                           "-wal and " + file +
                           "-shm away and start again; if not, put back the file that lay "
                           "beside this -wal");
}

/// What is left of a damaged write-ahead log need not fit the pages that were moved already.
[[noreturn]] void refuseDamagedWal(const std::string& file, const WalDamage& damage,
                                   const std::string& how) {
    throw StoreUnavailable(file + " lacks acknowledged events: " + inWords(damage) +
                           "; what is left of it does not fit " + file + " (" + how + "). " +
                           keepACopy(file) + ". Then put back a copy of the log, or move " + file +
                           "-wal and " + file +
                           "-shm away and start waybilld once with --accept-loss");
}

/// One look at a log, and what it is held against.
struct Look {
    const std::string& file;
    const Notice& on_notice;
    Duration wait;
    std::uint64_t wal_bytes;
    std::optional<KnownHead> known;
    std::optional<WalDamage> damage;

    Look(const std::string& log_file, std::optional<KnownHead> known_head, Duration waits,
         const Notice& notice)
        : file(log_file),
          on_notice(notice),
          wait(waits),
          wal_bytes(fileSize(file + "-wal")),
          known(std::move(known_head)),
          damage(findWalDamage(file + "-wal")) {}
};

void checkOrigin(Database& database, const Look& look) {
    const std::string& file = look.file;
    const Notice& on_notice = look.on_notice;
    if (look.wal_bytes > kLongCheckedWal && on_notice) {
        on_notice(file + "-wal has " + std::to_string(look.wal_bytes >> 20) +
                  " MiB: checking that it belongs to " + file);
    }
    std::vector<Finding> findings;
    const std::string problem = WalOrigin::problem(database, look.wal_bytes, findings);
    if (!problem.empty() && look.damage) refuseDamagedWal(file, *look.damage, problem);
    if (!problem.empty()) refuseForeignWal(file, problem);
    if (!on_notice) return;
    for (const Finding& finding : findings) {
        on_notice(file + ", event " + std::to_string(finding.global_position) + ", stream " +
                  finding.stream + ": this does not hold: " + finding.rule +
                  "; `waybill verify` checks the whole log");
    }
}

LogFacts factsWith(Database& database, const Look& look) {
    LogFacts facts = readFacts(database);
    if (look.wal_bytes > 0) checkOrigin(database, look);
    facts.loss = findLoss(database, look.known, look.damage);
    return facts;
}

/// A reader of a write-ahead log has to make its side files, even to find nothing in it. Where it
/// cannot, the file alone is enough as long as nobody writes and nothing lies ahead of it.
OpenMode readingMode(const std::string& file) {
    const std::string directory = std::filesystem::path(file).parent_path();
    const bool writable =
        ::faccessat(AT_FDCWD, directory.empty() ? "." : directory.c_str(), W_OK, AT_EACCESS) == 0;
    const bool complete = fileSize(file + "-wal") == 0 && !lockHolder(directory);
    return !writable && complete ? OpenMode::kImmutable : OpenMode::kReadOnly;
}

LogFacts readIn(OpenMode mode, const Look& look) {
    try {
        Database database(look.file, mode, look.wait);
        return factsWith(database, look);
    } catch (const SqliteError& error) {
        if (error.isBusy() || error.isOfTheSystem()) throw;
        if (look.wal_bytes == 0) refuseDamaged(look.file, error.message());
        if (look.damage) refuseDamagedWal(look.file, *look.damage, error.message());
        refuseForeignWal(look.file, "together they are damaged (" + error.message() + ")");
    }
}

}  // namespace

void requireTables(Database& database, const std::string& script) {
    const std::string problem = problemOfTables(database, script);
    if (!problem.empty()) refuseDamaged(database.file(), problem);
}

LogFacts examineLogFile(const std::string& file, Duration wait, const Notice& on_notice) {
    checkHeader(file);
    const Look look(file, readHeadFile(headFileOf(file), on_notice), wait, on_notice);
    const OpenMode mode = look.wal_bytes > 0 ? OpenMode::kReadWithoutTrace : OpenMode::kImmutable;
    try {
        return readIn(mode, look);
    } catch (const SqliteError& error) {
        if (!error.isBusy() || mode != OpenMode::kReadWithoutTrace) throw;
    }
    // Somebody reads it now, so its side files are there, and another reader adds nothing to them.
    return readIn(OpenMode::kReadOnly, look);
}

void checkLogAgain(const std::string& file, const KnownHead& acknowledged, Duration wait,
                   const Notice& on_notice) {
    const LogFacts facts = readIn(OpenMode::kReadOnly, Look(file, acknowledged, wait, on_notice));
    if (facts.loss) refuseLoss(file, *facts.loss);
}

std::unique_ptr<Database> openForReading(const std::string& file) {
    checkHeader(file);
    auto database = std::make_unique<Database>(file, readingMode(file));
    readFacts(*database);
    return database;
}

}  // namespace waybill::sqlite
