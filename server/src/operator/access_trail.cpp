#include "waybill/server/access_trail.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "operator/access_tally.h"
#include "waybill/clock.h"

namespace waybill::server {
namespace {

/// Between two looks at which windows have ended.
constexpr Duration kRest = std::chrono::seconds(10);

std::string problemOf(const Refusal& refusal) {
    return "an access could not be recorded: " + refusal.message;
}

}  // namespace

class AccessTrail::Impl {
public:
    Impl(Engine& engine, ProblemReport on_problem)
        : engine_(engine),
          on_problem_(std::move(on_problem)),
          thread_(startWorkerThread(
              "waybill-access", [this] { run(); }, on_problem_)) {}

    ~Impl() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
            woken_.notify_all();
        }
        thread_.join();
    }

    void note(AccessNote note) {
        std::optional<AccessNote> now;
        {
            const std::lock_guard lock(mutex_);
            if (ending_) return;
            now = tally_.take(std::move(note), monotonicNow());
            woken_.notify_all();
        }
        if (now) record(*std::move(now));
    }

private:
    void run() {
        const auto round = [this] {
            await();
            recordDue();
        };
        while (!over())
            contained(on_problem_, "accesses to be recorded", round);
        contained(on_problem_, "accesses to be recorded", [this] { recordDue(); });
    }

    bool over() {
        const std::lock_guard lock(mutex_);
        return ending_;
    }

    void await() {
        std::unique_lock lock(mutex_);
        woken_.wait(lock, [this] { return ending_ || !tally_.empty(); });
        woken_.wait_for(lock, kRest, [this] { return ending_; });
    }

    void recordDue() {
        std::vector<AccessNote> notes;
        {
            const std::lock_guard lock(mutex_);
            const MonotonicTime now = monotonicNow();
            notes = ending_ ? tally_.rest(now) : tally_.due(now);
        }
        for (AccessNote& note : notes)
            recordNow(std::move(note));
    }

    void record(AccessNote note) {
        engine_.recordAccess(std::move(note), [report = on_problem_](const Result<Done>& recorded) {
            if (!recorded && report) report(problemOf(recorded.refusal()));
        });
    }

    void recordNow(AccessNote note) {
        const auto recorded = engine_.recordAccess(std::move(note));
        if (!recorded && on_problem_) on_problem_(problemOf(recorded.refusal()));
    }

    Engine& engine_;
    const ProblemReport on_problem_;
    std::mutex mutex_;
    std::condition_variable woken_;
    AccessTally tally_;
    bool ending_ = false;
    std::thread thread_;
};

AccessTrail::AccessTrail(Engine& engine, ProblemReport on_problem)
    : impl_(std::make_unique<Impl>(engine, std::move(on_problem))) {}

AccessTrail::~AccessTrail() = default;

void AccessTrail::note(AccessNote note) {
    impl_->note(std::move(note));
}

}  // namespace waybill::server
