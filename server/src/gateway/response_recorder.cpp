#include "gateway/response_recorder.h"

#include <chrono>

namespace waybill::server {
namespace {

constexpr std::size_t kMostKept = 10'000;
constexpr std::size_t kMostKeptBytes = 256 * 1024 * 1024;
constexpr auto kRetryPause = std::chrono::milliseconds(500);

/// Whether the same may be taken later.
bool isPassing(RefusalCode code) {
    return code == RefusalCode::kUnavailable || code == RefusalCode::kOverloaded;
}

std::size_t sizeOf(const ResponseCompletion& completion) {
    return completion.object ? completion.object->size() : 0;
}

}  // namespace

ResponseRecorder::ResponseRecorder(Engine& engine, LogWriter& log)
    : engine_(engine), log_(log), thread_([this] { run(); }) {}

ResponseRecorder::~ResponseRecorder() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    stirred_.notify_one();
    thread_.join();
    if (!kept_.empty())
        log_.line(LogLevel::kError, "responses lost: the log was not back before the end",
                  {{"responses", std::uint64_t{kept_.size()}}});
}

Result<bool> ResponseRecorder::begin(ResponseCreation creation) {
    const Result<Response> created = engine_.createResponse(std::move(creation));
    if (created) return true;
    if (created.refusal().code == RefusalCode::kUnavailable) return false;
    return created.refusal();
}

bool ResponseRecorder::finish(ResponseCompletion completion) {
    if (!completion.object && !completion.reason.empty())
        log_.line(LogLevel::kWarn, "call ended without an object",
                  {{"response", completion.id}, {"reason", completion.reason}});
    const Result<Response> completed = engine_.completeResponse(completion);
    if (completed) return true;
    if (isPassing(completed.refusal().code))
        keep(std::move(completion));
    else
        reportRefused(completion, completed.refusal());
    return false;
}

Result<Response> ResponseRecorder::remove(ResponseDeletion deletion) {
    return engine_.deleteResponse(std::move(deletion));
}

void ResponseRecorder::reportRefused(const ResponseCompletion& completion, const Refusal& refusal) {
    // A conflict: it was cancelled or deleted while it was being made.
    const bool expected = refusal.code == RefusalCode::kConflict;
    log_.line(expected ? LogLevel::kDebug : LogLevel::kError, "response not recorded",
              {{"response", completion.id}, {"reason", refusal.message}});
}

void ResponseRecorder::keep(ResponseCompletion completion) {
    std::unique_lock lock(mutex_);
    if (kept_.size() >= kMostKept || kept_bytes_ + sizeOf(completion) > kMostKeptBytes) {
        lock.unlock();
        log_.line(LogLevel::kError, "response lost: too many wait for the log",
                  {{"response", completion.id}});
        return;
    }
    kept_bytes_ += sizeOf(completion);
    kept_.push_back(std::move(completion));
    stirred_.notify_one();
}

void ResponseRecorder::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        stirred_.wait(lock, [this] { return ending_ || !kept_.empty(); });
        if (kept_.empty()) return;
        // A copy is cheap, the object is shared; it stays in the queue until it is recorded.
        const ResponseCompletion next = kept_.front();
        lock.unlock();
        const Result<Response> completed = engine_.completeResponse(next);
        const bool done = completed.ok() || !isPassing(completed.refusal().code);
        // Also a conflict: what seemed lost with the failed commit had been written after all.
        if (done && !completed) reportRefused(next, completed.refusal());
        lock.lock();
        if (done) {
            kept_bytes_ -= sizeOf(next);
            kept_.pop_front();
        } else if (ending_) {
            return;
        } else {
            stirred_.wait_for(lock, kRetryPause, [this] { return ending_; });
        }
    }
}

}  // namespace waybill::server
