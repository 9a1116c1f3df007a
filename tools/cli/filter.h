// Which deliveries: the options of a command that selects some, as a filter.
#pragma once

#include "cli/arguments.h"
#include "waybill/admin_api.h"

namespace waybill::cli {

/// `--status`, `--endpoint`, `--client`, `--subject`, `--reason`, `--http-status`, `--since`,
/// `--until`. A refusal names the one at fault.
Result<DeliveryFilter> filterFrom(const Arguments& arguments, Timestamp now);

}  // namespace waybill::cli
