// Stored responses have their time.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "llm/response_recorder.h"
#include "logging/log_writer.h"
#include "waybill/clock.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/worker_thread.h"

namespace waybill::server {

/// Deletes responses that were over for a given time and owe no callback any more, on a thread of
/// its own. What is given must outlive it.
class ResponseRetention {
public:
    ResponseRetention(Duration keep, ResponseRecorder& recorder, const sqlite::ReadModel& model,
                      LogWriter& log, Clock& clock = systemClock());
    ~ResponseRetention();
    ResponseRetention(const ResponseRetention&) = delete;
    ResponseRetention& operator=(const ResponseRetention&) = delete;

private:
    void run();
    void deleteOld();
    bool deleteOne(const StreamId& stream);
    bool ending();

    const Duration keep_;
    ResponseRecorder& recorder_;
    const sqlite::ReadModel& model_;
    LogWriter& log_;
    const ProblemReport report_ = log_.reportOf(Component::kRetention);
    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable stirred_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace waybill::server
