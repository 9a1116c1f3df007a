// Putting create calls on record, also when the log fails between their beginning and their end.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "logging/log_writer.h"
#include "waybill/engine.h"

namespace waybill::server {

/// The API outlives the log: a call whose beginning cannot be recorded passes through unrecorded,
/// and the end of one whose beginning was is kept in memory, within limits, until the log takes it.
/// Any thread.
class ResponseRecorder {
public:
    /// `memory`: where the kept objects count, as far as they fit; may be null.
    ResponseRecorder(Engine& engine, LogWriter& log, std::shared_ptr<ByteBudget> memory = nullptr);

    /// Stops trying; what could not be recorded stays open in the log, to be closed at next start.
    ~ResponseRecorder();
    ResponseRecorder(const ResponseRecorder&) = delete;
    ResponseRecorder& operator=(const ResponseRecorder&) = delete;

    /// True: recorded. False: the log cannot take it now. A refusal for anything else.
    Result<bool> begin(ResponseCreation creation);

    /// True: recorded, with the delivery it owes. False: it will be when the log is back, or it is
    /// lost, which the log on stderr says; or it was over before, by a cancellation or deletion.
    bool finish(ResponseCompletion completion);

    /// Says what kept a call from getting its end.
    void report(const std::string& problem) { log_.problem(Component::kResponses, problem); }

    /// Removes a response with what it owes.
    Result<Response> remove(ResponseDeletion deletion);

private:
    void keep(ResponseCompletion completion);
    bool record(const ResponseCompletion& completion);
    void reportRefused(const ResponseCompletion& completion, const Refusal& refusal);
    void run();
    void recordKept();

    Engine& engine_;
    LogWriter& log_;
    const std::shared_ptr<ByteBudget> memory_;
    std::mutex mutex_;
    std::condition_variable stirred_;
    std::deque<ResponseCompletion> kept_;
    std::size_t kept_bytes_ = 0;
    bool ending_ = false;
    std::thread thread_;
};

/// A call whose beginning is on record: it gets its end there, whatever happens. One that is
/// destroyed without (its handler threw) has failed, and the log says so. One thread; the recorder
/// must outlive it.
class OpenCall {
public:
    /// Stands for a call that is not on record: it is false, and finishing it does nothing.
    OpenCall() = default;
    OpenCall(ResponseRecorder& recorder, StreamId id);
    OpenCall(OpenCall&& other) noexcept { swap(other); }
    OpenCall& operator=(OpenCall&& other) noexcept {
        swap(other);
        return *this;
    }
    ~OpenCall();

    explicit operator bool() const { return recorder_ != nullptr; }

    /// ResponseRecorder::finish, once.
    bool finish(ResponseCompletion completion);

private:
    void swap(OpenCall& other) noexcept {
        std::swap(recorder_, other.recorder_);
        id_.swap(other.id_);
    }

    ResponseRecorder* recorder_ = nullptr;
    StreamId id_;
};

}  // namespace waybill::server
