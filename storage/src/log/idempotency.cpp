#include "log/idempotency.h"

#include <string>
#include <utility>
#include <vector>

#include "log/column_codec.h"

namespace waybill::sqlite {

namespace {

constexpr const char* kTableName = "derived_idempotency";

std::optional<IdempotentMatch> matchOf(const RecordedEvent& event, const Digest& key) {
    const IdempotencyKey* const idempotency = idempotencyOf(event.event);
    if (idempotency == nullptr || idempotency->key != key) return std::nullopt;
    return IdempotentMatch{event.stream, idempotency->body, event.recorded_at};
}

IdempotencyRow rowFor(std::int64_t stream, const IdempotencyKey& key,
                      const RecordedEvent& accepted) {
    IdempotencyRow row{key.key, stream, key.body, accepted.recorded_at.time_since_epoch().count()};
    row.row_digest = row.digest();
    return row;
}

}  // namespace

std::int64_t IdempotencyRow::digest() const {
    RowDigest digest(kTableName, stream);
    digest("key", key);
    digest("body", body);
    digest("accepted_at", accepted_at_us);
    return digest.value();
}

std::string selectIdempotency(const std::string& rest) {
    return "SELECT i.key, i.stream, i.body, i.accepted_at, i.row_digest FROM derived_idempotency "
           "i " +
           rest;
}

IdempotencyRow idempotencyRow(const Statement& row) {
    return {row.digest(0), row.integer(1), row.digest(2), row.integer(3), row.integer(4)};
}

IdempotencyTable::IdempotencyTable(Database& database)
    : database_(database),
      events_(database),
      find_(database, selectIdempotency("WHERE i.key = ?1")),
      name_(database, "SELECT id FROM streams WHERE stream = ?1"),
      newest_first_(database,
                    selectEvents("WHERE e.global_position > ifnull((SELECT max(global_position) "
                                 "FROM event_log WHERE recorded_at < ?2), 0) "
                                 "AND instr(e.data, ?1) > 0 ORDER BY e.global_position DESC")),
      insert_(database,
              "INSERT INTO derived_idempotency(key, stream, body, accepted_at, row_digest) "
              "VALUES(?1, ?2, ?3, ?4, ?5)"),
      replace_(database,
               "INSERT OR REPLACE INTO derived_idempotency(key, stream, body, accepted_at, "
               "row_digest) VALUES(?1, ?2, ?3, ?4, ?5)"),
      next_(database, selectIdempotency("WHERE i.key > ?1 ORDER BY i.key LIMIT ?2")),
      remove_(database, "DELETE FROM derived_idempotency WHERE key = ?1") {}

std::optional<IdempotentMatch> IdempotencyTable::find(const Digest& key) {
    IdempotencyRow row;
    {
        find_.bindBlob(1, key);
        Query query(find_);
        if (!query.next()) return std::nullopt;
        row = idempotencyRow(find_);
    }
    StreamId stream;
    {
        name_.bind(1, row.stream);
        Query query(name_);
        if (query.next()) stream = name_.text(0);
    }
    if (row.isSound()) {
        for (const RecordedEvent& event : events_.readStream(stream)) {
            const auto match = matchOf(event, key);
            if (match && match->body == row.body &&
                match->accepted_at.time_since_epoch().count() == row.accepted_at_us)
                return match;
        }
    }
    database_.damagedRow(kTableName, stream);
    return findInEvents(key);
}

std::optional<IdempotentMatch> IdempotencyTable::findInEvents(const Digest& key) {
    const std::int64_t newest =
        database_.number("SELECT recorded_at FROM event_log ORDER BY global_position DESC LIMIT 1");
    const std::string hex = toHex(key);
    newest_first_.bindText(1, hex);
    newest_first_.bind(2, newest - std::int64_t{kKeyRemembered.count()});
    Query query(newest_first_);
    while (query.next()) {
        if (auto match = matchOf(decode(storedRow(newest_first_)), key)) return match;
    }
    return std::nullopt;
}

RowSum IdempotencyTable::rowOf(std::int64_t stream, const RecordedEvent& accepted) {
    RowSum sum;
    if (const IdempotencyKey* const idempotency = idempotencyOf(accepted.event))
        sum.add(rowFor(stream, *idempotency, accepted).row_digest);
    return sum;
}

std::optional<RowSum> IdempotencyTable::remember(std::int64_t stream,
                                                 const RecordedEvent& accepted) {
    const IdempotencyKey* const idempotency = idempotencyOf(accepted.event);
    if (idempotency == nullptr) return std::nullopt;
    const IdempotencyRow row = rowFor(stream, *idempotency, accepted);
    RowSum change;
    const auto write = [&](Statement& statement) {
        statement.bindBlob(1, row.key);
        statement.bind(2, row.stream);
        statement.bindBlob(3, row.body);
        statement.bind(4, row.accepted_at_us);
        statement.bind(5, row.row_digest);
        statement.run();
        change.add(row.row_digest);
    };
    // Anywhere: a process that ends soon looks at some as well.
    if (!looked_at_) looked_at_.emplace(row.key.begin(), row.key.end());
    try {
        write(insert_);
    } catch (const SqliteError& error) {
        // Seldom: the key counted no more and was used again.
        if (!error.isUniqueViolation()) throw;
        {
            find_.bindBlob(1, row.key);
            Query query(find_);
            if (query.next()) change.remove(idempotencyRow(find_).row_digest);
        }
        write(replace_);
    }
    return change;
}

RowSum IdempotencyTable::removeOld(std::size_t rows, Timestamp now) {
    const std::int64_t oldest = (now - kKeyRemembered).time_since_epoch().count();
    std::vector<std::pair<std::string, std::int64_t>> old;
    const std::string after = looked_at_.value_or("");
    std::size_t seen = 0;
    {
        next_.bindBlob(1, after);
        next_.bind(2, std::uint64_t{rows});
        Query query(next_);
        for (; query.next(); ++seen) {
            const IdempotencyRow row = idempotencyRow(next_);
            looked_at_ = next_.blob(0);
            // One that was changed says nothing about its age.
            if (row.accepted_at_us < oldest && row.isSound())
                old.emplace_back(*looked_at_, row.row_digest);
        }
    }
    if (seen < rows) looked_at_ = "";
    RowSum change;
    for (const auto& [key, digest] : old) {
        remove_.bindBlob(1, key);
        remove_.run();
        change.remove(digest);
    }
    return change;
}

RowSum IdempotencyTable::sum(std::int64_t most) {
    RowSum sum;
    Statement all(database_, selectIdempotency(""));
    Query query(all);
    while (sum.rows <= most && query.next()) {
        const IdempotencyRow row = idempotencyRow(all);
        if (row.isSound()) sum.add(row.row_digest);
    }
    return sum;
}

}  // namespace waybill::sqlite
