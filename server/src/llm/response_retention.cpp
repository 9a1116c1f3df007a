#include "llm/response_retention.h"

#include <algorithm>

namespace waybill::server {
namespace {

constexpr std::uint32_t kAtOnce = 200;

/// Often enough that what is deleted is at most a tenth older than it should be.
Duration pauseFor(Duration keep) {
    return std::clamp<Duration>(keep / 10, std::chrono::milliseconds(100),
                                std::chrono::minutes(10));
}

}  // namespace

ResponseRetention::ResponseRetention(Duration keep, ResponseRecorder& recorder,
                                     const sqlite::ReadModel& model, LogWriter& log, Clock& clock)
    : keep_(keep),
      recorder_(recorder),
      model_(model),
      log_(log),
      clock_(clock),
      thread_(startWorkerThread(
          "waybill-retain", [this] { run(); }, report_)) {}

ResponseRetention::~ResponseRetention() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    stirred_.notify_one();
    thread_.join();
}

bool ResponseRetention::ending() {
    const std::lock_guard lock(mutex_);
    return ending_;
}

void ResponseRetention::run() {
    std::unique_lock lock(mutex_);
    while (!stirred_.wait_for(lock, pauseFor(keep_), [this] { return ending_; })) {
        lock.unlock();
        contained(report_, "old responses not deleted", [this] { deleteOld(); });
        lock.lock();
    }
}

void ResponseRetention::deleteOld() {
    const Timestamp before = clock_.now().wall - keep_;
    for (sqlite::WalkedResponses old; !old.done;) {
        old = model_.settledResponses(before, old.reached, kAtOnce);
        for (const StreamId& stream : old.found) {
            bool held = false;
            contained(report_, "response " + stream + " not deleted",
                      [&] { held = !deleteOne(stream); });
            if (held || ending()) return;
        }
    }
}

/// False while the log takes nothing: it would not take the rest either.
bool ResponseRetention::deleteOne(const StreamId& stream) {
    const Result<Response> removed =
        recorder_.remove({stream, std::string(kEngineActor), "older than --retain-responses"});
    if (removed) return true;
    const RefusalCode code = removed.refusal().code;
    return code != RefusalCode::kUnavailable && code != RefusalCode::kOverloaded;
}

}  // namespace waybill::server
