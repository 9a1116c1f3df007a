#include "audit/chain_check.h"

#include <algorithm>

#include "log/event_table.h"
#include "waybill/event_codec.h"

namespace waybill::sqlite {

namespace {

class ChainCheck {
public:
    ChainCheck(const std::string& log_id, const VerifyOptions& options, Findings& findings)
        : options_(options), findings_(findings), result_{0, {0, genesisHash(log_id)}, false, {}} {
        seek();
    }

    void take(const StoredRow& row) {
        const std::uint64_t next = result_.head.global_position + 1;
        if (row.global_position != next) {
            findings_.add({next, {}, 0, "global positions have no gap: this event is missing"});
        } else if (const std::string rule = broken(row); !rule.empty()) {
            findings_.add({row.global_position, std::string(row.stream), row.position, rule});
        }
        result_.head = {row.global_position, row.hash};
        newest_key_ = std::max(newest_key_, row.key);
        ++result_.events;
        seek();
    }

    ChainResult finish(bool reached_end) {
        result_.reached_end = reached_end;
        if (options_.expect_head && !result_.expected_at) {
            findings_.add({result_.head.global_position, {}, 0, missingHead()});
        }
        return result_;
    }

private:
    std::string broken(const StoredRow& row) {
        const LogHead& before = result_.head;
        if (row.stream.empty()) return "every stream has a name";
        const Digest hash =
            chainHash(before.hash, StoredEvent{row.global_position, row.stream, row.position,
                                               row.type, row.recorded_at_us, row.actor, row.data});
        if (row.hash != hash)
            return "a hash covers the event and the hash before it: one of them was changed";
        const bool opens = row.position == 1;
        if (opens != (row.key > newest_key_))
            return "streams get their keys in the order of their first events";
        return {};
    }

    void seek() {
        const LogHead& head = result_.head;
        const bool is_there =
            !options_.expect_position || *options_.expect_position == head.global_position;
        if (options_.expect_head && is_there && *options_.expect_head == head.hash)
            result_.expected_at = head.global_position;
    }

    std::string missingHead() const {
        const LogHead& head = result_.head;
        const std::string rule = "the log goes on from the expected head: ";
        if (options_.expect_position && *options_.expect_position > head.global_position) {
            return rule + "it ends with event " + std::to_string(head.global_position) +
                   ", before event " + std::to_string(*options_.expect_position);
        }
        if (options_.expect_position) {
            return rule + "event " + std::to_string(*options_.expect_position) +
                   " has another hash";
        }
        return rule + "no event has that hash; the last one that was read has " + toHex(head.hash);
    }

    const VerifyOptions& options_;
    Findings& findings_;
    ChainResult result_;
    std::int64_t newest_key_ = 0;
};

}  // namespace

ChainResult checkChain(Database& database, const std::string& log_id, const VerifyOptions& options,
                       Findings& findings) {
    ChainCheck check(log_id, options, findings);
    const bool reached_end =
        visitReadable(database,
                      selectEventsOfAnyStream("WHERE e.global_position > ?1 "
                                              "ORDER BY e.global_position"),
                      "every event can be read", findings, [&](const Statement& row) {
                          const StoredRow event = storedRow(row);
                          check.take(event);
                          return static_cast<std::int64_t>(event.global_position);
                      });
    return check.finish(reached_end);
}

}  // namespace waybill::sqlite
