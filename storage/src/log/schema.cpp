#include "log/schema.h"

#include "log/derived_table.h"

namespace waybill::sqlite {

namespace {

// `INSERT OR REPLACE` fires no delete trigger while `recursive_triggers` is off, as it is unless a
// connection asks for it; hence the third trigger.
constexpr const char* kBaseSchema = R"sql(
CREATE TABLE log_info(name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

CREATE TABLE streams(stream INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);

CREATE TABLE event_log(
    global_position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    position INTEGER NOT NULL,
    type TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    data TEXT NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE(stream, position));

CREATE TABLE payloads(global_position INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE destinations(
    global_position INTEGER PRIMARY KEY, url TEXT NOT NULL, token BLOB, salt BLOB NOT NULL);
CREATE TABLE exchanges(
    global_position INTEGER PRIMARY KEY, head BLOB NOT NULL, body BLOB NOT NULL,
    salt BLOB NOT NULL);
CREATE TABLE requests(
    global_position INTEGER PRIMARY KEY, body BLOB NOT NULL, headers TEXT NOT NULL,
    object BLOB NOT NULL, client_key BLOB);

CREATE TRIGGER event_log_is_never_updated BEFORE UPDATE ON event_log
BEGIN SELECT RAISE(ABORT, 'event_log is append-only'); END;
CREATE TRIGGER event_log_is_never_deleted BEFORE DELETE ON event_log
BEGIN SELECT RAISE(ABORT, 'event_log is append-only'); END;
CREATE TRIGGER event_log_is_never_replaced BEFORE INSERT ON event_log
WHEN EXISTS(SELECT 1 FROM event_log WHERE global_position = NEW.global_position)
  OR EXISTS(SELECT 1 FROM event_log WHERE stream = NEW.stream AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'event_log is append-only'); END;
CREATE TRIGGER streams_is_never_updated BEFORE UPDATE ON streams
BEGIN SELECT RAISE(ABORT, 'streams is append-only'); END;
CREATE TRIGGER streams_is_never_deleted BEFORE DELETE ON streams
BEGIN SELECT RAISE(ABORT, 'streams is append-only'); END;
CREATE TRIGGER streams_is_never_replaced BEFORE INSERT ON streams
WHEN EXISTS(SELECT 1 FROM streams WHERE stream = NEW.stream OR id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'streams is append-only'); END;
)sql";

/// Microseconds as RFC 3339 with six decimals.
std::string rfc3339(const std::string& column) {
    return "strftime('%Y-%m-%dT%H:%M:%S', " + column +
           " / 1000000, 'unixepoch') || printf('.%06dZ', " + column + " % 1000000)";
}

std::string hex(const std::string& column) {
    return "lower(hex(" + column + "))";
}

std::string eventsView() {
    return "CREATE VIEW events AS SELECT e.global_position, s.id AS stream, e.position, e.type, " +
           rfc3339("e.recorded_at") + " AS recorded_at, e.actor, e.data, " + hex("e.hash") +
           " AS hash FROM event_log e JOIN streams s ON s.stream = e.stream";
}

std::string deliveriesView() {
    return "CREATE VIEW deliveries AS SELECT s.id, d.status, x.url, d.endpoint, d.client, "
           "d.subject, d.round, d.attempts, " +
           rfc3339("d.next_attempt_at") +
           " AS next_attempt_at, d.last_status, d.last_http_status, d.last_reason, " +
           rfc3339("d.created_at") + " AS created_at, " + rfc3339("d.updated_at") +
           " AS updated_at, d.payload_bytes, " + hex("d.payload_digest") +
           " AS payload_sha256, d.content_type FROM derived_delivery d "
           "JOIN streams s ON s.stream = d.stream "
           "LEFT JOIN destinations x ON x.global_position = d.destination_position";
}

std::string attemptsView() {
    return "CREATE VIEW attempts AS SELECT s.id AS delivery, "
           "json_extract(b.data, '$.attempt') AS attempt, "
           "json_extract(b.data, '$.round') AS round, "
           "json_extract(b.data, '$.cause') AS cause, " +
           rfc3339("b.recorded_at") +
           " AS started_at, ifnull(substr(o.type, 9), 'attempting') AS status, "
           "json_extract(o.data, '$.http_status') AS http_status, "
           "json_extract(o.data, '$.reason') AS reason, "
           "json_extract(o.data, '$.timings_us.total') AS duration_us, "
           "json_extract(o.data, '$.retry_at') AS retry_at "
           "FROM event_log b JOIN streams s ON s.stream = b.stream "
           "LEFT JOIN event_log o ON o.stream = b.stream AND o.position > b.position "
           "AND o.type IN ('attempt_succeeded', 'attempt_failed', 'attempt_abandoned') "
           "AND json_extract(o.data, '$.attempt') = json_extract(b.data, '$.attempt') "
           "WHERE b.type = 'attempt_started'";
}

std::string responsesView() {
    return "CREATE VIEW responses AS SELECT s.id, d.object_id, d.state, d.kind, d.client, "
           "d.model, d.status, d.background, " +
           rfc3339("d.created_at") + " AS created_at, " + rfc3339("d.updated_at") +
           " AS updated_at, d.payload_bytes, " + hex("d.payload_digest") +
           " AS payload_sha256 FROM derived_response d JOIN streams s ON s.stream = d.stream";
}

template <typename State>
DerivedObject table() {
    return {"table", DerivedTable<State>::kName, DerivedTable<State>::createSql()};
}

}  // namespace

const std::string& baseSchema() {
    static const std::string schema = kBaseSchema;
    return schema;
}

const std::vector<DerivedObject>& derivedSchema() {
    static const std::vector<DerivedObject> objects = {
        table<Delivery>(),
        table<Response>(),
        table<EndpointState>(),
        table<BulkRedelivery>(),
        {"table", "derived_idempotency",
         "CREATE TABLE derived_idempotency(key BLOB PRIMARY KEY, stream INTEGER NOT NULL, "
         "body BLOB NOT NULL, accepted_at INTEGER NOT NULL, row_digest INTEGER NOT NULL) "
         "WITHOUT ROWID"},
        {"table", "derived_sums",
         "CREATE TABLE derived_sums(name TEXT PRIMARY KEY, rows INTEGER NOT NULL, "
         "digests INTEGER NOT NULL) WITHOUT ROWID"},
        {"table", "derived_state",
         "CREATE TABLE derived_state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"},
        // What a start reads: a few rows beside millions that are finished, and those that hold
        // what no state can be.
        {"index", "derived_delivery_open",
         "CREATE INDEX derived_delivery_open ON derived_delivery(stream) "
         "WHERE next_attempt_at IS NOT NULL OR attempt_open "
         "OR status NOT IN ('delivered', 'failed', 'cancelled')"},
        {"index", "derived_response_open",
         "CREATE INDEX derived_response_open ON derived_response(stream) "
         "WHERE state NOT IN ('completed', 'call_failed', 'deleted')"},
        {"index", "derived_response_by_object",
         "CREATE INDEX derived_response_by_object ON derived_response(object_id) "
         "WHERE object_id <> ''"},
        {"view", "events", eventsView()},
        {"view", "deliveries", deliveriesView()},
        {"view", "attempts", attemptsView()},
        {"view", "responses", responsesView()},
    };
    return objects;
}

}  // namespace waybill::sqlite
