#include "bench/raw_log.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <string_view>

#include "bench/sample_delivery.h"
#include "waybill/sqlite/log.h"

namespace waybill::bench {

namespace {

constexpr std::int64_t kCheckpointBytes = 16 * 1024 * 1024;  // as the log's own
constexpr std::int64_t kEventsWhenOpened = 2;
constexpr std::size_t kCountedDigits = 12;

void check(sqlite3* database, int code) {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        throw Poco::RuntimeException(std::string("raw inserts: ") + sqlite3_errmsg(database));
    }
}

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

Prepared prepare(sqlite3* database, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    check(database, sqlite3_prepare_v3(database, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT,
                                       &statement, nullptr));
    return Prepared(statement);
}

std::vector<std::string> texts(sqlite3* database, const std::string& sql) {
    std::vector<std::string> found;
    const Prepared query = prepare(database, sql);
    while (sqlite3_step(query.get()) == SQLITE_ROW) {
        found.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(query.get(), 0)));
    }
    return found;
}

sqlite3* openDatabase(const std::string& file, int flags) {
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &database, flags, nullptr);
    if (code != SQLITE_OK) throw Poco::RuntimeException("raw inserts: cannot open " + file);
    return database;
}

void writeSample(const std::string& directory, std::size_t payload_bytes) {
    sqlite::LogOptions options;
    options.directory = directory;
    const auto log = sqlite::openLog(options);
    fillLog(*log, 3, 0, payload_bytes);
}

}  // namespace

/// A statement with a row's values bound, but for those that number it.
class RawLog::Row {
public:
    /// `from`: a query that stands on the row.
    Row(sqlite3* database, const std::string& sql, sqlite3_stmt* from)
        : statement_(prepare(database, sql)), database_(database) {
        for (int column = 0; column < sqlite3_column_count(from); ++column) {
            const std::string_view name = sqlite3_column_name(from, column);
            if (name == "global_position") position_ = column + 1;
            if (name == "stream") stream_ = column + 1;
            check(database_, sqlite3_bind_value(statement_.get(), column + 1,
                                                sqlite3_column_value(from, column)));
            if (name != "id") continue;
            id_ = column + 1;
            name_ = reinterpret_cast<const char*>(sqlite3_column_text(from, column));
        }
        if (position_ != 0) event_ = sqlite3_column_int64(from, position_ - 1);
    }

    /// Which of the delivery's events it belongs to; 0: to all of them.
    std::int64_t event() const { return event_; }

    void write(std::int64_t position, std::int64_t stream) {
        if (position_ != 0) sqlite3_bind_int64(statement_.get(), position_, position);
        if (stream_ != 0) sqlite3_bind_int64(statement_.get(), stream_, stream);
        if (id_ != 0) bindName(stream);
        check(database_, sqlite3_step(statement_.get()));
        check(database_, sqlite3_reset(statement_.get()));
    }

private:
    /// Its end is counted up, so that names come in order, as the engine's do.
    void bindName(std::int64_t stream) {
        for (std::size_t i = 0; i < kCountedDigits; ++i) {
            name_[name_.size() - 1 - i] = static_cast<char>('0' + stream % 10);
            stream /= 10;
        }
        sqlite3_bind_text64(statement_.get(), id_, name_.data(), name_.size(), SQLITE_STATIC,
                            SQLITE_UTF8);
    }

    Prepared statement_;
    sqlite3* database_;
    int position_ = 0;
    int stream_ = 0;
    int id_ = 0;
    std::int64_t event_ = 0;
    std::string name_;
};

RawLog::RawLog(const std::string& directory, std::size_t payload_bytes)
    : database_(openDatabase(directory + "/raw.db",
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX)) {
    writeSample(directory + "/sample", payload_bytes);
    const std::unique_ptr<sqlite3, CloseDatabase> sample(
        openDatabase(directory + "/sample/waybill.db", SQLITE_OPEN_READONLY));
    const std::int64_t page_bytes = std::stoll(texts(sample.get(), "PRAGMA page_size").front());
    execute(("PRAGMA page_size = " + std::to_string(page_bytes)).c_str());
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = FULL");
    execute("PRAGMA cache_size = -65536");
    check(database_.get(), sqlite3_wal_autocheckpoint(
                               database_.get(), static_cast<int>(kCheckpointBytes / page_bytes)));
    takeRows(sample.get());
}

RawLog::~RawLog() = default;

void RawLog::takeRows(sqlite3* sample) {
    for (const char* kind : {"table", "index"}) {
        const std::string of_kind = " FROM sqlite_master WHERE sql IS NOT NULL AND type = '" +
                                    std::string(kind) + "' AND name NOT LIKE 'sqlite_%'";
        for (const std::string& sql : texts(sample, "SELECT sql" + of_kind))
            execute(sql.c_str());
    }
    for (const std::string& table :
         texts(sample, "SELECT name FROM sqlite_master WHERE type = 'table'"))
        takeRows(sample, table);
}

void RawLog::takeRows(sqlite3* sample, const std::string& table) {
    const std::vector<std::string> columns =
        texts(sample, "SELECT name FROM pragma_table_info('" + table + "')");
    const auto has = [&](const char* name) {
        return std::find(columns.begin(), columns.end(), name) != columns.end();
    };
    if (!has("global_position") && !has("stream")) return;
    std::string parameters;
    std::string assignments;
    for (const std::string& column : columns) {
        parameters += parameters.empty() ? "?" : ", ?";
        if (!assignments.empty()) assignments += ", ";
        assignments += column + " = ?" + std::to_string(&column - columns.data() + 1);
    }
    const std::string insert = "INSERT INTO " + table + " VALUES(" + parameters + ")";
    const Prepared rows = prepare(sample, "SELECT * FROM " + table);
    while (sqlite3_step(rows.get()) == SQLITE_ROW) {
        auto row = std::make_unique<Row>(database_.get(), insert, rows.get());
        if (row->event() > kEventsWhenOpened) {
            when_finished_.push_back(std::move(row));
            continue;
        }
        when_opened_.push_back(std::move(row));
        if (!table.starts_with("derived_")) continue;
        const std::string update =
            "UPDATE " + table + " SET " + assignments + " WHERE stream = ?" +
            std::to_string(std::find(columns.begin(), columns.end(), "stream") - columns.begin() +
                           1);
        when_finished_.push_back(std::make_unique<Row>(database_.get(), update, rows.get()));
    }
}

void RawLog::execute(const char* sql) {
    check(database_.get(), sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr));
}

void RawLog::begin() {
    execute("BEGIN IMMEDIATE");
}

void RawLog::open() {
    ++opened_;
    for (const auto& row : when_opened_)
        row->write(position_ + row->event(), opened_);
    position_ += kEventsWhenOpened;
}

void RawLog::finish() {
    ++finished_;
    ++position_;
    for (const auto& row : when_finished_)
        row->write(position_, finished_);
}

void RawLog::commit() {
    execute("COMMIT");
}

}  // namespace waybill::bench
