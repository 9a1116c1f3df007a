#include "log/rebuild.h"

#include <algorithm>
#include <utility>

#include "log/event_table.h"
#include "log/projection.h"
#include "log/schema.h"
#include "log/transaction.h"

namespace waybill::sqlite {

namespace {

bool isMadeAs(Database& database, const DerivedObject& object) {
    Statement statement(database, "SELECT sql FROM sqlite_schema WHERE type = ?1 AND name = ?2");
    statement.bindText(1, object.type);
    statement.bindText(2, object.name);
    Query query(statement);
    return query.next() && statement.text(0) == object.sql;
}

/// Of the tables that had rows; empty: none has lost them.
std::string firstEmptied(Database& database) {
    Statement names(database, "SELECT name FROM derived_state WHERE name <> 'version'");
    Query query(names);
    while (query.next()) {
        const std::string table(names.text(0));
        const auto& known = derivedSchema();
        const bool is_ours = std::any_of(known.begin(), known.end(), [&](const auto& object) {
            return object.type == "table" && object.name == table;
        });
        if (is_ours && database.number("SELECT EXISTS(SELECT 1 FROM " + table + ")") == 0) {
            return table;
        }
    }
    return {};
}

Timestamp newestTime(Database& database) {
    return Timestamp(Duration(database.number(
        "SELECT recorded_at FROM event_log ORDER BY global_position DESC LIMIT 1")));
}

std::uint64_t newestPosition(Database& database) {
    return static_cast<std::uint64_t>(
        database.number("SELECT max(global_position) FROM event_log"));
}

/// A delivery has no row then, and the types of its events do not say that it is over: every start
/// tells of it (Projection::visitOpenDeliveries).
void noteLeftOut(Database& database, std::int64_t key) {
    Statement statement(
        database,
        "INSERT OR REPLACE INTO derived_state(name, value) SELECT 'left out ' || ?1, ?1 WHERE "
        "(SELECT type FROM event_log WHERE stream = ?1 ORDER BY position LIMIT 1) = "
        "'delivery_accepted' AND "
        "(SELECT type FROM event_log WHERE stream = ?1 ORDER BY position DESC LIMIT 1) NOT IN "
        "('attempt_succeeded', 'delivery_cancelled', 'payload_erased')");
    statement.bind(1, key);
    statement.run();
}

void noteAnswersErased(Database& database) {
    database.execute(
        "INSERT OR REPLACE INTO derived_state(name, value) VALUES('answers_erased', 1)");
}

/// What has the name of an object, whatever it is: somebody may have put a view in a table's place.
void dropNamed(Database& database, const DerivedObject& object) {
    const auto is = [&](const std::string& type) {
        Statement statement(database, "SELECT 1 FROM sqlite_schema WHERE type = ?1 AND name = ?2");
        statement.bindText(1, type);
        statement.bindText(2, object.name);
        Query query(statement);
        return query.next();
    };
    for (const std::string type : {"table", "index", "view"})
        if (is(type)) database.execute("DROP " + type + ' ' + object.name);
}

void makeAnew(Database& database) {
    const auto& objects = derivedSchema();
    for (auto object = objects.rbegin(); object != objects.rend(); ++object)
        dropNamed(database, *object);
    for (const DerivedObject& object : objects)
        database.execute(object.sql);
    database.execute("INSERT INTO derived_state(name, value) VALUES('version', " +
                     std::to_string(kDerivedVersion) + ")");
    if (database.number("SELECT EXISTS(SELECT 1 FROM exchanges)") == 0) noteAnswersErased(database);
}

}  // namespace

std::string problemOfDerivedTables(Database& database) {
    for (const DerivedObject& object : derivedSchema()) {
        if (!isMadeAs(database, object))
            return "the " + object.type + ' ' + object.name +
                   " is missing or not the one that this version makes";
    }
    const std::int64_t version =
        database.number("SELECT value FROM derived_state WHERE name = 'version'");
    if (version != kDerivedVersion)
        return "the derived tables are of version " + std::to_string(version) +
               ", and this program makes version " + std::to_string(kDerivedVersion);
    const std::string emptied = firstEmptied(database);
    return emptied.empty() ? "" : "the table " + emptied + " was emptied";
}

std::string firstMissingDerivedTable(Database& database) {
    for (const DerivedObject& object : derivedSchema()) {
        if (object.type == "table" && !isMadeAs(database, object)) return object.name;
    }
    return {};
}

void rebuildDerivedTables(Database& database,
                          const std::function<void(const CorruptLog& stream)>& left_out) {
    Transaction transaction(database);
    makeAnew(database);

    Projection projection(database);
    Statement events(database, selectEvents("ORDER BY e.stream, e.position"));
    const Timestamp remembered_since = newestTime(database) - kKeyRemembered;
    std::int64_t key = 0;
    std::int64_t broken = 0;  // the key of the stream that is left out
    StreamState state;
    {
        Query query(events);
        while (query.next()) {
            const StoredRow row = storedRow(events);
            if (row.key == broken) continue;
            if (row.key != key) {
                projection.insert(key, std::exchange(state, {}));
                key = row.key;
            }
            try {
                const RecordedEvent event = decode(row);
                foldInto(state, event);
                if (event.recorded_at >= remembered_since)
                    projection.rememberIdempotency(key, event);
            } catch (const CorruptLog& error) {
                if (!left_out) throw;
                left_out(error);
                noteLeftOut(database, row.key);
                state = {};
                broken = row.key;
            }
        }
    }
    projection.insert(key, state);
    projection.finishAll(newestPosition(database));
    transaction.commit();
}

void eraseAnswersOfErased(Database& database) {
    database.execute(
        "DELETE FROM exchanges WHERE global_position IN (SELECT e.global_position FROM "
        "derived_delivery d JOIN event_log e ON e.stream = d.stream WHERE d.payload_erased "
        "AND e.type IN ('attempt_succeeded', 'attempt_failed'))");
    noteAnswersErased(database);
}

bool answersAreErased(Database& database) noexcept {
    try {
        return database.number("SELECT value FROM derived_state WHERE name = 'answers_erased'") !=
               0;
    } catch (const SqliteError&) {
        return false;
    }
}

}  // namespace waybill::sqlite
