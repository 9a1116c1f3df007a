#include "model/ticker.h"

#include <algorithm>
#include <array>
#include <map>

#include "model/list_pages.h"

namespace waybill::gui {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kRowsAhead = 300;
constexpr std::uint32_t kStretchEvents = 200;
constexpr std::uint32_t kTailPageEvents = 500;
constexpr std::uint32_t kFoundRuns = 20;
constexpr std::array<const char*, 5> kStatuses = {"pending", "attempting", "delivered", "failed",
                                                  "cancelled"};

constexpr Duration kPulse = seconds(1);
constexpr Duration kPulseRefused = seconds(5);
constexpr Duration kListAge = seconds(1);
constexpr Duration kFiguresAge = seconds(3);
constexpr Duration kCountsAge = seconds(4);
constexpr Duration kAffectedAge = seconds(20);
constexpr Duration kRunAge = milliseconds(500);
constexpr Duration kFoundRunsAge = seconds(5);
constexpr Duration kFinishedRunAge = seconds(8);
constexpr Duration kTailFlush = milliseconds(100);

Result<PayloadText> payloadOf(AdminApi& api, const StreamId& id) {
    Result<Bytes> bytes = api.payload(id);
    if (!bytes.ok()) return bytes.refusal();
    return payloadText(std::move(bytes).value());
}

/// `operator:kim` is kim.
std::string nameIn(const std::string& actor) {
    return actor.substr(actor.find(':') + 1);
}

/// The clients of deliveries that are not done with, most first.
std::vector<std::string> clientsOf(const std::vector<DeliveryView>& rows) {
    std::map<std::string, int> open;
    for (const DeliveryView& row : rows) {
        if (row.status != "delivered" && row.status != "cancelled") ++open[row.client];
    }
    std::vector<std::pair<std::string, int>> counted(open.begin(), open.end());
    std::stable_sort(counted.begin(), counted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::vector<std::string> clients;
    for (auto& [client, count] : counted)
        clients.push_back(client);
    return clients;
}

Result<StatusCounts> countEach(AdminApi& api, DeliveryFilter filter) {
    StatusCounts counts;
    for (const char* status : kStatuses) {
        filter.status = status;
        const auto count = api.countDeliveries(filter);
        if (!count.ok()) return count.refusal();
        counts[status] = *count;
    }
    return counts;
}

/// Where the log ends, of a source that does not say: in steps that double from a position known to
/// exist, then by halves. Two questions where it did not grow.
Result<std::uint64_t> headFrom(AdminApi& api, std::uint64_t known) {
    const auto exists = [&](std::uint64_t position) -> Result<bool> {
        const auto page = api.events(position - 1, 1);
        if (!page.ok()) return page.refusal();
        return !page->data.empty();
    };
    std::uint64_t step = 1;
    std::uint64_t beyond = known + step;
    for (auto found = exists(beyond);; found = exists(beyond)) {
        if (!found.ok()) return found.refusal();
        if (!*found) break;
        known = beyond;
        beyond += step *= 2;
    }
    while (beyond - known > 1) {
        const std::uint64_t middle = known + (beyond - known) / 2;
        const auto found = exists(middle);
        if (!found.ok()) return found.refusal();
        (*found ? known : beyond) = middle;
    }
    return known;
}

class Ticker {
public:
    using Core = Feed::Core;

    Ticker(const std::shared_ptr<Core>& core, Lanes& lanes, const Interest& want)
        : core_(core),
          lanes_(lanes),
          want_(want),
          seen_(core->current()),
          due_(core->due),
          now_(core->now()),
          acted_(core->stale.exchange(false)),
          live_(want.live || acted_) {}

    void run() {
        if (now_ - due_.tail_flush >= kTailFlush) {
            due_.tail_flush = now_;
            core_->flushTail();
        }
        core_->tail_wanted = want_.tail && want_.live;
        pulse();
        if (seen_->connection.link == Link::kLost || seen_->connection.link == Link::kRefused)
            return;
        if (want_.deliveries) list();
        if (!want_.open.empty()) open();
        runs();
        if (want_.deliveries) counts();
        if (want_.figures) figures();
        if (want_.tail) tail();
        if (want_.stretch) stretch();
    }

private:
    bool old(Timestamp& asked, Duration age) const { return now_ - asked >= age; }

    /// Whether the log grew since a thing was read.
    bool grew(std::uint64_t head_then) const { return acted_ || head_then != seen_->head; }

    template <typename Job>
    void post(Lane lane, Topic topic, Job job) {
        auto& busy = core_->busy[static_cast<std::size_t>(topic)];
        if (busy.exchange(true)) return;
        lanes_.post(lane, [core = core_, topic, job = std::move(job)] {
            job(*core);
            core->busy[static_cast<std::size_t>(topic)] = false;
            // There may be more to ask, now that this is done; after a pulse there is time.
            if (topic != Topic::kInfo && core->options.changed) core->options.changed();
        });
    }
    bool busy(Topic topic) const { return core_->busy[static_cast<std::size_t>(topic)]; }

    void pulse() {
        const Link link = seen_->connection.link;
        if (!old(due_.info, link == Link::kRefused ? kPulseRefused : kPulse)) return;
        if (busy(Topic::kInfo)) return;
        due_.info = now_;
        post(Lane::kBackground, Topic::kInfo,
             [known = seen_->head, ask = !seen_->info.unsupported,
              find_beginning = !seen_->log_begins](Core& core) {
                 if (find_beginning) findBeginning(core);
                 bool unsupported = !ask;
                 if (ask) {
                     core.ask([](AdminApi& api) { return api.info(); },
                              [&](Snapshot& next, Result<InfoView>& info) {
                                  core.keep(next.info, info);
                                  unsupported = next.info.unsupported;
                                  if (info.ok()) next.head = next.info->head_position;
                              },
                              true);
                 }
                 if (!unsupported) return;
                 core.ask([&](AdminApi& api) { return headFrom(api, known); },
                          [](Snapshot& next, Result<std::uint64_t>& head) {
                              if (head.ok()) next.head = *head;
                          },
                          true);
             });
    }

    static void findBeginning(Core& core) {
        core.ask([](AdminApi& api) { return api.events(0, 1); },
                 [](Snapshot& next, Result<Page<EventView>>& page) {
                     if (!page.ok() || page->data.empty()) return;
                     next.log_begins = page->data.front().recorded_at;
                 });
    }

    void list() {
        const std::string key = keyOf(want_.query);
        if (busy(Topic::kList)) return;
        if (seen_->list_key != key || !seen_->list) {
            const bool same_failed_before = due_.list_key == key && !old(due_.list, kListAge);
            if (!same_failed_before) return loadList(key, DeliveryList(), 0, 0);
            return;
        }
        const DeliveryList& list = *seen_->list;
        const std::size_t last = std::min(want_.last_row, list.size() == 0 ? 0 : list.size() - 1);
        const std::size_t first = std::min(want_.first_row, last);
        if (list.size() != 0 &&
            (!list.hasPage(list.pageOf(first)) || !list.hasPage(list.pageOf(last)))) {
            return loadList(key, list, first, last);
        }
        if (!list.complete() && want_.last_row + kRowsAhead >= list.size() &&
            (seen_->list.problem.empty() || old(due_.list, kListAge))) {
            return extendList(key, list);
        }
        if (live_ && grew(due_.list_head) && old(due_.list, kListAge)) {
            loadList(key, list, first, last);
        }
    }

    void loadList(const std::string& key, DeliveryList list, std::size_t first, std::size_t last) {
        due_.list = now_;
        due_.list_key = key;
        due_.list_head = seen_->head;
        post(Lane::kScreen, Topic::kList,
             [key, query = want_.query, list = std::move(list), first, last](Core& core) {
                 core.ask([&](AdminApi& api) { return refreshed(api, query, list, first, last); },
                          [&](Snapshot& next, auto& result) { keepList(core, next, key, result); });
             });
    }

    void extendList(const std::string& key, DeliveryList list) {
        due_.list = now_;
        post(Lane::kScreen, Topic::kList,
             [key, query = want_.query, list = std::move(list), row = want_.first_row](Core& core) {
                 core.ask([&](AdminApi& api) { return extended(api, query, list, row); },
                          [&](Snapshot& next, auto& result) { keepList(core, next, key, result); });
             });
    }

    static void keepList(Core& core, Snapshot& next, const std::string& key,
                         Result<DeliveryList>& result) {
        if (!result.ok() && next.list_key != key) next.list.value = nullptr;
        next.list_key = key;
        core.keep(next.list, result);
    }

    void counts() {
        DeliveryFilter filter = want_.query.filter;
        filter.status.clear();
        const std::string key = filterArguments(filter);
        const bool other = key != due_.counts_key;
        if (!other && seen_->counts.unsupported) return;
        if (!other && !(live_ && grew(due_.counts_head) && old(due_.counts, kCountsAge))) return;
        if (busy(Topic::kCounts)) return;
        due_.counts = now_;
        due_.counts_key = key;
        due_.counts_head = seen_->head;
        post(Lane::kBackground, Topic::kCounts, [filter](Core& core) {
            core.ask([&](AdminApi& api) { return countEach(api, filter); },
                     [&](Snapshot& next, auto& result) { core.keep(next.counts, result); });
        });
    }

    void open() {
        const bool other = want_.open != due_.detail_id;
        if (other) {
            due_.detail_id = want_.open;
            due_.events_key.clear();
            due_.payload_key.clear();
            core_->publish([&](Snapshot& next) {
                next.open = OpenDelivery();
                next.open.id = want_.open;
            });
            seen_ = core_->current();
        }
        const bool refresh = live_ && grew(due_.detail_head) && old(due_.detail, kListAge);
        if ((other || refresh || !seen_->open.detail.read_at.time_since_epoch().count()) &&
            (other || old(due_.detail, kListAge)) && !busy(Topic::kDetail)) {
            due_.detail = now_;
            due_.detail_head = seen_->head;
            post(Lane::kScreen, Topic::kDetail, [id = want_.open](Core& core) {
                core.ask([&](AdminApi& api) { return api.delivery(id); },
                         [&](Snapshot& next, auto& result) {
                             if (next.open.id == id) core.keep(next.open.detail, result);
                         });
            });
        }
        if (want_.open_events) openEvents();
        if (want_.open_payload) openPayload();
    }

    /// The events change with the delivery, and only then.
    void openEvents() {
        const auto& detail = seen_->open.detail;
        if (!detail || busy(Topic::kOpenEvents)) return;
        const std::string key = want_.open + formatTimestamp(detail->delivery.updated_at) +
                                std::to_string(detail->delivery.attempt_count);
        if (key == due_.events_key) return;
        due_.events_key = key;
        post(Lane::kScreen, Topic::kOpenEvents, [id = want_.open](Core& core) {
            core.ask([&](AdminApi& api) { return api.deliveryEvents(id); },
                     [&](Snapshot& next, Result<Page<EventView>>& page) {
                         if (next.open.id != id) return;
                         Result<std::vector<EventView>> events =
                             page.ok() ? Result<std::vector<EventView>>(page->data)
                                       : Result<std::vector<EventView>>(page.refusal());
                         core.keep(next.open.events, events);
                     });
        });
    }

    void openPayload() {
        if (due_.payload_key == want_.open || busy(Topic::kPayload)) return;
        due_.payload_key = want_.open;
        post(Lane::kScreen, Topic::kPayload, [id = want_.open](Core& core) {
            core.ask([&](AdminApi& api) { return payloadOf(api, id); },
                     [&](Snapshot& next, auto& result) {
                         if (next.open.id == id) core.keep(next.open.payload, result);
                     });
        });
    }

    void figures() {
        const std::string key =
            std::to_string(want_.window.count()) + "/" + std::to_string(want_.step.count());
        const bool other = key != due_.stats_key;
        const bool refresh = live_ && old(due_.stats, kFiguresAge) &&
                             (grew(due_.stats_head) || old(due_.stats, want_.step));
        const bool free = !busy(Topic::kStats) && !busy(Topic::kEndpoints);
        if (free && (other || refresh)) {
            due_.stats_key = key;
            due_.stats = now_;
            due_.stats_head = seen_->head;
            if (other || !seen_->stats.unsupported) stats(other);
            if (other || !seen_->endpoints.unsupported) endpoints(other);
        }
        if (!want_.troubled_endpoint.empty() &&
            (want_.troubled_endpoint != due_.affected_key || old(due_.affected, kAffectedAge))) {
            affected();
        }
    }

    /// `other`: of another time than before, whose figures must not stand in for these.
    void stats(bool other) {
        post(Lane::kBackground, Topic::kStats,
             [window = want_.window, step = want_.step, other](Core& core) {
                 core.ask([&](AdminApi& api) { return api.stats(window, step); },
                          [&](Snapshot& next, auto& result) {
                              if (other && !result.ok()) next.stats.value = nullptr;
                              core.keep(next.stats, result);
                          });
             });
    }

    void endpoints(bool other) {
        post(Lane::kBackground, Topic::kEndpoints, [window = want_.window, other](Core& core) {
            core.ask([&](AdminApi& api) { return api.endpoints(window); },
                     [&](Snapshot& next, Result<Page<EndpointView>>& page) {
                         Result<std::vector<EndpointView>> all =
                             page.ok() ? Result<std::vector<EndpointView>>(page->data)
                                       : Result<std::vector<EndpointView>>(page.refusal());
                         if (other && !all.ok()) next.endpoints.value = nullptr;
                         core.keep(next.endpoints, all);
                     });
        });
    }

    void affected() {
        if (busy(Topic::kAffected)) return;
        due_.affected = now_;
        due_.affected_key = want_.troubled_endpoint;
        post(Lane::kBackground, Topic::kAffected, [endpoint = want_.troubled_endpoint](Core& core) {
            DeliveryFilter filter;
            filter.endpoint = endpoint;
            core.ask([&](AdminApi& api) { return api.deliveries(filter, 100, {}); },
                     [&](Snapshot& next, auto& page) {
                         next.affected = {endpoint, {}};
                         if (page.ok()) next.affected.clients = clientsOf(page->data);
                     });
        });
    }

    void stretch() {
        const std::string key =
            want_.stretch_at_head ? "head" : std::to_string(want_.stretch_after);
        const bool other = key != due_.stretch_key;
        const bool refresh = want_.stretch_at_head && live_ && grew(due_.stretch_head) &&
                             old(due_.stretch, kListAge);
        if ((!other && !refresh) || busy(Topic::kStretch)) return;
        const bool head_to_come = seen_->head == 0 && !seen_->info && !seen_->info.unsupported;
        if (want_.stretch_at_head && head_to_come) return;
        due_.stretch = now_;
        due_.stretch_key = key;
        due_.stretch_head = seen_->head;
        const bool at_head = want_.stretch_at_head;
        const std::uint64_t after =
            at_head ? seen_->head - std::min<std::uint64_t>(seen_->head, kStretchEvents)
                    : want_.stretch_after;
        post(Lane::kScreen, Topic::kStretch, [at_head, after](Core& core) {
            core.ask(
                [&](AdminApi& api) { return api.events(after, kStretchEvents); },
                [&](Snapshot& next, Result<Page<EventView>>& page) {
                    if (!page.ok()) {
                        Result<EventStretch> refused(page.refusal());
                        return core.keep(next.stretch, refused);
                    }
                    EventStretch stretch{after, at_head, {}};
                    DeliveryNames names;
                    for (EventView& event : page.value().data) {
                        EventLine line = lineOf(std::move(event));
                        names.nameOf(line);
                        stretch.lines.push_back(std::make_shared<const EventLine>(std::move(line)));
                    }
                    Result<EventStretch> result(std::move(stretch));
                    core.keep(next.stretch, result);
                });
        });
    }

    /// First what was, then what comes: followed where the source can, asked for where it cannot.
    void tail() {
        if (busy(Topic::kTail) || !want_.live || !old(due_.tail, seconds(1))) return;
        if (!due_.tail_begun && seen_->head == 0 && !seen_->info.unsupported && !seen_->info)
            return;
        due_.tail = now_;
        const bool follow = due_.tail_begun && !seen_->tail_problem.starts_with("polling");
        std::uint64_t after = seen_->head - std::min<std::uint64_t>(seen_->head, kStretchEvents);
        if (seen_->tail && !seen_->tail->empty())
            after = seen_->tail->back()->event.global_position;
        due_.tail_begun = true;
        post(follow ? Lane::kTail : Lane::kBackground, Topic::kTail, [follow, after](Core& core) {
            if (follow) {
                followFrom(core, after);
            } else {
                pollFrom(core, after);
            }
        });
    }

    static void pollFrom(Core& core, std::uint64_t after) {
        std::vector<EventView> events;
        core.ask([&](AdminApi& api) { return api.events(after, kTailPageEvents); },
                 [&](Snapshot&, Result<Page<EventView>>& page) {
                     if (page.ok()) events = std::move(page).value().data;
                 });
        for (const EventView& event : events)
            core.addTailLine(event);
        core.flushTail();
    }

    static void followFrom(Core& core, std::uint64_t after) {
        core.publish([](Snapshot& next) { next.tail_connected = true; });
        try {
            const auto followed = core.api()->followEvents(after, [&](const EventView* event) {
                if (event != nullptr) core.addTailLine(*event);
                return core.tail_wanted.load();
            });
            core.publish([&](Snapshot& next) {
                next.tail_connected = false;
                next.tail_problem = followed.ok() ? "" : "polling";
            });
        } catch (const std::exception&) {
            core.publish([](Snapshot& next) { next.tail_connected = false; });
            core.failed();
        }
    }

    /// What ended well is on the screen for a while and then goes by itself.
    void clearFinishedRuns() {
        const auto done = [](const Run& run) {
            return run.bulk.state == "finished" && run.bulk.refused == 0 && run.problem.empty();
        };
        const auto gone = [&](const Run& run) {
            return done(run) && run.seen_finished && now_ - *run.seen_finished > kFinishedRunAge;
        };
        const bool any = std::any_of(seen_->runs.begin(), seen_->runs.end(), [&](const Run& run) {
            return gone(run) || (done(run) && !run.seen_finished);
        });
        if (!any) return;
        core_->publish([&](Snapshot& next) {
            std::erase_if(next.runs, gone);
            for (Run& run : next.runs) {
                if (done(run) && !run.seen_finished) run.seen_finished = now_;
            }
        });
    }

    /// Others begin runs too: with the command line, another dashboard, before this one was opened.
    void foundRuns() {
        const bool has_some = seen_->info && seen_->info->source == "daemon";
        if (!has_some || !old(due_.found_runs, kFoundRunsAge) || busy(Topic::kFoundRuns)) return;
        due_.found_runs = now_;
        post(Lane::kBackground, Topic::kFoundRuns, [](Core& core) {
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

    void runs() {
        clearFinishedRuns();
        foundRuns();
        if (!old(due_.runs, kRunAge) || busy(Topic::kRuns)) return;
        std::vector<std::pair<std::uint64_t, StreamId>> running;
        for (const Run& run : seen_->runs) {
            const bool goes_on = run.bulk.state == "running" || run.bulk.state == "paused";
            if (!run.local && goes_on) running.emplace_back(run.serial, run.bulk.id);
        }
        if (running.empty()) return;
        due_.runs = now_;
        post(Lane::kAction, Topic::kRuns, [running](Core& core) {
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

    std::shared_ptr<Core> core_;
    Lanes& lanes_;
    const Interest& want_;
    std::shared_ptr<const Snapshot> seen_;
    Core::Due& due_;
    const Timestamp now_;
    const bool acted_;  ///< here, just now: what is shown has changed
    const bool live_;
};

}  // namespace

void tickOnce(const std::shared_ptr<Feed::Core>& core, Lanes& lanes, const Interest& want) {
    Ticker(core, lanes, want).run();
}

}  // namespace waybill::gui
