#include "llm/response_recorder.h"

#include <chrono>
#include <utility>

#include "waybill/worker_thread.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMostKept = 10'000;
constexpr std::size_t kMostKeptBytes = 256 * 1024 * 1024;
constexpr auto kRecordRetryPause = std::chrono::milliseconds(500);
/// Of a recording that throws (most likely for want of memory): then it is given up.
constexpr int kMostFailures = 5;

/// Whether the same may be taken later.
bool isPassing(RefusalCode code) {
    return code == RefusalCode::kUnavailable || code == RefusalCode::kOverloaded;
}

std::size_t sizeOf(const ResponseCompletion& completion) {
    return completion.object ? completion.object->size() : 0;
}

}  // namespace

ResponseRecorder::ResponseRecorder(Engine& engine, LogWriter& log,
                                   std::shared_ptr<ByteBudget> memory)
    : engine_(engine),
      log_(log),
      memory_(std::move(memory)),
      thread_(startWorkerThread(
          "waybill-record", [this] { run(); }, log_.reportOf(Component::kResponses))) {}

ResponseRecorder::~ResponseRecorder() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    stirred_.notify_one();
    thread_.join();
    if (!kept_.empty())
        log_.problem(Component::kResponses, "responses lost: the log was not back before the end",
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

OpenCall::OpenCall(ResponseRecorder& recorder, StreamId id)
    : recorder_(&recorder), id_(std::move(id)) {}

OpenCall::~OpenCall() {
    if (recorder_ == nullptr) return;
    const ProblemReport report = [this](const std::string& problem) { recorder_->report(problem); };
    contained(report, "a call has no end on record before the next start", [this] {
        ResponseCompletion completion;
        completion.id = id_;
        completion.status = "error";
        completion.reason = "Something went wrong in this server; its log has more.";
        recorder_->finish(std::move(completion));
    });
}

bool OpenCall::finish(ResponseCompletion completion) {
    if (recorder_ == nullptr) return false;
    const bool recorded = recorder_->finish(std::move(completion));
    recorder_ = nullptr;  // only now: it may have thrown
    return recorded;
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
        log_.problem(Component::kResponses, "response lost: too many wait for the log",
                     {{"response", completion.id}});
        return;
    }
    // Nothing is lost for want of room in what all share: the bounds above hold in any case.
    if (memory_ && completion.object)
        if (Bytes counted = ByteBudget::tryHold(memory_, completion.object))
            completion.object = std::move(counted);
    kept_bytes_ += sizeOf(completion);
    kept_.push_back(std::move(completion));
    stirred_.notify_one();
}

/// False: it is to be tried again.
bool ResponseRecorder::record(const ResponseCompletion& completion) {
    const Result<Response> completed = engine_.completeResponse(completion);
    if (completed) return true;
    if (isPassing(completed.refusal().code)) return false;
    // Also a conflict: what seemed lost with the failed commit had been written after all.
    reportRefused(completion, completed.refusal());
    return true;
}

void ResponseRecorder::run() {
    // What is kept stays so, whatever a round throws.
    while (!contained(log_.reportOf(Component::kResponses), "responses that wait for the log",
                      [this] { recordKept(); }))
        std::this_thread::sleep_for(kRecordRetryPause);
}

/// Until the end.
void ResponseRecorder::recordKept() {
    int failures = 0;  // of the first one, one after the other
    std::unique_lock lock(mutex_);
    for (;;) {
        stirred_.wait(lock, [this] { return ending_ || !kept_.empty(); });
        if (kept_.empty()) return;
        // A copy is cheap, the object is shared; it stays in the queue until it is recorded.
        const ResponseCompletion next = kept_.front();
        lock.unlock();
        bool done = false;
        const bool threw = !contained(
            [&](const std::string& problem) {
                log_.problem(Component::kResponses, problem, {{"response", next.id}});
            },
            "response not recorded", [&] { done = record(next); });
        failures = threw ? failures + 1 : 0;
        if (failures == kMostFailures) {
            done = true;
            log_.problem(Component::kResponses, "response lost: it could not be recorded",
                         {{"response", next.id}});
        }
        lock.lock();
        if (done) {
            failures = 0;
            kept_bytes_ -= sizeOf(next);
            kept_.pop_front();
        } else if (ending_) {
            return;
        } else {
            stirred_.wait_for(lock, kRecordRetryPause, [this] { return ending_; });
        }
    }
}

}  // namespace waybill::server
