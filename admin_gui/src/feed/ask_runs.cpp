#include <algorithm>

#include "feed/questions.h"

namespace waybill::gui {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kFinishedRunAge = seconds(8);
constexpr Duration kFoundRunsAge = seconds(5);
constexpr std::uint32_t kFoundRuns = 20;

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

/// `operator:kim` is kim.
std::string nameIn(const std::string& actor) {
    return actor.substr(actor.find(':') + 1);
}

/// Others begin runs too: with the command line, another dashboard, before this one was opened.
void askForOthersRuns(Tick& tick) {
    const bool has_some = tick.seen->info && tick.seen->info->source == "daemon";
    if (!has_some || !tick.old(tick.due.found_runs, kFoundRunsAge)) return;
    if (tick.busy(Topic::kFoundRuns)) return;
    tick.due.found_runs = tick.now;
    tick.post(Lane::kBackground, Topic::kFoundRuns, [](Feed::Core& core) {
        std::vector<BulkView> found;
        core.ask([](AdminApi& api) { return api.bulkRedeliveries(kFoundRuns, {}); },
                 [&](Snapshot&, Result<Page<BulkView>>& page) {
                     if (page.ok()) found = std::move(page).value().data;
                 });
        // The newest last, as if they had been begun here.
        for (auto bulk = found.rbegin(); bulk != found.rend(); ++bulk) {
            const bool goes_on = bulk->state == "running" || bulk->state == "paused";
            if (goes_on) core.beginRun("Re-delivery by " + nameIn(bulk->actor), false, *bulk);
        }
    });
}

}  // namespace

void askForRuns(Tick& tick) {
    clearFinishedRuns(tick);
    askForOthersRuns(tick);
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
