// The process as the system sees it.
#pragma once

#include "metrics/exposition.h"

namespace waybill::server {

/// The `process_…` metrics that Prometheus' client libraries agree on, from /proc/self.
void exposeProcess(Exposition& out);

}  // namespace waybill::server
