// What a client's idempotency key led to.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "log/database.h"
#include "log/event_table.h"
#include "log/row_sums.h"
#include "waybill/event.h"
#include "waybill/event_log.h"

namespace waybill::sqlite {

/// How long a row stays: a key counts for 24 hours (server/API.md), and a clock may be put back a
/// little. Older rows are removed.
inline constexpr Duration kKeyRemembered = std::chrono::hours(25);

/// The key that the first event of a delivery or a response was made under; null: none.
inline const IdempotencyKey* idempotencyOf(const Event& event) {
    const std::optional<IdempotencyKey>* key = nullptr;
    if (const auto* accepted = std::get_if<DeliveryAccepted>(&event)) key = &accepted->idempotency;
    if (const auto* created = std::get_if<ResponseCreated>(&event)) key = &created->idempotency;
    return key != nullptr && *key ? &**key : nullptr;
}

/// A row of `derived_idempotency`.
struct IdempotencyRow {
    Digest key{};
    std::int64_t stream = 0;
    Digest body{};
    std::int64_t accepted_at_us = 0;
    std::int64_t row_digest = 0;

    std::int64_t digest() const;
    bool isSound() const { return row_digest == digest(); }
};

/// `SELECT` of rows that `idempotencyRow` reads, with the table as `i`; `rest` goes on from there.
std::string selectIdempotency(const std::string& rest);
IdempotencyRow idempotencyRow(const Statement& row);

/// Looks keys up in `derived_idempotency`. What a row says is held against the events of the stream
/// that it names; where they say something else, the events of the last 25 hours are looked
/// through.
class IdempotencyTable {
public:
    explicit IdempotencyTable(Database& database);

    std::optional<IdempotentMatch> find(const Digest& key);

    /// The newest acceptance under a key is the one that counts. Returns what it does to the sum of
    /// the table; nothing for an event without a key.
    std::optional<RowSum> remember(std::int64_t stream, const RecordedEvent& accepted);

    /// What the row of an event with a key adds to the sum of the table; nothing without one.
    static RowSum rowOf(std::int64_t stream, const RecordedEvent& accepted);

    /// Looks at the next `rows` of them, round and round, and removes those that count no more.
    RowSum removeOld(std::size_t rows, Timestamp now);

    /// Of the rows that are as they were written, at most `most` and one more.
    RowSum sum(std::int64_t most);

private:
    std::optional<IdempotentMatch> findInEvents(const Digest& key);

    Database& database_;
    EventTable events_;
    Statement find_;
    Statement name_;
    Statement newest_first_;
    Statement insert_;
    Statement replace_;
    Statement next_;
    Statement remove_;
    std::optional<std::string> looked_at_;  ///< the last key that `removeOld` has looked at
};

}  // namespace waybill::sqlite
