#include "feed/lanes.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "waybill/worker_thread.h"

namespace waybill::gui {
namespace {

constexpr std::size_t kLanes = 7;
constexpr auto kPatienceAtEnd = std::chrono::milliseconds(300);

/// What a lane's thread shares with the object that started it, and may outlive it with.
struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> jobs;
    bool started = false;
    bool stopping = false;
    bool ended = false;
};

/// Inside a catch block.
void tell(const std::function<void()>& failed) noexcept {
    try {
        if (failed) failed();
    } catch (...) {
        // There is no memory left to say it with; the next job says it.
    }
}

void run(const std::shared_ptr<Queue>& queue) {
    std::unique_lock lock(queue->mutex);
    for (;;) {
        queue->changed.wait(lock, [&] { return queue->stopping || !queue->jobs.empty(); });
        if (queue->stopping) break;
        std::function<void()> job = std::move(queue->jobs.front());
        queue->jobs.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
    queue->ended = true;
    queue->changed.notify_all();
}

class ThreadLanes final : public Lanes {
public:
    ThreadLanes() {
        for (auto& queue : queues_)
            queue = std::make_shared<Queue>();
    }

    ~ThreadLanes() override {
        for (const auto& queue : queues_) {
            const std::lock_guard lock(queue->mutex);
            queue->stopping = true;
            queue->jobs.clear();
            queue->changed.notify_all();
        }
        const auto deadline = std::chrono::steady_clock::now() + kPatienceAtEnd;
        for (const auto& queue : queues_) {
            std::unique_lock lock(queue->mutex);
            queue->changed.wait_until(lock, deadline,
                                      [&] { return !queue->started || queue->ended; });
        }
    }

protected:
    void begin(Lane lane, std::function<void()> job) override {
        const std::shared_ptr<Queue>& queue = queues_[static_cast<std::size_t>(lane)];
        const std::lock_guard lock(queue->mutex);
        if (!queue->started) {
            startWorkerThread("waybill-lane", [queue] { run(queue); }).detach();
            queue->started = true;
        }
        queue->jobs.push_back(std::move(job));
        queue->changed.notify_all();
    }

private:
    std::array<std::shared_ptr<Queue>, kLanes> queues_;
};

class InlineLanes final : public Lanes {
protected:
    void begin(Lane lane, std::function<void()> job) override {
        if (lane != Lane::kTail) job();
    }
};

}  // namespace

void Lanes::post(Lane lane, std::function<void()> job) {
    try {
        begin(lane, [job = std::move(job), failed = failed_] {
            try {
                job();
            } catch (...) {
                tell(failed);
            }
        });
    } catch (...) {
        tell(failed_);
    }
}

std::unique_ptr<Lanes> makeThreadLanes() {
    return std::make_unique<ThreadLanes>();
}

std::unique_ptr<Lanes> makeInlineLanes() {
    return std::make_unique<InlineLanes>();
}

}  // namespace waybill::gui
