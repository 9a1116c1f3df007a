#include "chain_check.h"

#include "event_table.h"
#include "waybill/event_codec.h"

namespace waybill::sqlite {

namespace {

Digest hashOf(const StoredRow& row, const Digest& previous) {
    return chainHash(previous, StoredEvent{row.global_position, row.stream, row.position, row.type,
                                           row.recorded_at_us, row.actor, row.data});
}

void checkEvent(const StoredRow& row, const LogHead& before, Findings& findings) {
    const std::string stream(row.stream);
    if (row.global_position != before.global_position + 1) {
        findings.add({before.global_position + 1,
                      {},
                      0,
                      "global positions have no gap: this event is missing"});
    } else if (stream.empty()) {
        findings.add({row.global_position, {}, row.position, "every stream has a name"});
    } else if (row.hash != hashOf(row, before.hash)) {
        findings.add({row.global_position, stream, row.position,
                      "a hash covers the event and the hash before it: one of them was changed"});
    }
}

}  // namespace

ChainResult checkChain(Database& database, const std::string& log_id, Findings& findings) {
    ChainResult result{0, {0, genesisHash(log_id)}};
    Statement statement(database, selectEventsOfAnyStream("ORDER BY e.global_position"));
    try {
        Query query(statement);
        while (!findings.full() && query.next()) {
            const StoredRow row = storedRow(statement);
            checkEvent(row, result.head, findings);
            result.head = {row.global_position, row.hash};
            ++result.events;
        }
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;
        findings.add(
            {result.head.global_position + 1, {}, 0, "the file can be read: " + error.message()});
    }
    return result;
}

}  // namespace waybill::sqlite
