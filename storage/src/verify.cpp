#include "waybill/sqlite/verify.h"

#include "chain_check.h"
#include "event_table.h"
#include "findings.h"
#include "index/index_check.h"
#include "log_file.h"
#include "stream_check.h"

namespace waybill::sqlite {

VerifyReport verify(const VerifyOptions& options) {
    const auto database = openForReading(options.file);
    const Snapshot snapshot(*database);
    Findings findings;
    index::IndexConnection index(
        options.file, database->isImmutable() ? OpenMode::kImmutable : OpenMode::kReadOnly);
    const auto indexed = index.look(*database);

    const ChainResult chain = checkChain(*database, readLogId(*database), findings);
    if (options.expect_head && chain.head.hash != *options.expect_head) {
        findings.add(
            {chain.head.global_position,
             {},
             0,
             "the log ends with the expected head: it ends with " + toHex(chain.head.hash)});
    }
    StreamCheck streams(*database, findings);
    streams.run();
    if (indexed && !findings.full()) index::checkIndex(*database, *indexed, findings);

    return {.events = chain.events,
            .streams = streams.streams(),
            .payloads = streams.payloads(),
            .head = chain.head.hash,
            .findings = findings.take()};
}

}  // namespace waybill::sqlite
