// Putting create calls on record, also when the log fails between their beginning and their end.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>

#include "log_writer.h"
#include "waybill/engine.h"

namespace waybill::server {

/// The API outlives the log: a call whose beginning cannot be recorded passes through unrecorded,
/// and the end of one whose beginning was is kept in memory, within limits, until the log takes it.
/// Any thread.
class ResponseRecorder {
public:
    ResponseRecorder(Engine& engine, LogWriter& log);

    /// Stops trying; what could not be recorded stays open in the log, to be closed at next start.
    ~ResponseRecorder();
    ResponseRecorder(const ResponseRecorder&) = delete;
    ResponseRecorder& operator=(const ResponseRecorder&) = delete;

    /// True: recorded. False: the log cannot take it now. A refusal for anything else.
    Result<bool> begin(ResponseCreation creation);

    /// True: recorded, with the delivery it owes. False: it will be when the log is back, or it is
    /// lost, which the log on stderr says; or it was over before, by a cancellation or deletion.
    bool finish(ResponseCompletion completion);

    /// Removes a response with what it owes.
    Result<Response> remove(ResponseDeletion deletion);

private:
    void keep(ResponseCompletion completion);
    void reportRefused(const ResponseCompletion& completion, const Refusal& refusal);
    void run();

    Engine& engine_;
    LogWriter& log_;
    std::mutex mutex_;
    std::condition_variable stirred_;
    std::deque<ResponseCompletion> kept_;
    std::size_t kept_bytes_ = 0;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace waybill::server
