#include "log/database.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace waybill::sqlite {

namespace {

// What a question may take: a sound row has some hundred bytes, and no statement of ours comes to
// more than some hundred steps for each row of the file. Pages that lead to one another again and
// again make a table without end of a small file. (`count(*)` of a whole table is one step, however
// long it takes; `count(1)` is not.)
constexpr int kStepsBetweenLooks = 1000;
constexpr std::uint64_t kFewSteps = 5'000'000;  ///< a fraction of a second
constexpr std::uint64_t kStepsPerByte = 20;

std::uint64_t bytesAt(const std::string& path) noexcept {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// The `file:` form of a path (RFC 3986), for the parameters that only a URI can carry.
std::string uriFor(const std::string& path, std::string_view parameters) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            uri += '%';
            uri += kHex[static_cast<unsigned char>(c) >> 4];
            uri += kHex[static_cast<unsigned char>(c) & 15];
        } else {
            uri += c;
        }
    }
    uri += '?';
    uri += parameters;
    return uri;
}

int openFlags(OpenMode mode) {
    switch (mode) {
        case OpenMode::kReadWrite:
        case OpenMode::kReadWithoutTrace:
            return SQLITE_OPEN_READWRITE;
        case OpenMode::kCreate:
            return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        case OpenMode::kReadOnly:
        case OpenMode::kImmutable:
            return SQLITE_OPEN_READONLY;
    }
    return SQLITE_OPEN_READONLY;
}

}  // namespace

bool SqliteError::isUniqueViolation() const noexcept {
    return code_ == SQLITE_CONSTRAINT_UNIQUE || code_ == SQLITE_CONSTRAINT_PRIMARYKEY ||
           code_ == SQLITE_CONSTRAINT_ROWID;
}

bool SqliteError::isDamage() const noexcept {
    const int primary = code_ & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || isEndless();
}

bool SqliteError::isEndless() const noexcept {
    return (code_ & 0xff) == SQLITE_INTERRUPT;
}

bool SqliteError::isBusy() const noexcept {
    const int primary = code_ & 0xff;
    return primary == SQLITE_BUSY || primary == SQLITE_PROTOCOL;
}

bool SqliteError::isOfTheSystem() const noexcept {
    const int primary = code_ & 0xff;
    return primary == SQLITE_IOERR || primary == SQLITE_NOMEM || primary == SQLITE_CANTOPEN ||
           primary == SQLITE_FULL;
}

// ---- Database

Database::Database(std::string file, OpenMode mode, Duration wait)
    : file_(std::move(file)), wal_file_(file_ + "-wal"), mode_(mode) {
    const std::string name =
        uriFor(file_, mode == OpenMode::kImmutable ? "immutable=1" : "immutable=0");
    const int code = sqlite3_open_v2(
        name.c_str(), &handle_, openFlags(mode) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nullptr);
    if (code != SQLITE_OK) {
        const std::string reason = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
        sqlite3_close_v2(handle_);
        throw SqliteError(code, file_ + ": " + reason);
    }
    sqlite3_extended_result_codes(handle_, 1);
    defend();
    // Only the writer's own maintenance checkpoints: a second connection that did could meet the
    // WAL-reset race of SQLite before 3.51.3.
    sqlite3_wal_autocheckpoint(handle_, 0);
    if (mode == OpenMode::kReadOnly || mode == OpenMode::kReadWithoutTrace) {
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    if (mode == OpenMode::kReadOnly || mode == OpenMode::kReadWrite) {
        const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait);
        sqlite3_busy_timeout(handle_, static_cast<int>(milliseconds.count()));
    }
    if (mode == OpenMode::kReadWithoutTrace) {
        // Said before the first access, this keeps the index of the write-ahead log on the heap
        // (https://www.sqlite.org/wal.html#noshm): no -shm file is made or changed.
        execute("PRAGMA locking_mode=EXCLUSIVE");
    }
}

Database::~Database() {
    sqlite3_close_v2(handle_);
}

/// A file is somebody else's word (https://www.sqlite.org/security.html): nothing in its schema may
/// call what has side effects, and no statement may write what SQLite relies on. Readers look
/// through each page before they use it; the writer, which reads what it wrote, saves itself that.
/// Nothing is mapped into memory: there a device's error is a signal, not an error.
void Database::defend() noexcept {
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    // Ours are for people: what a view or a trigger says here, a stranger wrote.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    limit();
    const bool reads = mode_ != OpenMode::kReadWrite && mode_ != OpenMode::kCreate;
    sqlite3_exec(
        handle_,
        reads ? "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON" : "PRAGMA mmap_size = 0",
        nullptr, nullptr, nullptr);
}

