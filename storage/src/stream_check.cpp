#include "stream_check.h"

#include "idempotency.h"

#include <utility>

#include "rebuild.h"

namespace waybill::sqlite {

namespace {

/// The first column in which two states differ, with both values.
template <typename State>
std::string firstDifference(const State& row, const State& folded) {
    ColumnPrinter in_row;
    ColumnPrinter in_fold;
    visitColumns(row, in_row);
    visitColumns(folded, in_fold);
    for (std::size_t i = 0; i < in_row.columns().size(); ++i) {
        const auto& held = in_row.columns()[i];
        const auto& expected = in_fold.columns()[i];
        if (held.value != expected.value) {
            return "column " + held.name + " holds " + held.value + ", the events say " +
                   expected.value;
        }
    }
    return "it differs from the fold of the events";
}

}  // namespace

StreamCheck::StreamCheck(Database& database, Findings& findings)
    : database_(database),
      findings_(findings),
      attachments_(database, findings),
      deliveries_(database),
      responses_(database),
      endpoints_(database),
      bulk_redeliveries_(database),
      find_idempotency_(database,
                        "SELECT stream, body, accepted_at FROM derived_idempotency WHERE key = ?1"),
      rows_{{deliveries_.kName, 0},
            {responses_.kName, 0},
            {endpoints_.kName, 0},
            {bulk_redeliveries_.kName, 0},
            {"derived_idempotency", 0}} {}

void StreamCheck::run() {
    const std::string missing = firstMissingDerivedTable(database_);
    has_derived_tables_ = missing.empty();
    if (!has_derived_tables_) {
        report("derived tables are there: " + missing +
               " is missing or of another version; the next start makes them anew");
    }
    Statement statement(database_, selectEventsOfAnyStream("ORDER BY e.stream, e.position"));
    try {
        Query query(statement);
        while (!findings_.full() && query.next()) {
            const StoredRow row = storedRow(statement);
            if (row.key != key_) {
                end();
                begin(row);
            }
            take(row);
        }
        end();
        if (all_sound_ && !findings_.full()) checkLeftOvers();
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;
        report("the file can be read: " + error.message());
    }
}

void StreamCheck::report(const std::string& rule) {
    all_sound_ = false;
    findings_.add({0, stream_, positionOf(state_), rule});
}

void StreamCheck::begin(const StoredRow& first) {
    ++streams_;
    key_ = first.key;
    stream_ = first.stream;
    state_ = {};
    broken_ = false;
}

void StreamCheck::take(const StoredRow& row) {
    if (broken_) return;
    try {
        const RecordedEvent event = decode(row);
        foldInto(state_, event);
        attachments_.checkEvent(event);
        checkIdempotency(event);
    } catch (const CorruptLog& error) {
        broken_ = true;
        all_sound_ = false;
        findings_.add({row.global_position, stream_, row.position, error.rule()});
    }
}

void StreamCheck::end() {
    if (key_ == 0 || broken_) return;
    attachments_.checkPayload(state_);
    if (!has_derived_tables_) return;
    try {
        if (const auto* delivery = std::get_if<Delivery>(&state_)) compare(deliveries_, *delivery);
        if (const auto* response = std::get_if<Response>(&state_)) compare(responses_, *response);
        if (const auto* endpoint = std::get_if<EndpointState>(&state_)) {
            compare(endpoints_, *endpoint);
        }
        if (const auto* bulk = std::get_if<BulkRedelivery>(&state_)) {
            compare(bulk_redeliveries_, *bulk);
        }
    } catch (const CorruptLog& error) {
        report(error.rule());
    }
}

template <typename State>
void StreamCheck::compare(DerivedTable<State>& table, const State& folded) {
    ++rows_[table.kName];
    bool is_sound = true;
    const auto row = table.asItStands(key_, is_sound);
    if (!row) {
        report(std::string("every stream has its row: there is none in ") + table.kName);
    } else if (*row != folded) {
        report(std::string(table.kName) + ": " + firstDifference(*row, folded));
    } else if (!is_sound) {
        report(std::string(table.kName) + ": row_digest is not the digest of the row");
    }
}

/// The newest stream under a key is the one that is remembered.
void StreamCheck::checkIdempotency(const RecordedEvent& event) {
    const IdempotencyKey* const idempotency = idempotencyOf(event.event);
    if (idempotency == nullptr || !has_derived_tables_) return;
    find_idempotency_.bindBlob(1, idempotency->key);
    Query query(find_idempotency_);
    if (!query.next() || find_idempotency_.integer(0) < key_) {
        report("derived_idempotency: it does not know this stream's key");
        return;
    }
    if (find_idempotency_.integer(0) != key_) return;
    ++rows_["derived_idempotency"];
    if (find_idempotency_.digest(1) != idempotency->body ||
        find_idempotency_.integer(2) != event.recorded_at.time_since_epoch().count()) {
        report("derived_idempotency: its row is not what the event says");
    }
}

/// Rows that no event accounts for.
void StreamCheck::checkLeftOvers() {
    for (const auto& [table, expected] : rows_) {
        const auto rows =
            static_cast<std::uint64_t>(database_.number("SELECT count(*) FROM " + table));
        if (rows == expected) continue;
        findings_.add({0,
                       {},
                       0,
                       table + " has " + std::to_string(rows) + " rows, the events account for " +
                           std::to_string(expected)});
    }
    attachments_.checkLeftOvers();
}

}  // namespace waybill::sqlite
