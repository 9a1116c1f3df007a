// A second connection to a log file: what somebody with a shell could do.
#pragma once

#include <string>

struct sqlite3;

namespace waybill::test {

/// Opens read-write, as the `sqlite3` shell does, and keeps no checkpoint of its own.
class SqliteShell {
public:
    explicit SqliteShell(const std::string& file);
    ~SqliteShell();
    SqliteShell(const SqliteShell&) = delete;
    SqliteShell& operator=(const SqliteShell&) = delete;

    /// Runs statements; returns what SQLite says went wrong, or nothing.
    std::string run(const std::string& sql);

    /// Copies the database page by page to another file, as `.backup` does. Returns as `run` does.
    std::string backUp(const std::string& file);

    /// The rows of a query as lines, columns separated by `|`, as the shell prints them.
    std::string query(const std::string& sql);

private:
    sqlite3* handle_ = nullptr;
};

}  // namespace waybill::test
