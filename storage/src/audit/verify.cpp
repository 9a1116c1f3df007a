#include "waybill/sqlite/verify.h"

#include <fcntl.h>
#include <openssl/crypto.h>

#include <filesystem>
#include <memory>

#include "audit/chain_check.h"
#include "audit/findings.h"
#include "audit/schema_check.h"
#include "audit/stream_check.h"
#include "index/index_check.h"
#include "log/event_table.h"
#include "log/file_io.h"
#include "log/head_file.h"
#include "log/log_file.h"
#include "log/loss.h"
#include "log/schema.h"
#include "log/vault.h"
#include "log/wal_damage.h"
#include "waybill/sqlite/log.h"

namespace waybill::sqlite {

namespace {

/// The key beside the log, if this process may read it.
std::unique_ptr<SecretBox> boxBeside(const std::string& file) {
    const auto path = std::filesystem::path(file).parent_path() / "secrets.key";
    const FileDescriptor key_file = openFile(path, O_RDONLY);
    std::string key;
    if (key_file.valid()) key = readStart(key_file, SecretBox::kKeyBytes + 1);
    std::unique_ptr<SecretBox> box;
    if (key.size() == SecretBox::kKeyBytes) box = std::make_unique<SecretBox>(key, systemEntropy());
    OPENSSL_cleanse(key.data(), key.size());
    return box;
}

/// `log_id` is covered by the chain. The other rows are for a start.
void checkInfo(Database& database, const SecretBox* box, Findings& findings) {
    const std::string log_id = readLogId(database);
    if (log_id.size() != 32 || log_id.find_first_not_of("0123456789abcdef") != log_id.npos)
        findings.add({.rule = "log_id is 32 hexadecimal digits"});
    const auto key_check = Vault::readKeyCheck(database);
    if (key_check && box != nullptr && !Vault::opensKeyCheck(*box, log_id, *key_check))
        findings.add({.rule = "secrets.key is the key that this log's secrets were sealed with"});
    if (key_check && box == nullptr) findings.leaveUnchecked("row of log_info: key_check");
    Statement others(database,
                     "SELECT name FROM log_info WHERE name NOT IN ('log_id', 'key_check')");
    Query query(others);
    while (query.next())
        findings.leaveUnchecked("row of log_info, which only a start reads: " +
                                std::string(others.text(0)));
}

ExpectedSchema expectedSchema() {
    ExpectedSchema expected{baseSchema(), {}, "; the next start makes all derived tables anew"};
    for (const DerivedObject& object : derivedSchema())
        expected.derived += object.sql + ";\n";
    return expected;
}

/// What damage keeps from being read is found by the passes over the whole log.
template <typename Read>
void readUnlessDamaged(Read read) {
    try {
        read();
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;
    } catch (const CorruptLog&) {
    }
}

void checkNotedHead(Database& database, const std::optional<KnownHead>& known, Findings& findings) {
    readUnlessDamaged([&] {
        if (const auto loss = findLoss(database, known, std::nullopt))
            findings.add(
                {loss->known_position, {}, 0, "what was acknowledged is there: " + loss->reason});
    });
}

/// Whoever writes the log also begins its write-ahead log anew: only one at rest can be judged.
void checkWal(const std::string& file, Findings& findings) {
    const std::string directory = std::filesystem::path(file).parent_path();
    if (lockHolder(directory.empty() ? "." : directory))
        return findings.leaveUnchecked("write-ahead log, which a running daemon writes");
    if (const auto damage = findWalDamage(file + "-wal"))
        findings.add({.rule = "the write-ahead log is whole: " + inWords(*damage)});
}

std::vector<RecordedEvent> acceptedLosses(Database& database) {
    std::vector<RecordedEvent> losses;
    readUnlessDamaged([&] {
        Statement statement(database,
                            selectEvents("WHERE s.id = ?1 AND e.type = ?2 ORDER BY e.position"));
        statement.bindText(1, kLogStream);
        statement.bindText(2, typeName(LossAccepted{}));
        Query query(statement);
        while (query.next())
            losses.push_back(decode(storedRow(statement)));
    });
    return losses;
}

}  // namespace

VerifyReport verify(const VerifyOptions& options) {
    Findings findings;
    // Before the log is read: a daemon may be writing.
    std::optional<KnownHead> known;
    try {
        known = readHeadFile(headFileOf(options.file), {});
    } catch (const StoreUnavailable&) {
        findings.leaveUnchecked("head noted beside the log, which this user may not read");
    }
    checkWal(options.file, findings);
    const auto database = openForReading(options.file);
    const Snapshot snapshot(*database);
    index::IndexConnection index(
        options.file, database->isImmutable() ? OpenMode::kImmutable : OpenMode::kReadOnly);
    const auto indexed = index.look(*database);
    const auto box = boxBeside(options.file);

    checkPages(*database, "the log", findings);
    checked(findings, {.rule = "log_info can be read: "},
            [&] { checkInfo(*database, box.get(), findings); });
    const ChainResult chain = checkChain(*database, readLogId(*database), options, findings);
    checkNotedHead(*database, known, findings);
    StreamCheck streams(*database, findings, box.get());
    streams.run();
    if (!findings.full()) index::checkIndex(*database, options.file, indexed.get(), findings);
    // Last: a log is read the same whatever objects lie beside its events.
    checkSchema(*database, expectedSchema(), findings);

    return {.events = chain.events,
            .streams = streams.streams(),
            .payloads = streams.payloads(),
            .later_events = streams.laterEvents(),
            .head_position = chain.head.global_position,
            .head = chain.head.hash,
            .reached_end = chain.reached_end,
            .expected_at = chain.expected_at,
            .findings = findings.take(),
            .unchecked = findings.takeUnchecked(),
            .losses = acceptedLosses(*database)};
}

}  // namespace waybill::sqlite
