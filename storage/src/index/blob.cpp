#include "index/blob.h"

namespace waybill::sqlite::index {

void Blob::moveTo(std::int64_t row) {
    if (handle_) return check(sqlite3_blob_reopen(handle_, row));
    check(sqlite3_blob_open(database_.handle(), "main", table_, "bytes", row,
                            access_ == Access::kWrite ? 1 : 0, &handle_));
}

void Blob::read(std::size_t offset, char* out, std::size_t bytes) {
    check(sqlite3_blob_read(handle_, out, static_cast<int>(bytes), static_cast<int>(offset)));
}

void Blob::write(std::size_t offset, std::string_view bytes) {
    check(sqlite3_blob_write(handle_, bytes.data(), static_cast<int>(bytes.size()),
                             static_cast<int>(offset)));
}

}  // namespace waybill::sqlite::index
