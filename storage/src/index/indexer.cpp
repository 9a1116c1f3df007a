#include "waybill/sqlite/indexer.h"

#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "index/follower.h"
#include "index/index_file.h"
#include "waybill/worker_thread.h"

namespace waybill::sqlite {

namespace {

constexpr int kNiceness = 10;
constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLastRetry = std::chrono::minutes(1);

}  // namespace

class Indexer::Impl {
public:
    explicit Impl(IndexerOptions options)
        : log_file_(options.directory + "/waybill.db"),
          interval_(options.interval),
          on_problem_(std::move(options.on_problem)),
          thread_(startWorkerThread(
              "indexer", [this] { run(stop_.get_token()); }, on_problem_)) {}

    ~Impl() {
        stop_.request_stop();
        thread_.join();
    }

    std::uint64_t position() const {
        const std::lock_guard lock(mutex_);
        return position_;
    }

    bool waitFor(std::uint64_t global_position, Duration timeout) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, timeout, [&] { return position_ >= global_position; });
    }

    std::string problem() const {
        const std::lock_guard lock(mutex_);
        return problem_;
    }

private:
    /// Each round is contained: whatever it throws is told, and it is tried again.
    void run(const std::stop_token& stop) {
        // On Linux the priority of a thread, when it is its own.
        setpriority(PRIO_PROCESS, 0, kNiceness);
        Duration retry = kFirstRetry;
        while (!stop.stop_requested()) {
            if (contained([this](const std::string& problem) { tell(problem); }, "the index",
                          [&] { follow(stop, retry); }))
                continue;
            wait(stop, retry);
            retry = std::min(retry * 2, kLastRetry);
        }
    }

    void follow(const std::stop_token& stop, Duration& retry) {
        try {
            index::Follower follower(log_file_);
            while (!stop.stop_requested() && follower.isInPlace()) {
                const bool more = follower.step() == index::Follower::kMostEvents;
                tellPosition(follower.position());
                retry = kFirstRetry;
                if (!more) wait(stop, interval_);
            }
        } catch (const SqliteError& error) {
            if (error.isDamage()) removeDatabase(index::indexFileOf(log_file_));
            throw;
        }
    }

    void tellPosition(std::uint64_t position) {
        const std::lock_guard lock(mutex_);
        position_ = position;
        problem_.clear();
        changed_.notify_all();
    }

    /// The host hears of it once, not at every try.
    void tell(const std::string& problem) {
        {
            const std::lock_guard lock(mutex_);
            if (std::exchange(problem_, problem) == problem) return;
        }
        if (on_problem_) on_problem_(problem);
    }

    void wait(const std::stop_token& stop, Duration duration) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, duration, [] { return false; });
    }

    const std::string log_file_;
    const Duration interval_;
    const ProblemReport on_problem_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::condition_variable_any wake_;
    std::uint64_t position_ = 0;
    std::string problem_;
    std::stop_source stop_;
    std::thread thread_;
};

Indexer::Indexer(IndexerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Indexer::~Indexer() = default;

std::uint64_t Indexer::position() const {
    return impl_->position();
}
bool Indexer::waitFor(std::uint64_t global_position, Duration timeout) const {
    return impl_->waitFor(global_position, timeout);
}
std::string Indexer::problem() const {
    return impl_->problem();
}

}  // namespace waybill::sqlite
