// Create calls that the end of an earlier process cut short.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "llm/background_runner.h"
#include "llm/response_recorder.h"
#include "waybill/errors.h"
#include "waybill/event_log.h"

namespace waybill::server {

/// What is to be done about them.
struct OpenResponses {
    std::vector<BackgroundJob> to_run;            ///< background: from the start
    std::vector<ResponseCompletion> to_complete;  ///< failed: nobody waits on the line any more,
                                                  ///< or they were run often enough
};

/// Reads them from the log; before the engine is started, which then owns it. One whose events
/// cannot be read is told to `unreadable` and left as it is. Throws what EventLog throws otherwise.
OpenResponses readOpenResponses(const EventLog& log, std::uint32_t most_reruns,
                                const std::function<void(const CorruptLog&)>& unreadable);

}  // namespace waybill::server
