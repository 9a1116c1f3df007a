#include "durable_wal.h"

#include <algorithm>
#include <vector>

namespace waybill::sqlite {

namespace {

/// The largest page: SQLite's own calls write no more at once, and its VFS takes no more.
constexpr sqlite3_int64 kPiece = 64 * 1024;

/// The file, once something has been read from the database; null for one without.
sqlite3_file* walOf(Database& database) {
    database.number("PRAGMA schema_version");
    sqlite3_file* file = nullptr;
    sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    return file && file->pMethods ? file : nullptr;
}

void require(int code, const Database& database) {
    if (code != SQLITE_OK)
        throw SqliteError(code, database.file() + "-wal: " + sqlite3_errstr(code));
}

}  // namespace

void writeWalAgain(Database& database) {
    sqlite3_file* const file = walOf(database);
    if (file == nullptr) return;
    sqlite3_int64 size = 0;
    require(file->pMethods->xFileSize(file, &size), database);
    std::vector<char> piece(static_cast<std::size_t>(std::min(size, kPiece)));
    for (sqlite3_int64 at = 0; at < size; at += kPiece) {
        const int count = static_cast<int>(std::min(size - at, kPiece));
        require(file->pMethods->xRead(file, piece.data(), count, at), database);
        require(file->pMethods->xWrite(file, piece.data(), count, at), database);
    }
}

}  // namespace waybill::sqlite
