#include "waybill/sqlite/indexer.h"

#include <pthread.h>
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
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

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
    void run(const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "indexer");
        // On Linux the priority of a thread, when it is its own.
        setpriority(PRIO_PROCESS, 0, kNiceness);
        Duration retry = kFirstRetry;
        while (!stop.stop_requested()) {
            try {
                follow(stop, retry);
                continue;
            } catch (const Poco::Exception& error) {
                tellProblem(error);
            } catch (...) {  // most likely there is no memory; nothing may leave the thread
                contained(nullptr, "", [this] { tell(currentProblem()); });
            }
            wait(stop, retry);
            retry = std::min(retry * 2, kLastRetry);
        }
    }

    void follow(const std::stop_token& stop, Duration& retry) {
        index::Follower follower(log_file_);
        while (!stop.stop_requested()) {
            const bool more = follower.step() == index::Follower::kMostEvents;
            tellPosition(follower.position());
            retry = kFirstRetry;
            if (!more) wait(stop, interval_);
        }
    }

    void tellPosition(std::uint64_t position) {
        const std::lock_guard lock(mutex_);
        position_ = position;
        problem_.clear();
        changed_.notify_all();
    }

    void tellProblem(const Poco::Exception& error) {
        const auto* failure = dynamic_cast<const SqliteError*>(&error);
        if (failure && failure->isDamage()) removeDatabase(index::indexFileOf(log_file_));
        tell(error.message());
    }

    void tell(const std::string& problem) {
        const std::lock_guard lock(mutex_);
        problem_ = problem;
    }

    void wait(const std::stop_token& stop, Duration duration) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, duration, [] { return false; });
    }

    const std::string log_file_;
    const Duration interval_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::condition_variable_any wake_;
    std::uint64_t position_ = 0;
    std::string problem_;
    std::jthread thread_;
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
