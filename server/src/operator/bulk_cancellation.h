// Cancels many at once.
#pragma once

#include <string>

#include "waybill/admin_api.h"
#include "waybill/engine.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

inline constexpr std::uint64_t kMostCancelledAtOnce = 10'000;

/// Cancels what matches and is not finished, in the order of acceptance, or only counts. More than
/// kMostCancelledAtOnce are refused unless a limit is given: it happens in the calling thread.
Result<BulkView> cancelMany(Engine& engine, const sqlite::ReadModel& model,
                            const BulkRequest& request, const std::string& actor,
                            bool actor_claimed = false);

}  // namespace waybill::server
