#include "waybill/server/bulk_runner.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "operator/bulk_cancellation.h"
#include "operator/bulk_extent.h"
#include "operator/bulk_run.h"
#include "operator/reply_window.h"
#include "waybill/clock.h"
#include "waybill/errors.h"

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostRuns = 100;
constexpr Duration kPatience = std::chrono::milliseconds(200);  // with an engine that has too much
constexpr Duration kTakeUpPatience = std::chrono::seconds(2);   // of who asks right after a start
constexpr Duration kNoHurry = std::chrono::seconds(60);

Refusal noSuchRun() {
    return {RefusalCode::kNotFound, "There is no bulk re-delivery with this id.", "id"};
}

Refusal notYet() {
    return {RefusalCode::kUnavailable,
            "The bulk re-deliveries of before the start are being looked up; try again shortly.",
            {}};
}

std::uint64_t perMinute(const std::optional<double>& rate) {
    return rate ? static_cast<std::uint64_t>(std::max(1.0, std::round(*rate * 60))) : 0;
}

/// What is left, at the run's own rate; nothing where it has none.
void expectTime(BulkView& view) {
    const std::uint64_t taken = view.done + view.refused;
    view.expected_time.reset();
    if (!view.rate || taken >= view.matched) return;
    const double seconds = static_cast<double>(view.matched - taken) / *view.rate;
    view.expected_time =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(seconds, 1e9)));
}

}  // namespace

class BulkRunner::Impl {
public:
    Impl(Engine& engine, const sqlite::ReadModel& model, ProblemReport on_problem)
        : engine_(engine), model_(model), on_problem_(std::move(on_problem)) {}

    ~Impl() { stop(); }

    void start() {
        thread_ = startWorkerThread(
            "waybill-bulk", [this] { work(); }, on_problem_);
    }

    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        woken_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    Result<BulkView> redeliver(const BulkRequest& request, const std::string& actor,
                               bool actor_claimed) {
        if (isEmpty(request.filter) && !request.all)
            return Refusal{RefusalCode::kInvalid,
                           "An empty filter takes every delivery; say that all are meant.",
                           "filter"};
        const auto extent = extentOf(model_, {request.filter}, request.limit, /*to_send=*/true);
        if (!extent) return extent.refusal();
        if (request.dry_run) return counted(request, *extent, actor);

        std::unique_lock lock(mutex_);
        if (!awaitTakenUp(lock)) return notYet();
        if (runs_.size() >= kMostRuns)
            return Refusal{RefusalCode::kConflict,
                           "A hundred bulk re-deliveries are under way already; wait for one to "
                           "finish, or stop one.",
                           {}};
        const auto recorded = engine_.recordBulk(
            {newStreamId(kBulkPrefix, systemClock().now().wall, systemEntropy()), actor,
             BulkRedeliveryRequested{toJson(request.filter), extent->matched,
                                     perMinute(request.rate), request.reason},
             actor_claimed});
        if (!recorded) {
            taken_up_ = !passesByItself(recorded.refusal());  // it may have survived
            return recorded.refusal();
        }
        runs_.emplace_back(engine_, model_, *recorded);
        woken_.notify_all();
        BulkView view = viewOf(*recorded);
        view.endpoints = extent->endpoints;
        expectTime(view);
        return view;
    }

    Result<BulkView> find(const StreamId& id) const {
        const auto recorded = model_.bulkRedelivery(id);
        if (!recorded) return noSuchRun();
        return withProgress(*recorded);
    }

    Result<Page<BulkView>> list(std::uint32_t limit, const std::string& cursor) const {
        const auto recorded = model_.bulkRedeliveries(limit, cursor);
        if (!recorded) return recorded.refusal();
        Page<BulkView> page{{}, recorded->next_cursor};
        for (const BulkRedelivery& run : recorded->data)
            page.data.push_back(withProgress(run));
        return page;
    }

    Result<BulkView> change(const StreamId& id, BulkAction action, const std::string& actor,
                            bool actor_claimed) {
        std::unique_lock lock(mutex_);
        if (!awaitTakenUp(lock)) return notYet();
        const auto run = runWith(id);
        if (run == runs_.end()) return refusalFor(id);
        const auto recorded = engine_.recordBulk({id, actor, stepFor(action, *run), actor_claimed});
        if (!recorded) {
            run->doubt();
            return recorded.refusal();
        }
        BulkView view = viewOf(*recorded);
        view.done = run->done();
        view.refused = run->refused();
        if (action == BulkAction::kStop) {
            runs_.erase(run);
        } else {
            run->setPaused(action == BulkAction::kPause, monotonicNow());
        }
        woken_.notify_all();
        expectTime(view);
        return view;
    }

    Engine& engine() { return engine_; }
    const sqlite::ReadModel& model() const { return model_; }

private:
    static BulkView counted(const BulkRequest& request, const BulkExtent& extent,
                            const std::string& actor) {
        BulkView view;
        view.state = "dry_run";
        view.matched = extent.matched;
        view.refused = extent.refused;
        view.endpoints = extent.endpoints;
        view.rate = request.rate;
        view.filter = toJson(request.filter);
        view.actor = actor;
        view.reason = request.reason;
        view.created_at = systemClock().now().wall;
        expectTime(view);
        return view;
    }

    using Step = decltype(BulkStep::step);
    static Step stepFor(BulkAction action, const BulkRun& run) {
        if (action == BulkAction::kPause) return BulkRedeliveryPaused{};
        if (action == BulkAction::kResume) return BulkRedeliveryResumed{};
        return BulkRedeliveryFinished{run.done(), run.refused(), true};
    }

    bool awaitTakenUp(std::unique_lock<std::mutex>& lock) {
        return woken_.wait_for(lock, kTakeUpPatience, [this] { return taken_up_; });
    }

