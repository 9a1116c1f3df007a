// One derived table: folded states as rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "log/column_codec.h"
#include "log/columns.h"
#include "log/database.h"
#include "log/event_table.h"
#include "waybill/event.h"
#include "waybill/stream_state.h"

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
/// `visitColumns`. A row is a copy of what the events say: one that is missing, or that was not
/// written as it stands (`row_digest`), is never believed and stops nobody, the events are read.
template <typename State>
class DerivedTable {
public:
    static constexpr const char* kName = DerivedTableName<State>::kName;

    explicit DerivedTable(Database& database)
        : database_(database),
          insert_(database, insertSql()),
          update_(database, updateSql()),
          find_(database, selectSql("WHERE d.stream = ?1")),
          events_(database, selectEvents("WHERE e.stream = ?1 ORDER BY e.position")) {}

    // Each returns the digest of the row.
    std::int64_t insert(std::int64_t key, const State& state) { return write(insert_, key, state); }
    /// A row that is not there any more (somebody deleted it by hand) is made again.
    std::int64_t update(std::int64_t key, const State& state) {
        const std::int64_t digest = write(update_, key, state);
        return sqlite3_changes(database_.handle()) == 0 ? insert(key, state) : digest;
    }

    /// The state of a stream that has a name, from its row if that is what was written, else from
    /// its events; nothing for a stream of another kind. Throws CorruptLog for events that are
    /// none.
    std::optional<State> find(std::int64_t key) {
        find_.bind(1, key);
        {
            Query query(find_);
            if (query.next()) return believe(find_);
        }
        auto state = folded(key);
        if (state) database_.damagedRow(kName, state->id);
        return state;
    }

    /// The same, for a row of `selectSql`.
    std::optional<State> believe(const Statement& row) {
        if (auto state = sound(row)) return state;
        database_.damagedRow(kName, StreamId(row.text(0)));
        return folded(keyOf(row));
    }

    /// The same, told to nobody.
    std::optional<State> meant(const Statement& row) {
        if (auto state = sound(row)) return state;
        return folded(keyOf(row));
    }

    /// What the events say, whatever the row holds: for what is decided on it. Some microseconds an
    /// event. Throws CorruptLog for events that are none.
    std::optional<State> recorded(std::int64_t key) {
        auto state = folded(key);
        if (state && sound(key) != state) database_.damagedRow(kName, state->id);
        return state;
    }

    // The same for one of many, on each of which no other depends: nothing for a stream whose
    // events are none. It is told as a damaged row.
    std::optional<State> findReadable(std::int64_t key) {
        return readable([&] { return find(key); });
    }
    std::optional<State> believeReadable(const Statement& row) {
        return readable([&] { return believe(row); });
    }
    std::optional<State> recordedReadable(std::int64_t key) {
        return readable([&] { return recorded(key); });
    }

    /// The row alone, if it is what was written.
    std::optional<State> sound(std::int64_t key) {
        find_.bind(1, key);
        Query query(find_);
        return query.next() ? sound(find_) : std::nullopt;
    }

    static std::optional<State> sound(const Statement& row) {
        try {
            State state = read(row);
            if (row.integer(2) == digestOf(keyOf(row), state)) return state;
        } catch (const CorruptLog&) {
        }
        return std::nullopt;
    }

    /// What the row says, whether or not it was written so. For verification.
    std::optional<State> asItStands(std::int64_t key, bool& is_sound) {
        find_.bind(1, key);
        Query query(find_);
        if (!query.next()) return std::nullopt;
        State state = read(find_);
        is_sound = find_.integer(2) == digestOf(key, state);
        return state;
    }

    /// The table as `d` beside `streams` as `s`; the columns are the id, the key, the digest of the
    /// row, and those of `visitColumns`. `rest` goes on from there.
    static std::string selectSql(const std::string& rest) {
        std::string sql = "SELECT s.id, d.stream, d.row_digest";
        visitColumns(kNothing, [&](const char* name, const auto&) {
            sql += ", d.";
            sql += name;
        });
        // CROSS JOIN keeps the order: the other way round it would read the name of every stream.
        return sql + " FROM " + kName + " d CROSS JOIN streams s ON s.stream = d.stream " + rest;
    }

    static std::int64_t keyOf(const Statement& row) { return row.integer(1); }

    static std::int64_t digestOf(std::int64_t key, const State& state) {
        RowDigest digest(kName, key);
        visitColumns(state, digest);
        return digest.value();
    }

    static std::string createSql() {
        std::string sql = std::string("CREATE TABLE ") + kName + "(stream INTEGER PRIMARY KEY";
        visitColumns(kNothing, [&](const char* name, const auto& member) {
            sql += std::string(", ") + name + ' ' + declaredType(member);
        });
        return sql + ", row_digest INTEGER NOT NULL)";
    }

private:
    inline static const State kNothing{};

    /// Throws CorruptLog for what no state can be.
    static State read(const Statement& row) {
        State state;
        state.id = row.text(0);
        try {
            visitColumns(state, ColumnReader(row, 3));
        } catch (const BadColumn& bad) {
            throw CorruptLog(state.id, 0, std::string(kName) + ": " + bad.message());
        }
        return state;
    }

    template <typename Read>
    std::optional<State> readable(Read read) {
        try {
            return read();
        } catch (const CorruptLog& error) {
            database_.damagedRow(kName, error.stream());
            return std::nullopt;
        }
    }

    std::optional<State> folded(std::int64_t key) {
        StreamState state;
        events_.bind(1, key);
        Query query(events_);
        while (query.next())
            foldInto(state, decode(storedRow(events_)));
        auto* const wanted = std::get_if<State>(&state);
        return wanted ? std::optional(std::move(*wanted)) : std::nullopt;
    }

    static std::string insertSql() {
        std::string names = "stream";
        std::string values = "?1";
        int parameter = 1;
        visitColumns(kNothing, [&](const char* name, const auto&) {
            names += std::string(", ") + name;
            values += ", ?" + std::to_string(++parameter);
        });
        values += ", ?" + std::to_string(++parameter);
        return std::string("INSERT OR REPLACE INTO ") + kName + '(' + names +
               ", row_digest) VALUES(" + values + ')';
    }

    static std::string updateSql() {
        std::string sets;
        int parameter = 1;
        visitColumns(kNothing, [&](const char* name, const auto&) {
            sets += (sets.empty() ? "" : ", ") + std::string(name) + " = ?" +
                    std::to_string(++parameter);
        });
        return std::string("UPDATE ") + kName + " SET " + sets + ", row_digest = ?" +
               std::to_string(++parameter) + " WHERE stream = ?1";
    }

    static std::int64_t write(Statement& statement, std::int64_t key, const State& state) {
        const std::int64_t digest = digestOf(key, state);
        statement.bind(1, key);
        ColumnBinder binder(statement, 2);
        visitColumns(state, binder);
        binder("row_digest", digest);
        statement.run();
        return digest;
    }

    Database& database_;
    Statement insert_;
    Statement update_;
    Statement find_;
    Statement events_;
};

}  // namespace waybill::sqlite
