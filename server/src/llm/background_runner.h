// Responses that are made while nobody waits on the line.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "llm/backend.h"
#include "llm/create_request.h"
#include "llm/response_recorder.h"
#include "logging/log_writer.h"
#include "waybill/server/request_memory.h"
#include "waybill/worker_thread.h"

namespace waybill::server {

/// A background response that is to be made.
struct BackgroundJob {
    BackendCall call;  ///< its `id` is the response's
    CreateRequest request;
    std::string queued_object;

    /// Set when a crash cut an earlier run short: recorded before the backend is asked again.
    std::optional<ResponseCreated> rerun;

    /// What it keeps while it waits and runs; null: nobody counts.
    std::shared_ptr<RequestMemory> memory{};
};

struct BackgroundOptions {
    std::size_t workers = 32;
    std::size_t most_waiting = 10'000;
    std::size_t most_waiting_bytes = 256 * 1024 * 1024;
    std::size_t most_answer_bytes = 64 * 1024 * 1024;
    std::shared_ptr<ByteBudget> memory{};  ///< where jobs and their answers count; null: nowhere
};

/// What is left of a run that was dropped.
struct DroppedRun {
    std::string queued_object;
    std::optional<Destination> callback;
};

/// Runs jobs on a few threads, in order. What is waiting or running when it stops stays open in the
/// log and is taken up at the next start. Any thread.
class BackgroundRunner {
public:
    BackgroundRunner(Backend& backend, ResponseRecorder& recorder, LogWriter& log,
                     BackgroundOptions options = {});
    ~BackgroundRunner();
    BackgroundRunner(const BackgroundRunner&) = delete;
    BackgroundRunner& operator=(const BackgroundRunner&) = delete;

    /// A place in the queue for a job of `bytes`, taken before the response is put on record, and
    /// the memory for `BackgroundJob::memory`; null: there is none.
    std::shared_ptr<RequestMemory> reserve(std::size_t bytes);
    void unreserve(std::size_t bytes);

    /// Takes a job for which there is a place.
    void run(BackgroundJob job);

    /// Takes a job that was accepted before a crash; there is always room for those.
    void resume(BackgroundJob job);

    /// Takes a run away, waiting or running; it records nothing any more and its call to the
    /// backend ends. Nothing when there is no such run, or it was over first: then it is on record
    /// when this returns.
    std::optional<DroppedRun> drop(const StreamId& id);

    /// Whether the backend is being asked.
    bool isRunning(const StreamId& id) const;

    /// Waits until `until` or until a run that the backend is asked for is over.
    void awaitEnd(const StreamId& id, MonotonicTime until);

    /// Starts no job any more and waits until `deadline` for those that run.
    void drain(std::chrono::steady_clock::time_point deadline);

    static std::size_t sizeOf(const BackgroundJob& job);

private:
    /// What a worker is at.
    struct Run {
        enum class Phase { kAsking, kDropped, kRecording };
        const BackgroundJob* job = nullptr;
        Phase phase = Phase::kAsking;
    };

    void enqueue(BackgroundJob job);
    void work();
    void take(const BackgroundJob& job);
    void fail(const BackgroundJob& job);
    bool recordRerun(const BackgroundJob& job);
    void make(const BackgroundJob& job);
    bool stopping() const;
    bool dropped(const StreamId& id) const;
    bool beginRecording(const StreamId& id);

    Backend& backend_;
    ResponseRecorder& recorder_;
    LogWriter& log_;
    const ProblemReport report_ = log_.reportOf(Component::kBackground);
    const BackgroundOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<BackgroundJob> waiting_;
    std::map<StreamId, Run> runs_;
    std::size_t reserved_ = 0;
    std::size_t reserved_bytes_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace waybill::server
