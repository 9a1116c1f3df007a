#include "audit/schema_check.h"

#include <map>
#include <utility>

namespace waybill::sqlite {

namespace {

/// So many of the complaints about pages leave room for others.
constexpr int kMostPages = 5;

/// Type and name of an object lead to its table and its SQL.
using Schema = std::map<std::pair<std::string, std::string>, std::pair<std::string, std::string>>;

Schema readSchema(Database& database) {
    Schema schema;
    Statement statement(database,
                        "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema");
    Query query(statement);
    while (query.next()) {
        schema[{std::string(statement.text(0)), std::string(statement.text(1))}] = {
            std::string(statement.text(2)), std::string(statement.text(3))};
    }
    return schema;
}

/// What is wrong with an expected object; empty: nothing. An index without SQL comes with its
/// table.
std::string difference(const Schema& held, const Schema::value_type& expected) {
    const auto& [object, made] = expected;
    const auto found = held.find(object);
    const std::string name = object.first + ' ' + object.second;
    if (found == held.end()) {
        const bool goes_with_table = made.second.empty() && !held.contains({"table", made.first});
        return goes_with_table ? "" : "the " + name + " is missing";
    }
    return found->second == made ? "" : "the " + name + " is not the one that this version makes";
}

void compare(const Schema& held, const Schema& base, const Schema& expected,
             const std::string& cure, Findings& findings) {
    std::string derived;
    for (const auto& entry : expected) {
        const std::string wrong = difference(held, entry);
        if (wrong.empty()) continue;
        if (base.contains(entry.first)) {
            findings.add({.rule = wrong});
        } else {
            derived += (derived.empty() ? "" : ", ") + wrong;
        }
    }
    if (!derived.empty()) findings.add({.rule = derived + cure});
    for (const auto& [object, made] : held) {
        if (expected.contains(object)) continue;
        if (object.first == "trigger") {
            findings.add({.rule = "the trigger " + object.second + " on " + made.first +
                                  " is none of Waybill's: it changes what is written"});
        } else if (!made.second.empty()) {  // an index without SQL belongs to its table
            findings.leaveUnchecked(object.first + ' ' + object.second +
                                    " that is none of Waybill's");
        }
    }
}

struct TypeCondition {
    std::string key;    ///< the table's first column
    std::string wrong;  ///< SQL: true for a row with a value of another type; empty: there is none
};

/// Of a table as `expected` declares it.
TypeCondition typesOf(Database& expected, const std::string& table) {
    TypeCondition condition;
    Statement columns(expected,
                      "SELECT name, lower(type), \"notnull\" OR pk FROM "
                      "pragma_table_info(?1)");
    columns.bindText(1, table);
    Query query(columns);
    while (query.next()) {
        const std::string name(columns.text(0));
        if (condition.key.empty()) condition.key = name;
        if (columns.text(1).empty()) continue;  // a column of any type
        if (!condition.wrong.empty()) condition.wrong += " OR ";
        condition.wrong += "typeof(" + name + ") NOT IN ('" + std::string(columns.text(1)) + "'" +
                           (columns.integer(2) != 0 ? ")" : ", 'null')");
    }
    return condition;
}

void checkTypes(Database& database, Database& expected, const std::string& table,
                Findings& findings) {
    const TypeCondition condition = typesOf(expected, table);
    Statement statement(database, "SELECT count(*), quote(min(" + condition.key + ")) FROM " +
                                      table + " WHERE " + condition.wrong);
    Query query(statement);
    if (!query.next() || statement.integer(0) == 0) return;
    findings.add({.rule = "every value has the type of its column: " + table + " has " +
                          std::to_string(statement.integer(0)) + " rows with another, the first " +
                          "where " + condition.key + " is " + std::string(statement.text(1))});
}

}  // namespace

void checkPages(Database& database, const std::string& name, Findings& findings) {
    const std::string rule = "the pages of " + name + " hold together: ";
    checked(findings, {.rule = rule}, [&] {
        Statement statement(database, "PRAGMA integrity_check(" + std::to_string(kMostPages) + ")");
        Query query(statement);
        while (query.next()) {
            if (statement.text(0) != "ok")
                findings.add({.rule = rule + std::string(statement.text(0))});
        }
    });
}

std::string problemOfTables(Database& database, const std::string& script) {
    Database made(":memory:", OpenMode::kCreate);
    made.execute(script);
    const Schema held = readSchema(database);
    for (const auto& [object, sql] : readSchema(made)) {
        if (object.first != "table") continue;
        for (const auto& [other, other_sql] : held) {
            if (other.second == object.second && (other.first != "table" || other_sql != sql))
                return "the " + other.first + ' ' + other.second +
                       " is not the table that this version makes";
        }
    }
    return {};
}

void checkSchema(Database& database, const ExpectedSchema& script, Findings& findings) {
    Database made(":memory:", OpenMode::kCreate);
    made.execute(script.base);
    const Schema base = readSchema(made);
    made.execute(script.derived);
    const Schema expected = readSchema(made);
    Schema held;
    checked(findings, {.rule = "the schema can be read: "}, [&] {
        held = readSchema(database);
        compare(held, base, expected, script.cure, findings);
    });
    for (const auto& [object, sql] : expected) {
        if (object.first != "table" || !held.contains(object) || findings.full()) continue;
        const std::string& table = object.second;
        checked(findings, {.rule = table + " can be read: "},
                [&] { checkTypes(database, made, table, findings); });
    }
}

}  // namespace waybill::sqlite
