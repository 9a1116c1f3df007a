#include "gateway/response_retention.h"

#include <algorithm>

#include "waybill/errors.h"

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
    : keep_(keep), recorder_(recorder), model_(model), log_(log), clock_(clock), thread_([this] {
          run();
      }) {}

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
        try {
            deleteOld();
        } catch (const StoreUnavailable& error) {
            log_.line(LogLevel::kWarn, "old responses not deleted", {{"reason", error.message()}});
        }
        lock.lock();
    }
}

void ResponseRetention::deleteOld() {
    const Timestamp before = clock_.now().wall - keep_;
    for (sqlite::WalkedResponses old; !old.done;) {
        old = model_.settledResponses(before, old.reached, kAtOnce);
        for (const StreamId& stream : old.found) {
            const Result<Response> removed = recorder_.remove(
                {stream, std::string(kEngineActor), "older than --retain-responses"});
            // Somebody may have been quicker; while the log takes nothing, neither does the rest.
            const bool held = !removed && removed.refusal().code != RefusalCode::kNotFound;
            if (held || ending()) return;
        }
    }
}

}  // namespace waybill::server
