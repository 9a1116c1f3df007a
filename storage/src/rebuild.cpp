#include "rebuild.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "event_table.h"
#include "projection.h"
#include "schema.h"
#include "transaction.h"

namespace waybill::sqlite {

namespace {

bool isMadeAs(Database& database, const DerivedObject& object) {
    Statement statement(database, "SELECT sql FROM sqlite_schema WHERE type = ?1 AND name = ?2");
    statement.bindText(1, object.type);
    statement.bindText(2, object.name);
    Query query(statement);
    return query.next() && statement.text(0) == object.sql;
}

bool isEmptied(Database& database) {
    Statement names(database, "SELECT name FROM derived_state WHERE name <> 'version'");
    Query query(names);
    while (query.next()) {
        const std::string table(names.text(0));
        const auto& known = derivedSchema();
        const bool is_ours = std::any_of(known.begin(), known.end(), [&](const auto& object) {
            return object.type == "table" && object.name == table;
        });
        if (is_ours && database.number("SELECT EXISTS(SELECT 1 FROM " + table + ")") == 0) {
            return true;
        }
    }
    return false;
}

void makeAnew(Database& database) {
    const auto& objects = derivedSchema();
    for (const DerivedObject& object : objects | std::views::reverse)
        database.execute("DROP " + object.type + " IF EXISTS " + object.name);
    for (const DerivedObject& object : objects)
        database.execute(object.sql);
    database.execute("INSERT INTO derived_state(name, value) VALUES('version', " +
                     std::to_string(kDerivedVersion) + ")");
}

}  // namespace

bool derivedTablesAreWhole(Database& database) {
    const auto& objects = derivedSchema();
    return std::all_of(objects.begin(), objects.end(),
                       [&](const auto& object) { return isMadeAs(database, object); }) &&
           database.number("SELECT value FROM derived_state WHERE name = 'version'") ==
               kDerivedVersion &&
           !isEmptied(database);
}

std::string firstMissingDerivedTable(Database& database) {
    for (const DerivedObject& object : derivedSchema()) {
        if (object.type == "table" && !isMadeAs(database, object)) return object.name;
    }
    return {};
}

void rebuildDerivedTables(Database& database) {
    Transaction transaction(database);
    makeAnew(database);

    Projection projection(database);
    Statement events(database, selectEvents("ORDER BY e.stream, e.position"));
    std::int64_t key = 0;
    StreamState state;
    {
        Query query(events);
        while (query.next()) {
            const StoredRow row = storedRow(events);
            if (row.key != key) {
                projection.insert(key, std::exchange(state, {}));
                key = row.key;
            }
            const RecordedEvent event = decode(row);
            foldInto(state, event);
            projection.rememberIdempotency(key, event);
        }
    }
    projection.insert(key, state);
    transaction.commit();
}

}  // namespace waybill::sqlite
