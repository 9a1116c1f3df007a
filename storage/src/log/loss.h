// What a log lacks of what is known to have been acknowledged.
#pragma once

#include <optional>
#include <string>

#include "log/database.h"
#include "log/head_file.h"
#include "log/wal_damage.h"
#include "waybill/event.h"

namespace waybill::sqlite {

/// Compares the log that `database` shows with the head that is known and with what lies in its
/// write-ahead log. Nothing: nothing acknowledged is missing, as far as these tell.
std::optional<LossAccepted> findLoss(Database& database, const std::optional<KnownHead>& known,
                                     const std::optional<WalDamage>& damage);

/// The same where there is no log any more.
std::optional<LossAccepted> lossOfAll(const std::optional<KnownHead>& known);

/// In words, for messages: which frame, and what lies behind it.
std::string inWords(const WalDamage& damage);

/// To be said before anybody moves or replaces anything.
std::string keepACopy(const std::string& file);

/// Throws StoreUnavailable: what is missing, what may have happened, what to do.
[[noreturn]] void refuseLoss(const std::string& file, const LossAccepted& loss);

}  // namespace waybill::sqlite
