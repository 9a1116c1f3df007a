#include <algorithm>

#include "model/questions.h"

namespace waybill::gui {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kRunAge = milliseconds(500);
constexpr Duration kFinishedRunAge = seconds(8);

/// What ended well is on the screen for a while and then goes by itself.
void clearFinishedRuns(Tick& tick) {
    const auto done = [](const Run& run) {
        return run.bulk.state == "finished" && run.bulk.refused == 0 && run.problem.empty();
    };
    const auto gone = [&](const Run& run) {
        return done(run) && run.seen_finished && tick.now - *run.seen_finished > kFinishedRunAge;
    };
    const bool any =
        std::any_of(tick.seen->runs.begin(), tick.seen->runs.end(),
                    [&](const Run& run) { return gone(run) || (done(run) && !run.seen_finished); });
    if (!any) return;
    tick.core->publish([&](Snapshot& next) {
        std::erase_if(next.runs, gone);
        for (Run& run : next.runs) {
            if (done(run) && !run.seen_finished) run.seen_finished = tick.now;
        }
    });
}

}  // namespace

void askForRuns(Tick& tick) {
    clearFinishedRuns(tick);
    if (!tick.old(tick.due.runs, kRunAge) || tick.busy(Topic::kRuns)) return;
    std::vector<std::pair<std::uint64_t, StreamId>> running;
    for (const Run& run : tick.seen->runs) {
        const bool goes_on = run.bulk.state == "running" || run.bulk.state == "paused";
        if (!run.local && goes_on) running.emplace_back(run.serial, run.bulk.id);
    }
    if (running.empty()) return;
    tick.due.runs = tick.now;
    tick.post(Lane::kAction, Topic::kRuns, [running](Feed::Core& core) {
        for (const auto& [serial, id] : running) {
            core.ask([&](AdminApi& api) { return api.bulkRedelivery(id); },
                     [&, serial = serial](Snapshot& next, Result<BulkView>& bulk) {
                         for (Run& run : next.runs) {
                             if (run.serial != serial) continue;
                             if (bulk.ok()) {
                                 run.bulk = *bulk;
                             } else {
                                 run.problem = bulk.refusal().message;
                                 run.bulk.state = "stopped";
                             }
                         }
                     });
        }
    });
}

}  // namespace waybill::gui