    std::list<BulkRun>::iterator runWith(const StreamId& id) {
        return std::find_if(runs_.begin(), runs_.end(),
                            [&](const BulkRun& run) { return run.id() == id; });
    }

    /// Why a run that is not under way cannot be changed.
    Refusal refusalFor(const StreamId& id) const {
        if (!model_.bulkRedelivery(id)) return noSuchRun();
        return {RefusalCode::kConflict, "This bulk re-delivery is over.", {}};
    }

    BulkView withProgress(const BulkRedelivery& recorded) const {
        BulkView view = viewOf(recorded);
        const std::lock_guard lock(mutex_);
        for (const BulkRun& run : runs_) {
            if (run.id() != recorded.id) continue;
            view.done = run.done();
            view.refused = run.refused();
        }
        expectTime(view);
        return view;
    }

    void work() {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            MonotonicTime next = monotonicNow() + kPatience;
            try {
                if (!taken_up_) takeUp();
                next = stepAll();
            } catch (const StoreUnavailable&) {
                // The log cannot be read now. The engine's health says so.
            } catch (...) {
                tell("bulk re-deliveries");
            }
            // A moment without the lock even when there is more to do: others want to look.
            const Duration pause =
                std::max<Duration>(next - monotonicNow(), std::chrono::microseconds(100));
            woken_.wait_for(lock, pause);
        }
    }

    void takeUp() {
        std::list<BulkRun> found;
        for (const BulkRedelivery& recorded : model_.unfinishedBulkRedeliveries()) {
            if (runWith(recorded.id) != runs_.end()) continue;
            try {
                found.emplace_back(engine_, model_, recorded);
            } catch (const Poco::DataException&) {
                reportCurrent(on_problem_, recorded.id);
                giveUp(recorded.id);  // a filter that nobody understands any more
                continue;
            }
            try {
                found.back().readProgress();
            } catch (const StoreUnavailable&) {
                throw;
            } catch (...) {
                tell(recorded.id);
                found.back().doubt();  // its steps try again
            }
        }
        runs_.splice(runs_.begin(), found);
        taken_up_ = true;
        woken_.notify_all();
    }

    /// A step of every run; returns when the next one is due.
    MonotonicTime stepAll() {
        MonotonicTime next = monotonicNow() + kNoHurry;
        for (auto run = runs_.begin(); run != runs_.end() && !stopping_;) {
            const auto current = run++;
            switch (step(*current)) {
                case RunState::kGoesOn:
                    next = std::min(next, current->nextAt());
                    break;
                case RunState::kHeld:
                    next = std::min(next, monotonicNow() + kPatience);
                    break;
                case RunState::kPaused:
                    break;
                case RunState::kFinished:
                    finish(*current);
                    next = monotonicNow();
                    break;
                case RunState::kOver:
                    told_.erase(current->id());
                    runs_.erase(current);
                    break;
            }
        }
        return next;
    }

    /// A run whose step throws (most likely it has come to a damaged row) waits; the others go on.
    RunState step(BulkRun& run) {
        try {
            const RunState state = run.step(monotonicNow());
            told_.erase(run.id());
            return state;
        } catch (const StoreUnavailable&) {
            throw;
        } catch (...) {
            tell(run.id());
            return RunState::kHeld;
        }
    }

    /// In a catch block: reports what it is, once for each `about` until that goes on again.
    void tell(const std::string& about) {
        if (told_.insert(about).second) reportCurrent(on_problem_, about);
    }

    /// Records the end; the next step finds it in the log, or tries again.
    void finish(BulkRun& run) {
        record(run.id(), BulkRedeliveryFinished{run.done(), run.refused(), false});
        run.doubt();
    }

    void giveUp(const StreamId& id) { record(id, BulkRedeliveryFinished{0, 0, true}); }

    /// Whether that was taken, the log says.
    void record(const StreamId& id, const BulkRedeliveryFinished& step) {
        static_cast<void>(engine_.recordBulk({id, std::string(kEngineActor), step}));
    }

    Engine& engine_;
    const sqlite::ReadModel& model_;
    const ProblemReport on_problem_;
    mutable std::mutex mutex_;
    std::condition_variable woken_;
    std::set<std::string> told_;  ///< what has been reported and does not go on yet
    std::list<BulkRun> runs_;     ///< oldest first
    bool taken_up_ = false;       ///< what was unfinished at the start
    bool stopping_ = false;
    std::thread thread_;
};

BulkRunner::BulkRunner(Engine& engine, const sqlite::ReadModel& model, ProblemReport on_problem)
    : impl_(std::make_unique<Impl>(engine, model, std::move(on_problem))) {}

BulkRunner::~BulkRunner() = default;

void BulkRunner::start() {
    impl_->start();
}

void BulkRunner::stop() {
    impl_->stop();
}

Result<BulkView> BulkRunner::redeliver(const BulkRequest& request, const std::string& actor,
                                       bool actor_claimed) {
    return impl_->redeliver(request, actor, actor_claimed);
}

Result<BulkView> BulkRunner::cancel(const BulkRequest& request, const std::string& actor,
                                    bool actor_claimed) {
    return cancelMany(impl_->engine(), impl_->model(), request, actor, actor_claimed);
}

Result<BulkView> BulkRunner::find(const StreamId& id) const {
    return impl_->find(id);
}

Result<Page<BulkView>> BulkRunner::list(std::uint32_t limit, const std::string& cursor) const {
    return impl_->list(limit, cursor);
}

Result<BulkView> BulkRunner::change(const StreamId& id, BulkAction action, const std::string& actor,
                                    bool actor_claimed) {
    return impl_->change(id, action, actor, actor_claimed);
}

}  // namespace waybill::server
