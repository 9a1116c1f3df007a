// Acting: what the operator asked to be done.
#include <Poco/Exception.h>

#include "feed/feed_core.h"
#include "model/export_file.h"
#include "model/format.h"

namespace waybill::gui {
namespace {

constexpr std::uint32_t kExportPage = 500;
constexpr std::uint64_t kReportEvery = 10;

std::string deliveriesCounted(std::uint64_t number) {
    return counted(number, "delivery", "deliveries");
}

BulkView localBulk(const std::string& state, std::uint64_t matched) {
    BulkView bulk;
    bulk.state = state;
    bulk.matched = matched;
    return bulk;
}

/// What one request for one delivery came to.
struct Tally {
    std::uint64_t done = 0;
    std::uint64_t refused = 0;
    std::string first_refusal{};
    bool stopped = false;
};

void count(Tally& tally, const Result<DeliveryView>& result) {
    if (result.ok()) {
        ++tally.done;
        return;
    }
    ++tally.refused;
    if (tally.first_refusal.empty()) tally.first_refusal = result.refusal().message;
}

/// One request for each id, with a run to watch when there are many. False: the other side was
/// lost on the way.
template <typename Request>
bool eachOf(Feed::Core& core, const std::string& what, const std::vector<StreamId>& ids,
            Tally& tally, Request request) {
    const std::uint64_t serial =
        ids.size() > 1 ? core.beginRun(what, true, localBulk("running", ids.size())) : 0;
    bool reached = true;
    for (const StreamId& id : ids) {
        tally.stopped = serial != 0 && core.stopAsked(serial);
        if (tally.stopped) break;
        try {
            count(tally, request(*core.api(), id));
        } catch (...) {
            core.failed();
            reached = false;
            break;
        }
        if (serial != 0 && (tally.done + tally.refused) % kReportEvery == 0) {
            core.updateRun(serial, [&](Run& run) {
                run.bulk.done = tally.done;
                run.bulk.refused = tally.refused;
            });
        }
    }
    core.updateRun(serial, [&](Run& run) {
        run.bulk.done = tally.done;
        run.bulk.refused = tally.refused;
        run.bulk.state = tally.stopped || !reached ? "stopped" : "finished";
        run.bulk.finished_at = core.now();
    });
    core.stale = true;
    return reached;
}

void report(Feed::Core& core, const Tally& tally, bool reached, const std::string& done_title,
            const std::string& done_text, const std::string& failed_title) {
    if (!reached) {
        core.notify(Severity::kProblem, failed_title,
                    "The connection was lost after " + deliveriesCounted(tally.done) +
                        ". Nothing else was changed; try again when it is back.");
    } else if (tally.done == 0 && tally.refused != 0) {
        core.notify(Severity::kProblem, failed_title, tally.first_refusal);
    } else if (tally.refused != 0) {
        core.notify(Severity::kNotice, done_title,
                    deliveriesCounted(tally.done) + " done, " + grouped(tally.refused) +
                        " refused: " + tally.first_refusal);
    } else {
        core.notify(Severity::kDone, done_title, deliveriesCounted(tally.done) + done_text);
    }
}

/// Runs something that asks once; what goes wrong becomes a notice with `title`.
template <typename Question, typename Done>
void askOnce(Feed::Core& core, const std::string& title, Question question, Done done) {
    try {
        auto result = question(*core.api());
        if (result.ok()) {
            done(*result);
        } else {
            core.notify(Severity::kProblem, title, result.refusal().message);
        }
    } catch (...) {
        core.notify(Severity::kProblem, title, currentFailure().words);
        core.failed();
    }
    core.stale = true;
    core.publish([](Snapshot&) {});
}

BulkRequest bulkRequest(const Target& target, std::optional<double> rate,
                        const std::string& reason) {
    BulkRequest request;
    request.filter = target.filter;
    request.all = target.everything;
    request.rate = rate;
    request.reason = reason;
    return request;
}

void exportPages(Feed::Core& core, const ExportOrder& order, std::uint64_t serial) {
    ExportFile file(order.path, order.csv);
    std::uint64_t written = 0;
    std::string cursor;
    do {
        auto page = core.api()->deliveries(
            order.query.filter, {kExportPage, cursor, order.query.order, order.query.reverse});
        if (!page.ok()) throw Poco::RuntimeException(page.refusal().message);
        for (const DeliveryView& row : page->data)
            file.add(row);
        written += page->data.size();
        cursor = page->next_cursor;
        core.updateRun(serial, [&](Run& run) {
            run.bulk.done = written;
            run.bulk.matched = std::max(run.bulk.matched, written);
        });
        if (core.stopAsked(serial)) {
            core.updateRun(serial, [&](Run& run) { run.bulk.state = "stopped"; });
            return core.notify(Severity::kNotice, "Export stopped", "No file was written.");
        }
    } while (!cursor.empty());
    file.finish();
    core.updateRun(serial, [&](Run& run) {
        run.bulk.matched = written;
        run.bulk.state = "finished";
        run.bulk.finished_at = core.now();
    });
    core.notify(Severity::kDone, "Exported " + deliveriesCounted(written), order.path);
}

}  // namespace

void Feed::setActor(const std::string& actor) {
    const std::lock_guard lock(core_->mutex);
    if (core_->actor == actor) return;
    core_->actor = actor;
    core_->api_made = nullptr;
}

void Feed::redeliver(const RedeliverOrder& order) {
    lanes_->post(Lane::kAction, [core = core_, order] {
        const std::string failed = "Not re-delivered";
        if (order.target.byFilter()) {
            const BulkRequest request = bulkRequest(order.target, order.rate, order.reason);
            return askOnce(
                *core, failed, [&](AdminApi& api) { return api.redeliverMany(request); },
                [&](const BulkView& bulk) {
                    core->beginRun("Re-delivery", false, bulk);
                    core->notify(Severity::kDone, "Re-delivery started",
                                 deliveriesCounted(bulk.matched) + " will be sent again.");
                });
        }
        Tally tally;
        const bool reached = eachOf(
            *core, "Re-delivery", order.target.ids, tally, [&](AdminApi& api, const StreamId& id) {
                return api.redeliver(id, order.reason, order.url, order.token);
            });
        report(*core, tally, reached, "Re-delivery queued", " queued: the attempts start at once.",
               failed);
    });
}

void Feed::callBack(const CallBackOrder& order) {
    lanes_->post(Lane::kAction, [core = core_, order] {
        askOnce(
            *core, "Not sent",
            [&](AdminApi& api) {
                return api.callResponseBack(
                    order.response, order.reason, order.url,
                    order.token.empty() ? std::nullopt : std::optional(order.token));
            },
            [&](const DeliveryView& delivery) {
                core->notify(Severity::kDone, "The stored object is sent",
                             "With the delivery " + delivery.id + ".");
            });
    });
}

void Feed::cancel(const Target& target, const std::string& reason) {
    lanes_->post(Lane::kAction, [core = core_, target, reason] {
        const std::string failed = "Not cancelled";
        if (target.byFilter()) {
            const BulkRequest request = bulkRequest(target, std::nullopt, reason);
            return askOnce(
                *core, failed, [&](AdminApi& api) { return api.cancelMany(request); },
                [&](const BulkView& bulk) {
                    // Done when it is answered: there is nothing to watch.
                    Tally tally{bulk.done, bulk.refused, {}, false};
                    if (bulk.refused != 0) tally.first_refusal = "they were finished meanwhile.";
                    report(*core, tally, true, "Cancelled", " will not be sent any more.", failed);
                });
        }
        Tally tally;
        const bool reached =
            eachOf(*core, "Cancellation", target.ids, tally,
                   [&](AdminApi& api, const StreamId& id) { return api.cancel(id, reason); });
        report(*core, tally, reached, "Cancelled", " will not be sent any more.", failed);
    });
}

std::uint64_t Feed::preview(const Target& target, std::optional<double> rate, bool cancelling) {
    std::uint64_t serial = 0;
    core_->publish([&](Snapshot& next) {
        serial = core_->next_serial++;
        next.preview = {serial, {}};
    });
    BulkRequest request = bulkRequest(target, rate, {});
    request.dry_run = true;
    lanes_->post(Lane::kScreen, [core = core_, request, serial, cancelling] {
        core->ask(
            [&](AdminApi& api) {
                return cancelling ? api.cancelMany(request) : api.redeliverMany(request);
            },
            [&](Snapshot& next, auto& result) {
                if (next.preview.serial == serial) core->keep(next.preview.bulk, result);
            });
    });
    return serial;
}

void Feed::changeRun(std::uint64_t serial, BulkAction action) {
    StreamId id;
    for (const Run& run : snapshot()->runs) {
        if (run.serial == serial && !run.local) id = run.bulk.id;
    }
    if (id.empty()) {
        const std::lock_guard lock(core_->mutex);
        if (action == BulkAction::kStop) core_->stopped_runs.insert(serial);
        return;
    }
    const Lane lane = action == BulkAction::kStop ? Lane::kStop : Lane::kBrake;
    lanes_->post(lane, [core = core_, id, serial, action] {
        askOnce(
            *core, "Not changed",
            [&](AdminApi& api) { return api.changeBulkRedelivery(id, action); },
            [&](const BulkView& bulk) {
                core->updateRun(serial, [&](Run& run) { run.bulk = bulk; });
            });
    });
}

void Feed::dismissRun(std::uint64_t serial) {
    core_->publish([&](Snapshot& next) {
        std::erase_if(next.runs, [&](const Run& run) { return run.serial == serial; });
    });
}

void Feed::pauseEndpoint(const std::string& endpoint, const std::string& reason, bool pause) {
    // Pause and resume on one lane: what is asked for last holds.
    lanes_->post(Lane::kBrake, [core = core_, endpoint, reason, pause] {
        askOnce(
            *core, pause ? "Not paused" : "Not resumed",
            [&](AdminApi& api) {
                return pause ? api.pauseEndpoint(endpoint, reason)
                             : api.resumeEndpoint(endpoint, reason);
            },
            [&](const EndpointView& view) {
                core->notify(
                    Severity::kDone, pause ? "Endpoint paused" : "Endpoint resumed",
                    pause ? "Deliveries to " + endpoint + " wait until it is resumed."
                          : deliveriesCounted(view.pending) + " to " + endpoint + " will be sent.");
            });
    });
}

void Feed::check(const std::string& url, bool send) {
    core_->publish([](Snapshot& next) { next.check = {}; });
    lanes_->post(Lane::kAction, [core = core_, url, send] {
        core->ask([&](AdminApi& api) { return api.check(url, send); },
                  [&](Snapshot& next, auto& result) { core->keep(next.check, result); });
    });
}

void Feed::exportList(const ExportOrder& order) {
    const std::uint64_t matching = order.expected;
    const std::uint64_t serial = core_->beginRun("Export", true, localBulk("running", matching));
    lanes_->post(Lane::kLong, [core = core_, order, serial] {
        try {
            exportPages(*core, order, serial);
        } catch (...) {
            core->updateRun(serial, [](Run& run) { run.bulk.state = "stopped"; });
            core->notify(Severity::kProblem, "Not exported", currentFailure().words);
        }
    });
}

void Feed::verify() {
    if (!core_->options.verify) return;
    core_->publish([](Snapshot& next) { next.verification.running = true; });
    lanes_->post(Lane::kLong, [core = core_] {
        Verification found;
        try {
            found = core->options.verify();
        } catch (...) {
            found.text = currentFailure().words;
        }
        found.running = false;
        found.at = core->now();
        core->publish([&](Snapshot& next) { next.verification = found; });
    });
}

}  // namespace waybill::gui
