#include "database.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace waybill::sqlite {

namespace {

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
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
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
    : file_(std::move(file)), mode_(mode) {
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
    const bool reads = mode_ != OpenMode::kReadWrite && mode_ != OpenMode::kCreate;
    sqlite3_exec(
        handle_,
        reads ? "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON" : "PRAGMA mmap_size = 0",
        nullptr, nullptr, nullptr);
}

void Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::number(const std::string& sql) {
    Statement statement(*this, sql);
    Query query(statement);
    return query.next() ? statement.integer(0) : 0;
}

void Database::fail(int code) const {
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

void Statement::run() {
    prepare();
    const int code = sqlite3_step(handle_);
    sqlite3_reset(handle_);
    if (code != SQLITE_DONE) database_.fail(code);
}

bool Statement::step() {
    prepare();
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    database_.fail(code);
}

void Statement::reset() noexcept {
    sqlite3_reset(handle_);
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
