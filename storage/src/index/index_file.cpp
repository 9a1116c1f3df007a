#include "index/index_file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>

#include "audit/schema_check.h"
#include "log/durable_wal.h"
#include "log/event_table.h"
#include "log/file_io.h"
#include "log/transaction.h"

namespace waybill::sqlite::index {

namespace {

/// Raised with every change of what is in the file; the next start makes it anew.
constexpr std::int64_t kIndexVersion = 3;
constexpr std::int64_t kIndexApplicationId = 0x57415949;  // WAYI
constexpr int kPageSize = 8192;

constexpr const char* kSchema = R"sql(
CREATE TABLE derived_index(
    one INTEGER PRIMARY KEY CHECK(one = 1), log_id TEXT NOT NULL, position INTEGER NOT NULL,
    hash BLOB NOT NULL, newest_key INTEGER NOT NULL);
CREATE TABLE derived_name(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE derived_block(block INTEGER PRIMARY KEY, zones BLOB NOT NULL);
CREATE TABLE derived_column(key INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE derived_text(
    key INTEGER PRIMARY KEY, least TEXT NOT NULL, most TEXT NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE derived_figures(
    span INTEGER NOT NULL, start INTEGER NOT NULL, endpoint INTEGER NOT NULL,
    accepted INTEGER NOT NULL, delivered INTEGER NOT NULL, failed INTEGER NOT NULL,
    attempts_succeeded INTEGER NOT NULL, attempts_failed INTEGER NOT NULL, latency BLOB NOT NULL,
    PRIMARY KEY(span, start, endpoint)) WITHOUT ROWID;
CREATE TABLE derived_streak(
    endpoint INTEGER PRIMARY KEY, newest INTEGER NOT NULL, known INTEGER NOT NULL,
    last_error INTEGER NOT NULL, last_error_at INTEGER, last_success_at INTEGER,
    failing_since INTEGER);
)sql";

void configure(Database& database) {
    // Synced at checkpoints only: after a power cut it may be older than it was, never torn.
    database.execute("PRAGMA synchronous = NORMAL");
    database.execute("PRAGMA secure_delete = ON");  // URLs that are erased from the log
    database.execute("PRAGMA temp_store = MEMORY");
    database.execute("PRAGMA journal_size_limit = 67108864");
}

std::unique_ptr<Database> open(const std::string& file) {
    auto database = std::make_unique<Database>(file, OpenMode::kReadWrite);
    configure(*database);
    makeDurable(*database);
    return database;
}

/// It gets its name when it is whole: a reader that met it half made would be in its maker's way.
std::unique_ptr<Database> create(const std::string& file, const std::string& log_id) {
    const std::string unfinished = file + ".new";
    removeDatabase(unfinished);
    if (!openOwnFile(unfinished, O_WRONLY | O_CREAT | O_EXCL).valid()) {
        throw StoreUnavailable(explain(unfinished, errno));
    }
    {
        Database database(unfinished, OpenMode::kReadWrite);
        database.execute("PRAGMA page_size = " + std::to_string(kPageSize));
        database.execute("PRAGMA application_id = " + std::to_string(kIndexApplicationId));
        database.execute("PRAGMA user_version = " + std::to_string(kIndexVersion));
        Transaction transaction(database);
        database.execute(kSchema);
        writeState(database, {.log_id = log_id});
        transaction.commit();
        database.execute("PRAGMA journal_mode = WAL");
    }
    removeDatabase(file);
    if (std::rename(unfinished.c_str(), file.c_str()) != 0) {
        throw StoreUnavailable(explain(file, errno));
    }
    return open(file);
}

}  // namespace

const char* indexSchema() {
    return kSchema;
}

std::string indexFileOf(const std::string& log_file) {
    constexpr std::string_view kLogName = "waybill.db";
    const std::size_t slash = log_file.rfind('/');
    const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
    if (std::string_view(log_file).substr(name) == kLogName) {
        return log_file.substr(0, name) + "index.db";
    }
    return log_file + ".index";
}

std::optional<IndexState> readState(Database& database) {
    if (database.number("PRAGMA application_id") != kIndexApplicationId ||
        database.number("PRAGMA user_version") != kIndexVersion) {
        return std::nullopt;
    }
    Statement statement(database, "SELECT log_id, position, hash, newest_key FROM derived_index");
    Query query(statement);
    if (!query.next()) return std::nullopt;
    return IndexState{std::string(statement.text(0)), statement.unsignedInteger(1),
                      statement.digest(2), statement.integer(3)};
}

void writeState(Database& database, const IndexState& state) {
    Statement statement(database,
                        "INSERT OR REPLACE INTO derived_index(one, log_id, position, hash, "
                        "newest_key) VALUES(1, ?1, ?2, ?3, ?4)");
    statement.bindText(1, state.log_id);
    statement.bind(2, state.position);
    statement.bindBlob(3, state.hash);
    statement.bind(4, state.newest_key);
    statement.run();
}

Digest hashAt(Database& log, std::uint64_t global_position) {
    Statement statement(log, "SELECT hash FROM event_log WHERE global_position = ?1");
    statement.bind(1, global_position);
    Query query(statement);
    return query.next() ? statement.digest(0) : Digest{};
}

bool belongsTo(const IndexState& state, Database& log) {
    if (state.log_id != readLogId(log)) return false;
    return state.position == 0 || state.hash == hashAt(log, state.position);
}

std::unique_ptr<Database> openForIndexing(const std::string& file, Database& log) {
    const std::string log_id = readLogId(log);
    if (!exists(file)) return create(file, log_id);
    try {
        auto database = open(file);
        const bool is_ours = problemOfTables(*database, indexSchema()).empty();
        const auto state = is_ours ? readState(*database) : std::nullopt;
        if (state && belongsTo(*state, log)) return database;
    } catch (const SqliteError&) {
        // Damaged, or something else altogether: nothing is lost with it.
    }
    return create(file, log_id);
}

}  // namespace waybill::sqlite::index
