// Acting on all deliveries that a filter finds: counted first, asked about, then done.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/arguments.h"
#include "cli/console.h"
#include "waybill/admin_api.h"

namespace waybill::cli {

/// `--filter`, `--reason`, `--limit` and `--rate` of a command line; a refusal says what is wrong
/// with them.
Result<BulkRequest> filteredRequestFrom(const Arguments& arguments);

/// Asks `What would be done. Go on?`, unless `--yes` is there. Nothing: go on; else the exit code.
std::optional<int> askToGoOn(const Arguments& arguments, Console& console, std::string_view command,
                             const std::string& what);

}  // namespace waybill::cli
