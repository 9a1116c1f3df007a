// The rows of a log, put into a database by nothing but inserts: what SQLite can do at best.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace waybill::bench {

/// Writes the very rows that a Waybill log holds for a delivery, again and again, into the same
/// tables with the same indexes and settings, but with nothing of Waybill in between: no event is
/// encoded, hashed, folded or checked, and every value that can be is bound once for all. One
/// thread.
class RawLog {
public:
    /// `directory` is where it is made, beside a log of one delivery from which it takes the rows.
    RawLog(const std::string& directory, std::size_t payload_bytes);
    ~RawLog();
    RawLog(const RawLog&) = delete;
    RawLog& operator=(const RawLog&) = delete;

    void begin();
    /// Accepts and starts the next delivery: 2 events, its payload, its derived row.
    void open();
    /// Records the success of the oldest that is open: 1 event, what came back, its derived row.
    void finish();
    void commit();

private:
    class Row;
    struct CloseDatabase {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };

    void takeRows(sqlite3* sample);
    void takeRows(sqlite3* sample, const std::string& table);
    void execute(const char* sql);

    std::unique_ptr<sqlite3, CloseDatabase> database_;
    std::vector<std::unique_ptr<Row>> when_opened_;
    std::vector<std::unique_ptr<Row>> when_finished_;
    std::int64_t position_ = 0;
    std::int64_t opened_ = 0;
    std::int64_t finished_ = 0;
};

}  // namespace waybill::bench
