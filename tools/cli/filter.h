// Which deliveries: the options of a command that selects some, as a filter.
#pragma once

#include <string>

#include "cli/arguments.h"
#include "waybill/admin_api.h"

namespace waybill::cli {

/// `--status`, `--endpoint`, `--client`, `--subject`, `--reason`, `--http-status`, `--since`,
/// `--until`, `--q`. A refusal names the one at fault.
Result<DeliveryFilter> filterFrom(const Arguments& arguments, Timestamp now);

/// `--status`, `--client`, `--since`, `--until`, of responses.
Result<ResponseFilter> responseFilterFrom(const Arguments& arguments, Timestamp now);

/// The same as one text, for commands that act: `status=failed,since=2h`; `all` for every delivery
/// there is. Names as in the operator API (`http_status`).
Result<DeliveryFilter> filterFromText(const std::string& text, Timestamp now);

}  // namespace waybill::cli
