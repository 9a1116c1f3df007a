// Parts of a large value, read and written where they lie
// (https://www.sqlite.org/c3ref/blob_open.html).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "log/database.h"

namespace waybill::sqlite::index {

/// The column `bytes` of one table, row by row. Must be gone before its transaction is committed.
class Blob {
public:
    enum class Access { kRead, kWrite };

    Blob(Database& database, const char* table, Access access)
        : database_(database), table_(table), access_(access) {}
    ~Blob() { sqlite3_blob_close(handle_); }
    Blob(const Blob&) = delete;
    Blob& operator=(const Blob&) = delete;

    /// To a row that is there.
    void moveTo(std::int64_t row);

    std::size_t size() const { return static_cast<std::size_t>(sqlite3_blob_bytes(handle_)); }
    void read(std::size_t offset, char* out, std::size_t bytes);
    void write(std::size_t offset, std::string_view bytes);

private:
    void check(int code) const {
        if (code != SQLITE_OK) database_.fail(code);
    }

    Database& database_;
    const char* table_;
    Access access_;
    sqlite3_blob* handle_ = nullptr;
};

}  // namespace waybill::sqlite::index
