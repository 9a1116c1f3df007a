// A bulk re-delivery before it begins, and on its way.
#pragma once

#include <string>

#include "cli/console.h"
#include "waybill/admin_api.h"

namespace waybill::cli {

/// `12 deliveries to 2 endpoints, 5 a second: about 3 seconds`, and how many more match that cannot
/// be sent again.
std::string extentOf(const BulkView& bulk);

/// `running  40 of 120 sent again, 2 refused, about 16 seconds left`.
std::string progressOf(const BulkView& bulk);

/// Runs as a table.
void printBulks(Console& console, const Page<BulkView>& page, Timestamp now);

/// Looks at a run until it is over or paused; on a terminal it shows how far it is. The exit code:
/// kFailed where the run was stopped or cannot be seen.
int watchBulk(AdminApi& api, BulkView bulk, Console& console, bool json);

}  // namespace waybill::cli
