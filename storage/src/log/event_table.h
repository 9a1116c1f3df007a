// The table `event_log` and the names of its streams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/database.h"
#include "waybill/event_log.h"
#include "waybill/stream_state.h"

namespace waybill::sqlite {

/// The random id in `log_info`. Throws SqliteError for what is no log.
std::string readLogId(Database& database);

/// Where the log ends now; an empty one at the hash of its id.
LogHead readHead(Database& database, std::string_view log_id);

/// A row as it is stored: what the chain is computed from, before anything is believed.
struct StoredRow {
    std::int64_t key = 0;  ///< of the stream
    std::uint64_t global_position = 0;
    std::string_view stream;
    std::uint64_t position = 0;
    std::string_view type;
    std::int64_t recorded_at_us = 0;
    std::string_view actor;
    std::string_view data;
    Digest hash{};
};

/// `SELECT` of rows that `storedRow` reads, with `event_log` as `e` and `streams` as `s`; `rest`
/// goes on from there.
std::string selectEvents(const std::string& rest);
/// The same for a reader that believes nothing: with events whose stream has no name.
std::string selectEventsOfAnyStream(const std::string& rest);
/// SQL for a member of an event's data; NULL where that is no JSON. SQLite's own function fails
/// then, and with it the statement, whatever other events it is about.
std::string inData(const std::string& column, const std::string& member);
StoredRow storedRow(const Statement& row);  ///< views: valid until the next step

/// Throws CorruptLog for what is no event.
RecordedEvent decode(const StoredRow& row);

/// Reads for anybody, appends for the writer.
class EventTable {
public:
    explicit EventTable(Database& database);

    std::optional<std::int64_t> findStream(std::string_view id);
    /// The stream of the event at this global position.
    std::optional<std::int64_t> streamAt(std::uint64_t global_position);
    /// One event; nothing: there is none.
    std::optional<RecordedEvent> find(std::uint64_t global_position);
    void insertStream(std::int64_t key, std::string_view id);

    /// `data` is the encoded event; everything else is taken from `event`.
    void insert(std::int64_t key, const RecordedEvent& event, std::string_view data);

    std::vector<RecordedEvent> readStream(std::string_view id);
    /// Of the newest event of a stream; 0: there is none.
    std::uint64_t streamPosition(std::string_view id);
    /// What the log's own stream comes to, without reading all of it.
    StreamState logStream();
    std::vector<RecordedEvent> readAll(std::uint64_t after, std::size_t limit);

private:
    Statement find_stream_;
    Statement stream_at_;
    Statement insert_stream_;
    Statement insert_;
    Statement find_;
    Statement read_stream_;
    Statement first_in_stream_;
    Statement stream_position_;
    Statement read_all_;
};

}  // namespace waybill::sqlite
