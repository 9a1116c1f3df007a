// The first pass of a verification: the log in its one order.
#pragma once

#include <string>

#include "audit/findings.h"
#include "log/database.h"
#include "waybill/event_log.h"

namespace waybill::sqlite {

/// What the pass saw.
struct ChainResult {
    std::uint64_t events = 0;
    LogHead head{};                              ///< the last event that was read
    bool reached_end = false;                    ///< so that it is the head of the log
    std::optional<std::uint64_t> expected_at{};  ///< where the expected head is
};

/// Global positions without a gap, every hash following from the one before, and the keys of
/// streams in the order of their first events, as listings take them to be. Looks for the head that
/// was noted. Goes on behind a bad place from the hash that is stored there, so that each is found
/// once.
ChainResult checkChain(Database& database, const std::string& log_id, const VerifyOptions& options,
                       Findings& findings);

}  // namespace waybill::sqlite
