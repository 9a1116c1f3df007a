#include "log/loss.h"

#include <filesystem>

#include "log/event_table.h"
#include "waybill/errors.h"

namespace waybill::sqlite {

namespace {

std::string eventsFrom(std::uint64_t first, std::uint64_t last) {
    if (first == last) return "event " + std::to_string(first) + " is";
    return "events " + std::to_string(first) + " to " + std::to_string(last) + " are";
}

/// Whether the log has the event that is known.
bool has(Database& database, const LogHead& head) {
    Statement statement(database, "SELECT hash FROM event_log WHERE global_position = ?1");
    statement.bind(1, head.global_position);
    Query query(statement);
    return query.next() && statement.digest(0) == head.hash;
}

LossAccepted lossOf(const KnownHead& known, std::uint64_t missing, std::string reason) {
    LossAccepted loss;
    loss.known_position = known.head.global_position;
    loss.known_hash = known.head.hash;
    loss.missing = missing;
    loss.reason = std::move(reason);
    return loss;
}

std::string recordedAt(const KnownHead& known) {
    return "recorded at " + formatTimestamp(known.recorded_at);
}

std::optional<LossAccepted> lossSince(Database& database, const KnownHead& known) {
    const std::string log_id = readLogId(database);
    const std::uint64_t last = known.head.global_position;
    if (known.log_id != log_id) {
        return lossOf(known, last,
                      "this is the log " + log_id + ", and the log " + known.log_id +
                          " lay here, with " + std::to_string(last) +
                          " events, the newest of them " + recordedAt(known));
    }
    const std::uint64_t found = readHead(database, log_id).global_position;
    if (found < last) {
        return lossOf(known, last - found,
                      eventsFrom(found + 1, last) + " missing, event " + std::to_string(last) +
                          " was " + recordedAt(known));
    }
    if (has(database, known.head)) return std::nullopt;
    return lossOf(known, 1,
                  "event " + std::to_string(last) + " is not the one that was acknowledged (" +
                      recordedAt(known) + "): the log went on from an older state");
}

}  // namespace

std::optional<LossAccepted> findLoss(Database& database, const std::optional<KnownHead>& known,
                                     const std::optional<WalDamage>& damage) {
    std::optional<LossAccepted> loss;
    if (known && known->head.global_position > 0) loss = lossSince(database, *known);
    if (!damage) return loss;
    if (!loss) loss.emplace();
    loss->reason += (loss->reason.empty() ? "" : "; ") + inWords(*damage);
    return loss;
}

std::optional<LossAccepted> lossOfAll(const std::optional<KnownHead>& known) {
    if (!known || known->head.global_position == 0) return std::nullopt;
    const std::uint64_t last = known->head.global_position;
    return lossOf(*known, last,
                  "the log is gone, and " + eventsFrom(1, last) + " missing, event " +
                      std::to_string(last) + " was " + recordedAt(*known));
}

std::string inWords(const WalDamage& damage) {
    return (damage.frame == 0 ? std::string("the header")
                              : "frame " + std::to_string(damage.frame)) +
           " of the write-ahead log is damaged, and from there on it holds at least " +
           std::to_string(damage.commits) +
           (damage.commits == 1 ? " commit that is" : " commits that are") +
           " not in the log any more";
}

std::string keepACopy(const std::string& file) {
    const std::string directory = std::filesystem::path(file).parent_path();
    return "First keep a copy of all files in " + (directory.empty() ? "." : directory);
}

void refuseLoss(const std::string& file, const LossAccepted& loss) {
    throw StoreUnavailable(
        file + " lacks acknowledged events: " + loss.reason +
        ". Its write-ahead log was damaged or removed, or an older copy or another log was put in "
        "its place. " +
        keepACopy(file) +
        ". Then put back what is missing, or start waybilld once with --accept-loss: it goes on "
        "with what is there and records the loss in the log");
}

}  // namespace waybill::sqlite
