#include "support/sqlite_shell.h"

#include <sqlite3.h>

#include <stdexcept>

namespace waybill::test {

namespace {

int printRow(void* output, int columns, char** values, char**) {
    std::string& text = *static_cast<std::string*>(output);
    for (int i = 0; i < columns; ++i) {
        if (i > 0) text += '|';
        if (values[i]) text += values[i];
    }
    text += '\n';
    return 0;
}

}  // namespace

SqliteShell::SqliteShell(const std::string& file) {
    if (sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
        throw std::runtime_error(file + " cannot be opened");
    }
    sqlite3_wal_autocheckpoint(handle_, 0);
}

SqliteShell::~SqliteShell() {
    sqlite3_close_v2(handle_);
}

std::string SqliteShell::run(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? std::string() : sqlite3_errmsg(handle_);
}

std::string SqliteShell::backUp(const std::string& file) {
    sqlite3* to = nullptr;
    sqlite3_open(file.c_str(), &to);
    sqlite3_backup* const backup = sqlite3_backup_init(to, "main", handle_, "main");
    sqlite3_backup_step(backup, -1);
    const int code = sqlite3_backup_finish(backup);
    sqlite3_close_v2(to);
    return code == SQLITE_OK ? std::string() : sqlite3_errstr(code);
}

std::string SqliteShell::query(const std::string& sql) {
    std::string rows;
    if (sqlite3_exec(handle_, sql.c_str(), printRow, &rows, nullptr) != SQLITE_OK) {
        throw std::runtime_error(sqlite3_errmsg(handle_));
    }
    return rows;
}

}  // namespace waybill::test
