#include <algorithm>
#include <map>

#include "feed/questions.h"

namespace waybill::gui {
namespace {

using std::chrono::seconds;

constexpr Duration kFiguresAge = seconds(3);
constexpr Duration kAffectedAge = seconds(20);

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

/// `other`: of another time than before, whose figures must not stand in for these.
void askForStats(Tick& tick, bool other) {
    tick.post(Lane::kBackground, Topic::kStats,
              [window = tick.want.window, step = tick.want.step, other](Feed::Core& core) {
                  core.ask([&](AdminApi& api) { return api.stats(window, step); },
                           [&](Snapshot& next, auto& result) {
                               if (other && !result.ok()) next.stats.value = nullptr;
                               core.keep(next.stats, result);
                           });
              });
}

void askForEndpoints(Tick& tick, bool other) {
    tick.post(Lane::kBackground, Topic::kEndpoints,
              [window = tick.want.window, other](Feed::Core& core) {
                  core.ask([&](AdminApi& api) { return api.endpoints(window); },
                           [&](Snapshot& next, Result<Page<EndpointView>>& page) {
                               Result<std::vector<EndpointView>> all = rowsOf(page);
                               if (other && !all.ok()) next.endpoints.value = nullptr;
                               core.keep(next.endpoints, all);
                           });
              });
}

void askForAffected(Tick& tick) {
    if (tick.busy(Topic::kAffected)) return;
    tick.due.affected = tick.now;
    tick.due.affected_key = tick.want.troubled_endpoint;
    tick.post(Lane::kBackground, Topic::kAffected,
              [endpoint = tick.want.troubled_endpoint](Feed::Core& core) {
                  DeliveryFilter filter;
                  filter.endpoint = endpoint;
                  core.ask([&](AdminApi& api) { return api.deliveries(filter, 100, {}); },
                           [&](Snapshot& next, auto& page) {
                               next.affected = {endpoint, {}};
                               if (page.ok()) next.affected.clients = clientsOf(page->data);
                           });
              });
}

}  // namespace

void askForFigures(Tick& tick) {
    const std::string key =
        std::to_string(tick.want.window.count()) + "/" + std::to_string(tick.want.step.count());
    const bool other = key != tick.due.stats_key;
    const bool refresh =
        tick.live && tick.old(tick.due.stats, kFiguresAge) &&
        (tick.grew(tick.due.stats_head) || tick.old(tick.due.stats, tick.want.step));
    const bool free = !tick.busy(Topic::kStats) && !tick.busy(Topic::kEndpoints);
    if (free && (other || refresh)) {
        tick.due.stats_key = key;
        tick.due.stats = tick.now;
        tick.due.stats_head = tick.seen->head;
        if (other || !tick.seen->stats.unsupported) askForStats(tick, other);
        if (other || !tick.seen->endpoints.unsupported) askForEndpoints(tick, other);
    }
    if (!tick.want.troubled_endpoint.empty() &&
        (tick.want.troubled_endpoint != tick.due.affected_key ||
         tick.old(tick.due.affected, kAffectedAge))) {
        askForAffected(tick);
    }
}

}  // namespace waybill::gui
