#include "log/durable_wal.h"

#include <algorithm>
#include <vector>

#include "log/transaction.h"

namespace waybill::sqlite {

namespace {

/// The largest page: SQLite's own calls write no more at once, and its VFS takes no more.
constexpr sqlite3_int64 kPiece = 64 * 1024;

sqlite3_file* fileOf(Database& database, int which) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(database.handle(), "main", which, &file);
    return file && file->pMethods ? file : nullptr;
}

void require(int code, const Database& database) {
    if (code != SQLITE_OK) throw SqliteError(code, database.file() + ": " + sqlite3_errstr(code));
}

void writeAgain(sqlite3_file& file, const Database& database) {
    sqlite3_int64 size = 0;
    require(file.pMethods->xFileSize(&file, &size), database);
    std::vector<char> piece(static_cast<std::size_t>(std::min(size, kPiece)));
    for (sqlite3_int64 at = 0; at < size; at += kPiece) {
        const int count = static_cast<int>(std::min(size - at, kPiece));
        require(file.pMethods->xRead(&file, piece.data(), count, at), database);
        require(file.pMethods->xWrite(&file, piece.data(), count, at), database);
    }
}

}  // namespace

void makeDurable(Database& database) {
    const Transaction writers_lock(database);
    if (sqlite3_file* const wal = fileOf(database, SQLITE_FCNTL_JOURNAL_POINTER)) {
        writeAgain(*wal, database);
        require(wal->pMethods->xSync(wal, SQLITE_SYNC_FULL), database);
    }
    if (sqlite3_file* const file = fileOf(database, SQLITE_FCNTL_FILE_POINTER))
        require(file->pMethods->xSync(file, SQLITE_SYNC_FULL), database);
}

}  // namespace waybill::sqlite
