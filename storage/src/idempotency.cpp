#include "idempotency.h"

#include <chrono>

namespace waybill::sqlite {

namespace {

/// Longer than any key counts.
constexpr Duration kLookBack = std::chrono::hours(48);

std::optional<IdempotentMatch> matchOf(const RecordedEvent& event, const Digest& key) {
    const IdempotencyKey* const idempotency = idempotencyOf(event.event);
    if (idempotency == nullptr || idempotency->key != key) return std::nullopt;
    return IdempotentMatch{event.stream, idempotency->body, event.recorded_at};
}

}  // namespace

IdempotencyTable::IdempotencyTable(Database& database)
    : database_(database),
      events_(database),
      find_(database,
            "SELECT s.id, i.body, i.accepted_at FROM derived_idempotency i "
            "LEFT JOIN streams s ON s.stream = i.stream WHERE i.key = ?1"),
      newest_first_(database, selectEvents("WHERE e.recorded_at >= ?2 AND instr(e.data, ?1) > 0 "
                                           "ORDER BY e.global_position DESC")) {}

std::optional<IdempotentMatch> IdempotencyTable::find(const Digest& key) {
    StreamId stream;
    {
        find_.bindBlob(1, key);
        Query query(find_);
        if (!query.next()) return std::nullopt;
        stream = find_.text(0);
        const IdempotentMatch row{stream, find_.digest(1), Timestamp(Duration(find_.integer(2)))};
        for (const RecordedEvent& event : events_.readStream(stream)) {
            const auto match = matchOf(event, key);
            if (match && match->body == row.body && match->accepted_at == row.accepted_at)
                return match;
        }
    }
    database_.damagedRow("derived_idempotency", stream);
    return findInEvents(key);
}

std::optional<IdempotentMatch> IdempotencyTable::findInEvents(const Digest& key) {
    const std::int64_t newest =
        database_.number("SELECT recorded_at FROM event_log ORDER BY global_position DESC LIMIT 1");
    const std::string hex = toHex(key);
    newest_first_.bindText(1, hex);
    newest_first_.bind(2, newest - std::int64_t{kLookBack.count()});
    Query query(newest_first_);
    while (query.next()) {
        if (auto match = matchOf(decode(storedRow(newest_first_)), key)) return match;
    }
    return std::nullopt;
}

}  // namespace waybill::sqlite
