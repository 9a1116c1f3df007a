// One derived table: folded states as rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "column_codec.h"
#include "columns.h"
#include "database.h"
#include "waybill/event.h"

namespace waybill::sqlite {

template <typename State>
struct DerivedTableName;
template <>
struct DerivedTableName<Delivery> {
    static constexpr const char* kName = "derived_delivery";
};
template <>
struct DerivedTableName<Response> {
    static constexpr const char* kName = "derived_response";
};
template <>
struct DerivedTableName<EndpointState> {
    static constexpr const char* kName = "derived_endpoint";
};
template <>
struct DerivedTableName<BulkRedelivery> {
    static constexpr const char* kName = "derived_bulk_redelivery";
};

/// The rows of one kind of state, keyed by the stream's integer key. The SQL comes from
/// `visitColumns`.
template <typename State>
class DerivedTable {
public:
    static constexpr const char* kName = DerivedTableName<State>::kName;

    explicit DerivedTable(Database& database)
        : insert_(database, insertSql()),
          update_(database, updateSql()),
          find_(database, selectSql("WHERE d.stream = ?1")) {}

    void insert(std::int64_t key, const State& state) { write(insert_, key, state); }
    void update(std::int64_t key, const State& state) { write(update_, key, state); }

    std::optional<State> find(std::int64_t key) {
        find_.bind(1, key);
        Query query(find_);
        return query.next() ? std::optional(read(find_)) : std::nullopt;
    }

    /// The table as `d` beside `streams` as `s`; the columns are the id, the key, and those of
    /// `visitColumns`. `rest` goes on from there.
    static std::string selectSql(const std::string& rest) {
        std::string sql = "SELECT s.id, d.stream";
        visitColumns(kNothing, [&](const char* name, const auto&) {
            sql += ", d.";
            sql += name;
        });
        return sql + " FROM " + kName + " d JOIN streams s ON s.stream = d.stream " + rest;
    }

    /// From a row of `selectSql`. Throws CorruptLog.
    static State read(const Statement& row) {
        State state;
        state.id = row.text(0);
        try {
            visitColumns(state, ColumnReader(row, 2));
        } catch (const BadColumn& bad) {
            throw CorruptLog(state.id, 0, std::string(kName) + ": " + bad.message());
        }
        return state;
    }
    static std::int64_t keyOf(const Statement& row) { return row.integer(1); }

    static std::string createSql() {
        std::string sql = std::string("CREATE TABLE ") + kName + "(stream INTEGER PRIMARY KEY";
        visitColumns(kNothing, [&](const char* name, const auto& member) {
            sql += std::string(", ") + name + ' ' + declaredType(member);
        });
        return sql + ")";
    }

private:
    inline static const State kNothing{};

    static std::string insertSql() {
        std::string names = "stream";
        std::string values = "?1";
        int parameter = 1;
        visitColumns(kNothing, [&](const char* name, const auto&) {
            names += std::string(", ") + name;
            values += ", ?" + std::to_string(++parameter);
        });
        return std::string("INSERT INTO ") + kName + '(' + names + ") VALUES(" + values + ')';
    }

    static std::string updateSql() {
        std::string sets;
        int parameter = 1;
        visitColumns(kNothing, [&](const char* name, const auto&) {
            sets += (sets.empty() ? "" : ", ") + std::string(name) + " = ?" +
                    std::to_string(++parameter);
        });
        return std::string("UPDATE ") + kName + " SET " + sets + " WHERE stream = ?1";
    }

    static void write(Statement& statement, std::int64_t key, const State& state) {
        statement.bind(1, key);
        ColumnBinder binder(statement, 2);
        visitColumns(state, binder);
        statement.run();
    }

    Statement insert_;
    Statement update_;
    Statement find_;
};

}  // namespace waybill::sqlite
