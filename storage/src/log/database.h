// A thin, owning face of SQLite's C API: connections, statements, transactions.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "waybill/bytes.h"
#include "waybill/errors.h"
#include "waybill/sqlite/damaged_row.h"
#include "waybill/time.h"

namespace waybill::sqlite {

/// An SQLite call failed. To everybody outside it is a store that cannot be used; inside, `code`
/// (an extended result code) tells a broken constraint or a damaged file from the rest.
class SqliteError : public StoreUnavailable {
public:
    SqliteError(int code, const std::string& message) : StoreUnavailable(message), code_(code) {}
    int code() const noexcept { return code_; }
    bool isUniqueViolation() const noexcept;
    bool isDamage() const noexcept;
    /// The question took more steps than a sound file of that size can need; damage, too.
    bool isEndless() const noexcept;
    /// Another connection holds a lock.
    bool isBusy() const noexcept;
    /// The device or the system failed; nothing is known about the file.
    bool isOfTheSystem() const noexcept;

private:
    int code_;
};

enum class OpenMode {
    kReadWrite,         ///< the one writer
    kCreate,            ///< a new file
    kReadOnly,          ///< beside a writer, or none
    kImmutable,         ///< no locks, no side files: only for a file that no process writes
    kReadWithoutTrace,  ///< reads a write-ahead log that a dead writer left, touching no file
};

/// One may meet the recovery or the end of a checkpoint of another; both are short.
inline constexpr Duration kShortWait = std::chrono::seconds(2);

/// One connection. One thread at a time.
class Database {
public:
    /// `wait`: for locks of others, where the mode has any.
    Database(std::string file, OpenMode mode, Duration wait = kShortWait);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    sqlite3* handle() const noexcept { return handle_; }
    const std::string& file() const noexcept { return file_; }
    bool isImmutable() const noexcept { return mode_ == OpenMode::kImmutable; }

    /// Who is told of derived rows that are not believed, as DamagedRow says; may be null.
    void tellDamagedRows(DamagedRow told) { damaged_row_ = std::move(told); }
    void damagedRow(const char* table, const StreamId& stream) const {
        if (damaged_row_) damaged_row_(table, stream);
    }

    /// Any number of statements without parameters.
    void execute(const std::string& sql);

    /// The first column of the first row, as a number; 0 without one.
    std::int64_t number(const std::string& sql);

    /// Throws SqliteError for the last failure on this connection.
    [[noreturn]] void fail(int code) const;

    /// A statement begins, or has ended. What runs while none ran before is one question, with all
    /// statements inside it.
    void enter() noexcept {
        if (running_++ == 0) steps_ = steps_allowed_ = 0;
    }
    void leave() noexcept { --running_; }

private:
    void defend() noexcept;
    void limit() noexcept;
    static int countSteps(void* database) noexcept;

    std::string file_;
    std::string wal_file_;
    OpenMode mode_;
    sqlite3* handle_ = nullptr;
    DamagedRow damaged_row_;
    std::size_t running_ = 0;
    std::uint64_t steps_ = 0;          ///< of SQLite's virtual machine, in the question in hand
    std::uint64_t steps_allowed_ = 0;  ///< by the size that the file had when it was last looked at
};

/// Removes a database with what SQLite keeps beside it.
void removeDatabase(const std::string& file);

/// One prepared statement, kept. It is prepared when it is first used, so that an object can hold
/// statements on tables that do not exist yet. Text and blobs are bound without a copy: they must
/// live until the statement has run.
class Statement {
public:
    Statement(Database& database, std::string sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    void bind(int parameter, std::int64_t value);
    void bind(int parameter, std::uint64_t value);
    void bindNull(int parameter);
    void bindText(int parameter, std::string_view text);
    void bindBlob(int parameter, std::string_view bytes);
    void bindBlob(int parameter, const Digest& digest);

    /// Runs a statement that returns no rows.
    void run();

    /// To the next row; false at the end. Use a `Query` around it.
    bool step();
    void reset() noexcept;

    bool isNull(int column) const;
    std::int64_t integer(int column) const;
    std::uint64_t unsignedInteger(int column) const;
    std::string_view text(int column) const;  ///< valid until the next step or reset
    std::string_view blob(int column) const;  ///< valid until the next step or reset
    Digest digest(int column) const;          ///< all zero where the column does not hold 32 bytes

private:
    void prepare();
    void check(int code) const;
    int stepOnce();

    Database& database_;
    std::string sql_;
    sqlite3_stmt* handle_ = nullptr;
    bool runs_ = false;
};

/// The rows of a bound statement. Ends its read transaction when it goes: a reader that forgets to
/// would keep the write-ahead log from being reused.
class Query {
public:
    explicit Query(Statement& statement) : statement_(statement) {}
    ~Query() { statement_.reset(); }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    bool next() { return statement_.step(); }

private:
    Statement& statement_;
};

/// A read transaction: all reads in its scope see one moment.
class Snapshot {
public:
    explicit Snapshot(Database& database);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    Database& database_;
};

}  // namespace waybill::sqlite
