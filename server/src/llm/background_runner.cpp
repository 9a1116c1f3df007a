#include "llm/background_runner.h"

#include <algorithm>
#include <chrono>

#include "llm/answer_object.h"
#include "llm/response_object.h"

namespace waybill::server {
namespace {

constexpr auto kRetryPause = std::chrono::milliseconds(500);

ResponseCompletion completionOf(const BackgroundJob& job, const BackendReply& reply,
                                BackendAnswer answer) {
    ResponseCompletion completion;
    completion.id = job.call.id;
    completion.object_id = job.call.id;
    completion.callback = job.request.callback.destination;
    ReadAnswer read = readAnswer(job.call.api, answer, maskOf(reply));
    if (read.object) {
        const ObjectFacts& facts = *read.object;
        completion.status = facts.status;
        if (facts.id != job.call.id) completion.backend_id = facts.id;
        completion.object = makeBytes(
            finishObject(job.call.api, std::move(answer.body), facts, job.call.id, job.request));
    } else {
        completion.status = "failed";
        completion.object = makeBytes(failedObject(job.queued_object, read.problem));
    }
    return completion;
}

}  // namespace

BackgroundRunner::BackgroundRunner(Backend& backend, ResponseRecorder& recorder, LogWriter& log,
                                   BackgroundOptions options)
    : backend_(backend), recorder_(recorder), log_(log), options_(options) {
    for (std::size_t i = 0; i < options_.workers; ++i)
        workers_.push_back(startWorkerThread(
            "waybill-backgr",
            [this] {
                while (!contained(report_, "background responses", [this] { work(); })) {
                }
            },
            report_));
}

BackgroundRunner::~BackgroundRunner() {
    drain(std::chrono::steady_clock::now());
    for (std::thread& worker : workers_)
        worker.join();
}

std::size_t BackgroundRunner::sizeOf(const BackgroundJob& job) {
    return job.call.body.size() + job.queued_object.size();
}

std::shared_ptr<RequestMemory> BackgroundRunner::reserve(std::size_t bytes) {
    auto memory = std::make_shared<RequestMemory>(options_.memory);
    const std::lock_guard lock(mutex_);
    if (stopping_ || reserved_ >= options_.most_waiting ||
        reserved_bytes_ + bytes > options_.most_waiting_bytes || !memory->growTo(bytes))
        return nullptr;
    ++reserved_;
    reserved_bytes_ += bytes;
    return memory;
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
    job.memory = std::make_shared<RequestMemory>(options_.memory);
    // It is in memory already, counted or not.
    static_cast<void>(job.memory->growTo(sizeOf(job)));
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
    changed_.wait_until(lock, deadline, [this] { return runs_.empty(); });
}

bool BackgroundRunner::stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

bool BackgroundRunner::isRunning(const StreamId& id) const {
    const std::lock_guard lock(mutex_);
    return runs_.contains(id);
}

void BackgroundRunner::awaitEnd(const StreamId& id, MonotonicTime until) {
    std::unique_lock lock(mutex_);
    const bool running = runs_.contains(id);
    changed_.wait_until(lock, until, [&] { return running && !runs_.contains(id); });
}

bool BackgroundRunner::dropped(const StreamId& id) const {
    const std::lock_guard lock(mutex_);
    return runs_.at(id).phase == Run::Phase::kDropped;
}

std::optional<DroppedRun> BackgroundRunner::drop(const StreamId& id) {
    std::unique_lock lock(mutex_);
    const auto waiting = std::find_if(waiting_.begin(), waiting_.end(),
                                      [&](const auto& job) { return job.call.id == id; });
    if (waiting != waiting_.end()) {
        DroppedRun left{std::move(waiting->queued_object),
                        std::move(waiting->request.callback.destination)};
        --reserved_;
        reserved_bytes_ -= waiting->call.body.size() + left.queued_object.size();
        waiting_.erase(waiting);
        return left;
    }
    const auto run = runs_.find(id);
    if (run == runs_.end() || run->second.phase == Run::Phase::kDropped) return std::nullopt;
    if (run->second.phase == Run::Phase::kRecording) {
        changed_.wait(lock, [&] { return !runs_.contains(id); });
        return std::nullopt;
    }
    run->second.phase = Run::Phase::kDropped;
    const BackgroundJob& job = *run->second.job;
    return DroppedRun{job.queued_object, job.request.callback.destination};
}

/// False when it was dropped.
bool BackgroundRunner::beginRecording(const StreamId& id) {
    const std::lock_guard lock(mutex_);
    Run& run = runs_.at(id);
    if (run.phase == Run::Phase::kDropped) return false;
    run.phase = Run::Phase::kRecording;
    return true;
}

void BackgroundRunner::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        const BackgroundJob job = std::move(waiting_.front());
        waiting_.pop_front();
        runs_.emplace(job.call.id, Run{&job});
        lock.unlock();
        contained(report_, "background response " + job.call.id, [&] { take(job); });
        lock.lock();
        runs_.erase(job.call.id);
        --reserved_;
        reserved_bytes_ -= sizeOf(job);
        changed_.notify_all();
    }
}

void BackgroundRunner::take(const BackgroundJob& job) {
    if (job.rerun && !recordRerun(job)) return;
    if (!contained(report_, "background response " + job.call.id, [&] { make(job); })) fail(job);
}

/// What threw would throw again: the response is over, on record and for whoever is called back.
void BackgroundRunner::fail(const BackgroundJob& job) {
    if (!beginRecording(job.call.id)) return;
    ResponseCompletion completion;
    completion.id = completion.object_id = job.call.id;
    completion.status = "failed";
    completion.object = makeBytes(
        failedObject(job.queued_object, "Something went wrong in this server; its log has more."));
    completion.callback = job.request.callback.destination;
    recorder_.finish(std::move(completion));
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
            log_.problem(Component::kBackground, "background response not run again",
                         {{"response", job.call.id}, {"reason", begun.refusal().message}});
            return false;
        }
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, kRetryPause, [this] { return stopping_; })) return false;
    }
}

void BackgroundRunner::make(const BackgroundJob& job) {
    if (dropped(job.call.id)) return;
    const std::unique_ptr<BackendReply> reply = backend_.create(job.call);
    BackendAnswer answer = readWhole(*reply, {options_.most_answer_bytes, job.memory.get()},
                                     [&] { return dropped(job.call.id); });
    // A call that the end of the daemon cut short has not failed: it is run again.
    if (!answer.whole() && stopping()) return;
    if (!beginRecording(job.call.id)) return;
    recorder_.finish(completionOf(job, *reply, std::move(answer)));
}

}  // namespace waybill::server
