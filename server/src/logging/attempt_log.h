// One log line per attempt.
#pragma once

#include "logging/log_writer.h"
#include "waybill/event.h"

namespace waybill::server {

/// Says what became of an attempt, and little about other events. Quick: it runs on the engine's
/// thread.
void logEvent(LogWriter& log, const RecordedEvent& recorded);

}  // namespace waybill::server
