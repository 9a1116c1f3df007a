#include "log/event_table.h"

#include <algorithm>
#include <limits>

#include "waybill/event_codec.h"

namespace waybill::sqlite {

std::string readLogId(Database& database) {
    Statement statement(database, "SELECT value FROM log_info WHERE name = 'log_id'");
    Query query(statement);
    if (!query.next()) throw SqliteError(SQLITE_CORRUPT, database.file() + ": log_info has no id");
    return std::string(statement.text(0));
}

LogHead readHead(Database& database, std::string_view log_id) {
    Statement statement(database,
                        "SELECT global_position, hash FROM event_log "
                        "ORDER BY global_position DESC LIMIT 1");
    Query query(statement);
    if (!query.next()) return {0, genesisHash(log_id)};
    return {statement.unsignedInteger(0), statement.digest(1)};
}

namespace {

constexpr const char* kEventColumns =
    "SELECT e.stream, e.global_position, s.id, e.position, e.type, e.recorded_at, e.actor, "
    "e.data, e.hash FROM event_log e ";

}  // namespace

std::string selectEvents(const std::string& rest) {
    return std::string(kEventColumns) + "JOIN streams s ON s.stream = e.stream " + rest;
}

std::string selectEventsOfAnyStream(const std::string& rest) {
    return std::string(kEventColumns) + "LEFT JOIN streams s ON s.stream = e.stream " + rest;
}

std::string inData(const std::string& column, const std::string& member) {
    return "CASE WHEN json_valid(" + column + ") THEN json_extract(" + column + ", '$." + member +
           "') END";
}

StoredRow storedRow(const Statement& row) {
    return {row.integer(0), row.unsignedInteger(1), row.text(2), row.unsignedInteger(3),
            row.text(4),    row.integer(5),         row.text(6), row.text(7),
            row.digest(8)};
}

RecordedEvent decode(const StoredRow& row) {
    RecordedEvent event;
    event.global_position = row.global_position;
    event.stream = row.stream;
    event.position = row.position;
    event.recorded_at = Timestamp(Duration(row.recorded_at_us));
    event.actor = row.actor;
    event.event = decodeData(row.type, row.data, event.stream, event.position);
    event.actor_claimed = actorIsClaimed(row.data);
    event.hash = row.hash;
    return event;
}

EventTable::EventTable(Database& database)
    : find_stream_(database, "SELECT stream FROM streams WHERE id = ?1"),
      stream_at_(database, "SELECT stream FROM event_log WHERE global_position = ?1"),
      insert_stream_(database, "INSERT INTO streams(stream, id) VALUES(?1, ?2)"),
      insert_(database,
              "INSERT INTO event_log(global_position, stream, position, type, recorded_at, actor, "
              "data, hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      find_(database, selectEvents("WHERE e.global_position = ?1")),
      read_stream_(database, selectEvents("WHERE s.id = ?1 ORDER BY e.position")),
      first_in_stream_(database, selectEvents("WHERE s.id = ?1 AND e.position = 1")),
      stream_position_(database,
                       "SELECT position FROM event_log WHERE stream = "
                       "(SELECT stream FROM streams WHERE id = ?1) ORDER BY position DESC LIMIT 1"),
      read_all_(database, selectEvents("WHERE e.global_position > ?1 "
                                       "ORDER BY e.global_position LIMIT ?2")) {}

std::optional<std::int64_t> EventTable::findStream(std::string_view id) {
    find_stream_.bindText(1, id);
    Query query(find_stream_);
    return query.next() ? std::optional(find_stream_.integer(0)) : std::nullopt;
}

std::optional<std::int64_t> EventTable::streamAt(std::uint64_t global_position) {
    stream_at_.bind(1, global_position);
    Query query(stream_at_);
    return query.next() ? std::optional(stream_at_.integer(0)) : std::nullopt;
}

std::optional<RecordedEvent> EventTable::find(std::uint64_t global_position) {
    find_.bind(1, global_position);
    Query query(find_);
    return query.next() ? std::optional(decode(storedRow(find_))) : std::nullopt;
}

void EventTable::insertStream(std::int64_t key, std::string_view id) {
    insert_stream_.bind(1, key);
    insert_stream_.bindText(2, id);
    insert_stream_.run();
}

void EventTable::insert(std::int64_t key, const RecordedEvent& event, std::string_view data) {
    insert_.bind(1, event.global_position);
    insert_.bind(2, key);
    insert_.bind(3, event.position);
    insert_.bindText(4, typeName(event.event));
    insert_.bind(5, event.recorded_at.time_since_epoch().count());
    insert_.bindText(6, event.actor);
    insert_.bindText(7, data);
    insert_.bindBlob(8, event.hash);
    insert_.run();
}

namespace {

std::vector<RecordedEvent> decodeAll(Statement& statement) {
    std::vector<RecordedEvent> events;
    Query query(statement);
    while (query.next())
        events.push_back(decode(storedRow(statement)));
    return events;
}

}  // namespace

std::vector<RecordedEvent> EventTable::readStream(std::string_view id) {
    read_stream_.bindText(1, id);
    return decodeAll(read_stream_);
}

std::uint64_t EventTable::streamPosition(std::string_view id) {
    stream_position_.bindText(1, id);
    Query query(stream_position_);
    return query.next() ? static_cast<std::uint64_t>(stream_position_.integer(0)) : 0;
}

/// What kind of stream it is, its first event says; nothing else of it matters to what follows.
StreamState EventTable::logStream() {
    StreamState state;
    first_in_stream_.bindText(1, kLogStream);
    for (const RecordedEvent& first : decodeAll(first_in_stream_))
        foldInto(state, first);
    const std::uint64_t position = streamPosition(kLogStream);
    if (auto* const known = std::get_if<LogState>(&state)) known->position = position;
    if (auto* const unknown = std::get_if<UnknownStream>(&state)) unknown->position = position;
    return state;
}

std::vector<RecordedEvent> EventTable::readAll(std::uint64_t after, std::size_t limit) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    read_all_.bind(1, std::min(after, kMost));
    read_all_.bind(2, std::min<std::uint64_t>(limit, kMost));
    return decodeAll(read_all_);
}

}  // namespace waybill::sqlite
