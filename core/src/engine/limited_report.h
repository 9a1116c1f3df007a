// Reports that come too often.
#pragma once

#include <functional>

#include "waybill/worker_thread.h"

namespace waybill {

/// A report that passes on what it is told at most once a second for each cause; a cause is the
/// text up to the first colon, as `contained` writes it. What was left out is counted in the next
/// one that is passed on. Any thread. Remembers a bounded number of causes. Null for null.
ProblemReport limitedReport(ProblemReport report);

}  // namespace waybill
