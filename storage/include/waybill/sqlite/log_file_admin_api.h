// A log file in the place of a daemon.
#pragma once

#include <memory>
#include <string>

#include "waybill/admin_api.h"

namespace waybill::sqlite {

/// The operator API over a log file, for `--log FILE`: reads only; what would write refuses with
/// kConflict and says why. `file` may be the data directory too. A daemon may be writing the file.
/// Any thread. Throws ConfigError for what is no Waybill log or one of a newer version,
/// StoreUnavailable for one that cannot be read.
std::unique_ptr<AdminApi> makeLogFileAdminApi(const std::string& file);

}  // namespace waybill::sqlite
