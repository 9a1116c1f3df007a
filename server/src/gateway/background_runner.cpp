#include "gateway/background_runner.h"

#include <chrono>

#include "gateway/response_object.h"

namespace waybill::server {
namespace {

constexpr auto kRetryPause = std::chrono::milliseconds(500);

/// What went wrong with a call, for the object's `error`.
std::string failureOf(const BackendAnswer& answer) {
    if (answer.status == 0) return answer.failure;
    return "The backend answered with HTTP status " + std::to_string(answer.status) + ".";
}

ResponseCompletion completionOf(const BackgroundJob& job, BackendAnswer answer) {
    ResponseCompletion completion;
    completion.id = job.call.id;
    completion.object_id = job.call.id;
    completion.callback = job.request.callback.destination;
    std::optional<ObjectFacts> facts;
    if (answer.succeeded()) facts = readObject(job.call.api, answer.body);
    if (facts) {
        completion.status = facts->status;
        completion.object = makeBytes(
            finishObject(job.call.api, std::move(answer.body), *facts, job.call.id, job.request));
    } else {
        const std::string failure =
            answer.succeeded() ? "The backend's answer was not a JSON object." : failureOf(answer);
        completion.status = "failed";
        completion.object = makeBytes(failedObject(job.queued_object, failure));
    }
    return completion;
}

}  // namespace

BackgroundRunner::BackgroundRunner(Backend& backend, ResponseRecorder& recorder, LogWriter& log,
                                   BackgroundOptions options)
    : backend_(backend), recorder_(recorder), log_(log), options_(options) {
    for (std::size_t i = 0; i < options_.workers; ++i)
        workers_.emplace_back([this] { work(); });
}

BackgroundRunner::~BackgroundRunner() {
    drain(std::chrono::steady_clock::now());
    for (std::thread& worker : workers_)
        worker.join();
}

std::size_t BackgroundRunner::sizeOf(const BackgroundJob& job) {
    return job.call.body.size() + job.queued_object.size();
}

bool BackgroundRunner::reserve(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (stopping_ || reserved_ >= options_.most_waiting ||
        reserved_bytes_ + bytes > options_.most_waiting_bytes)
        return false;
    ++reserved_;
    reserved_bytes_ += bytes;
    return true;
}

void BackgroundRunner::unreserve(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    --reserved_;
    reserved_bytes_ -= bytes;
}

void BackgroundRunner::run(BackgroundJob job) {
    enqueue(std::move(job));
}

void BackgroundRunner::resume(BackgroundJob job) {
    {
        const std::lock_guard lock(mutex_);
        ++reserved_;
        reserved_bytes_ += sizeOf(job);
    }
    enqueue(std::move(job));
}

void BackgroundRunner::enqueue(BackgroundJob job) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(job));
    }
    changed_.notify_all();
}

void BackgroundRunner::drain(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait_until(lock, deadline, [this] { return running_ == 0; });
}

bool BackgroundRunner::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void BackgroundRunner::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        const BackgroundJob job = std::move(waiting_.front());
        waiting_.pop_front();
        ++running_;
        lock.unlock();
        if (!job.rerun || recordRerun(job)) make(job);
        lock.lock();
        --running_;
        --reserved_;
        reserved_bytes_ -= sizeOf(job);
        changed_.notify_all();
    }
}

/// Waits for the log if it must: a run that is not on record could be repeated without end.
bool BackgroundRunner::recordRerun(const BackgroundJob& job) {
    for (;;) {
        ResponseCreation creation;
        creation.id = job.call.id;
        creation.created = *job.rerun;
        const Result<bool> begun = recorder_.begin(std::move(creation));
        if (begun && *begun) return true;
        if (!begun && begun.refusal().code != RefusalCode::kOverloaded) {
            log_.line(LogLevel::kError, "background response not run again",
                      {{"response", job.call.id}, {"reason", begun.refusal().message}});
            return false;
        }
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, kRetryPause, [this] { return stopping_; })) return false;
    }
}

void BackgroundRunner::make(const BackgroundJob& job) {
    BackendAnswer answer = backend_.call(job.call);
    // A call that the end of the daemon cut short has not failed: it is run again.
    if (answer.status == 0 && stopping()) return;
    recorder_.finish(completionOf(job, std::move(answer)));
}

}  // namespace waybill::server
