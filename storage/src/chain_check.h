// The first pass of a verification: the log in its one order.
#pragma once

#include <string>

#include "database.h"
#include "findings.h"
#include "waybill/event_log.h"

namespace waybill::sqlite {

/// What the pass saw.
struct ChainResult {
    std::uint64_t events = 0;
    LogHead head;
};

/// Global positions without a gap, and every hash following from the one before. Goes on behind a
/// bad place from the hash that is stored there, so that each is found once.
ChainResult checkChain(Database& database, const std::string& log_id, Findings& findings);

}  // namespace waybill::sqlite
