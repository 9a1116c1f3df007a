#include "audit/stream_check.h"

#include <utility>

#include "log/rebuild.h"

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

StreamCheck::StreamCheck(Database& database, Findings& findings, const SecretBox* box)
    : database_(database),
      findings_(findings),
      attachments_(database, findings, box),
      deliveries_(database),
      responses_(database),
      endpoints_(database),
      bulk_redeliveries_(database),
      find_idempotency_(database, selectIdempotency("WHERE i.key = ?1")),
      rows_{{deliveries_.kName, 0},
            {responses_.kName, 0},
            {endpoints_.kName, 0},
            {bulk_redeliveries_.kName, 0},
            {"derived_idempotency", 0}} {}

void StreamCheck::run() {
    checked(findings_, {.rule = "the derived tables can be read: "}, [&] {
        has_derived_tables_ = firstMissingDerivedTable(database_).empty();  // see checkSchema
        if (has_derived_tables_) summed_at_ = RowSums(database_).read().value_or(0);
        keys_since_ =
            Timestamp(Duration(database_.number("SELECT max(recorded_at) FROM event_log"))) -
            kKeyRemembered;
    });
    const std::size_t before = findings_.count();
    visitReadable(database_,
                  selectEventsOfAnyStream("WHERE e.stream > ?1 ORDER BY e.stream, e.position"),
                  "every stream can be read", findings_, [&](const Statement& row) {
                      const StoredRow event = storedRow(row);
                      if (event.key != key_) {
                          end();
                          begin(event);
                      }
                      take(event);
                      return key_;
                  });
    end();
    all_sound_ = all_sound_ && findings_.count() == before;
    checked(findings_, {.rule = "the names of streams can be read: "},
            [&] { checkStreamsWithoutEvents(); });
    checked(findings_, {.rule = "what no event accounts for can be counted: "},
            [&] { checkLeftOvers(); });
}

void StreamCheck::report(const std::string& rule) {
    all_sound_ = false;
    findings_.add({0, stream_, positionOf(state_), rule});
}

template <typename Step>
void StreamCheck::atThisStream(Step step) {
    const Finding place{.stream = stream_,
                        .position = positionOf(state_),
                        .rule = "what the stream has beside its events can be read: "};
    if (!checked(findings_, place, step)) all_sound_ = false;
}

void StreamCheck::begin(const StoredRow& first) {
    ++streams_;
    key_ = first.key;
    stream_ = first.stream;
    state_ = {};
    summed_ = false;
    broken_ = false;
}

void StreamCheck::take(const StoredRow& row) {
    if (broken_) return;
    try {
        const RecordedEvent event = decode(row);
        if (row.global_position > summed_at_) addToSums();
        foldInto(state_, event);
        if (std::holds_alternative<UnknownEvent>(event.event)) ++later_events_;
        atThisStream([&] { attachments_.checkEvent(event); });
        atThisStream([&] { checkIdempotency(event); });
    } catch (const CorruptLog& error) {
        broken_ = true;
        all_sound_ = false;
        findings_.add({row.global_position, stream_, row.position, error.rule()});
    }
}

void StreamCheck::end() {
    if (key_ == 0 || broken_) return;
    addToSums();
    // A later version may have erased it, or stored another.
    if (!isFromLaterVersion(state_)) atThisStream([&] { attachments_.checkPayload(state_); });
    if (!has_derived_tables_) return;
    atThisStream([&] {
        try {
            compareRow();
        } catch (const CorruptLog& error) {
            report(error.rule());
        }
    });
}

void StreamCheck::compareRow() {
    if (const auto* delivery = std::get_if<Delivery>(&state_)) compare(deliveries_, *delivery);
    if (const auto* response = std::get_if<Response>(&state_)) compare(responses_, *response);
    if (const auto* endpoint = std::get_if<EndpointState>(&state_)) {
        compare(endpoints_, *endpoint);
    }
    if (const auto* bulk = std::get_if<BulkRedelivery>(&state_)) {
        compare(bulk_redeliveries_, *bulk);
    }
}

/// The stream as it is now, the first time.
void StreamCheck::addToSums() {
    if (std::exchange(summed_, true)) return;
    const auto add = [this](Summed rows, std::int64_t digest) { sums_[rows].add(digest); };
    const auto addState = [&](const auto& state) {
        const std::int64_t digest =
            DerivedTable<std::decay_t<decltype(state)>>::digestOf(key_, state);
        if (isOpen(state)) add(sumOf(state), digest);
    };
    if (const auto* delivery = std::get_if<Delivery>(&state_)) addState(*delivery);
    if (const auto* response = std::get_if<Response>(&state_)) {
        addState(*response);
        add(Summed::kResponses, responses_.digestOf(key_, *response));
    }
    if (const auto* endpoint = std::get_if<EndpointState>(&state_)) addState(*endpoint);
    if (const auto* bulk = std::get_if<BulkRedelivery>(&state_)) addState(*bulk);
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

/// The newest stream under a key is the one that is remembered, for as long as the key counts.
void StreamCheck::checkIdempotency(const RecordedEvent& event) {
    const IdempotencyKey* const idempotency = idempotencyOf(event.event);
    if (idempotency == nullptr || !has_derived_tables_) return;
    const std::string table = "derived_idempotency";
    find_idempotency_.bindBlob(1, idempotency->key);
    Query query(find_idempotency_);
    if (!query.next()) {
        if (event.recorded_at >= keys_since_)
            report(table + ": it does not know this stream's key");
        return;
    }
    const IdempotencyRow row = idempotencyRow(find_idempotency_);
    if (row.stream < key_) return report(table + ": it does not know this stream's key");
    if (row.stream != key_) return;
    ++rows_[table];
    if (event.global_position <= summed_at_) sums_[Summed::kIdempotencyKeys].add(row.digest());
    if (row.body != idempotency->body ||
        row.accepted_at_us != event.recorded_at.time_since_epoch().count()) {
        report(table + ": its row is not what the event says");
    } else if (!row.isSound()) {
        report(table + ": row_digest is not the digest of the row");
    }
}

void StreamCheck::checkSums() {
    RowSums sums(database_);
    if (!sums.read()) return report("derived_sums has a row for each sum: one is missing");
    for (std::size_t i = 0; i < kSums; ++i) {
        const auto rows = static_cast<Summed>(i);
        if (sums.of(rows) != sums_[rows])
            report(std::string("derived_sums: the row of ") + nameOf(rows) +
                   " is not what the events say");
    }
}

void StreamCheck::checkStreamsWithoutEvents() {
    Statement statement(database_,
                        "SELECT id FROM streams s WHERE NOT EXISTS("
                        "SELECT 1 FROM event_log e WHERE e.stream = s.stream) LIMIT 3");
    Query query(statement);
    while (query.next())
        findings_.add({.stream = std::string(statement.text(0)),
                       .rule = "a stream that has a name has an event: it has none"});
}

/// Rows that no event accounts for.
void StreamCheck::checkLeftOvers() {
    for (const auto& [table, expected] : rows_) {
        if (!all_sound_ || !has_derived_tables_) break;
        const auto rows =
            static_cast<std::uint64_t>(database_.number("SELECT count(1) FROM " + table));
        if (rows == expected) continue;
        findings_.add({.rule = table + " has " + std::to_string(rows) +
                               " rows, the events account for " + std::to_string(expected)});
    }
    stream_.clear();
    state_ = {};
    if (has_derived_tables_) checkSums();
    attachments_.checkLeftOvers(all_sound_, later_events_ == 0);
}

}  // namespace waybill::sqlite