/// Above what our own statements and tables need. A schema that needs more is refused with it.
void Database::limit() noexcept {
    constexpr std::pair<int, int> kLimits[] = {
        {SQLITE_LIMIT_ATTACHED, 0},     {SQLITE_LIMIT_SQL_LENGTH, 100'000},
        {SQLITE_LIMIT_EXPR_DEPTH, 200}, {SQLITE_LIMIT_COLUMN, 200},
        {SQLITE_LIMIT_VDBE_OP, 25'000}, {SQLITE_LIMIT_COMPOUND_SELECT, 20}};
    for (const auto& [what, most] : kLimits)
        sqlite3_limit(handle_, what, most);
    sqlite3_progress_handler(handle_, kStepsBetweenLooks, countSteps, this);
}

/// Not 0: the statement is interrupted. The file may have grown since it was last looked at.
int Database::countSteps(void* database) noexcept {
    Database& self = *static_cast<Database*>(database);
    self.steps_ += kStepsBetweenLooks;
    if (self.steps_ <= std::max(self.steps_allowed_, kFewSteps)) return 0;
    const std::uint64_t bytes = bytesAt(self.file_) + bytesAt(self.wal_file_);
    self.steps_allowed_ = kFewSteps + kStepsPerByte * bytes;
    return self.steps_ > self.steps_allowed_ ? 1 : 0;
}

void Database::execute(const std::string& sql) {
    enter();
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    leave();
    if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::number(const std::string& sql) {
    Statement statement(*this, sql);
    Query query(statement);
    return query.next() ? statement.integer(0) : 0;
}

void Database::fail(int code) const {
    if (code == SQLITE_INTERRUPT) {
        throw SqliteError(code,
                          file_ +
                              ": a question takes more steps than a sound file of this size "
                              "can need. It is damaged, or was made to keep its readers busy");
    }
    throw SqliteError(code, file_ + ": " + sqlite3_errmsg(handle_));
}

void removeDatabase(const std::string& file) {
    for (const char* side : {"", "-wal", "-shm", "-journal"})
        std::remove((file + side).c_str());
}

// ---- Statement

Statement::Statement(Database& database, std::string sql)
    : database_(database), sql_(std::move(sql)) {}

Statement::~Statement() {
    reset();
    sqlite3_finalize(handle_);
}

void Statement::prepare() {
    if (handle_) return;
    check(sqlite3_prepare_v3(database_.handle(), sql_.c_str(), static_cast<int>(sql_.size() + 1),
                             SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
}

void Statement::check(int code) const {
    if (code != SQLITE_OK) database_.fail(code);
}

void Statement::bind(int parameter, std::int64_t value) {
    prepare();
    check(sqlite3_bind_int64(handle_, parameter, value));
}

void Statement::bind(int parameter, std::uint64_t value) {
    bind(parameter, static_cast<std::int64_t>(value));
}

void Statement::bindNull(int parameter) {
    prepare();
    check(sqlite3_bind_null(handle_, parameter));
}

void Statement::bindText(int parameter, std::string_view text) {
    prepare();
    check(sqlite3_bind_text64(handle_, parameter, text.data() ? text.data() : "", text.size(),
                              SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bindBlob(int parameter, std::string_view bytes) {
    prepare();
    check(sqlite3_bind_blob64(handle_, parameter, bytes.data() ? bytes.data() : "", bytes.size(),
                              SQLITE_STATIC));
}

void Statement::bindBlob(int parameter, const Digest& digest) {
    bindBlob(parameter, {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

int Statement::stepOnce() {
    prepare();
    if (!runs_) database_.enter();
    runs_ = true;
    return sqlite3_step(handle_);
}

void Statement::run() {
    const int code = stepOnce();
    reset();
    if (code != SQLITE_DONE) database_.fail(code);
}

bool Statement::step() {
    const int code = stepOnce();
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    database_.fail(code);
}

void Statement::reset() noexcept {
    sqlite3_reset(handle_);
    if (runs_) database_.leave();
    runs_ = false;
}

bool Statement::isNull(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_, column);
}

std::uint64_t Statement::unsignedInteger(int column) const {
    return static_cast<std::uint64_t>(integer(column));
}

std::string_view Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

Digest Statement::digest(int column) const {
    Digest digest{};
    const std::string_view bytes = blob(column);
    if (bytes.size() == digest.size()) std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

// ---- Snapshot

Snapshot::Snapshot(Database& database) : database_(database) {
    database_.execute("BEGIN");
}

Snapshot::~Snapshot() {
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace waybill::sqlite
