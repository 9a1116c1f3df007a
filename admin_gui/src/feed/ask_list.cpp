#include <algorithm>
#include <array>

#include "feed/list_pages.h"
#include "feed/questions.h"

namespace waybill::gui {
namespace {

using std::chrono::seconds;

constexpr std::size_t kRowsAhead = 300;
constexpr std::array<const char*, 5> kStatuses = {"pending", "attempting", "delivered", "failed",
                                                  "cancelled"};

constexpr Duration kListAge = seconds(1);
constexpr Duration kCountsAge = seconds(4);

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

void keepList(Feed::Core& core, Snapshot& next, const std::string& key,
              Result<DeliveryList>& result) {
    if (!result.ok() && next.list_key != key) next.list.value = nullptr;
    next.list_key = key;
    core.keep(next.list, result);
}

void loadList(Tick& tick, const std::string& key, DeliveryList list, std::size_t first,
              std::size_t last) {
    tick.due.list = tick.now;
    tick.due.list_key = key;
    tick.due.list_head = tick.seen->head;
    tick.post(
        Lane::kScreen, Topic::kList,
        [key, query = *tick.want.query, list = std::move(list), first, last](Feed::Core& core) {
            core.ask([&](AdminApi& api) { return refreshed(api, query, list, first, last); },
                     [&](Snapshot& next, auto& result) { keepList(core, next, key, result); });
        });
}

void extendList(Tick& tick, const std::string& key, DeliveryList list) {
    tick.due.list = tick.now;
    tick.post(Lane::kScreen, Topic::kList,
              [key, query = *tick.want.query, list = std::move(list),
               row = tick.want.first_row](Feed::Core& core) {
                  core.ask(
                      [&](AdminApi& api) { return extended(api, query, list, row); },
                      [&](Snapshot& next, auto& result) { keepList(core, next, key, result); });
              });
}

}  // namespace

void askForList(Tick& tick) {
    if (!tick.want.query || tick.busy(Topic::kList)) return;
    const std::string key = keyOf(*tick.want.query);
    if (tick.seen->list_key != key || !tick.seen->list) {
        const bool same_failed_before =
            tick.due.list_key == key && !tick.old(tick.due.list, kListAge);
        if (!same_failed_before) return loadList(tick, key, DeliveryList(), 0, 0);
        return;
    }
    const DeliveryList& list = *tick.seen->list;
    const std::size_t last = std::min(tick.want.last_row, list.size() == 0 ? 0 : list.size() - 1);
    const std::size_t first = std::min(tick.want.first_row, last);
    if (list.size() != 0 &&
        (!list.hasPage(list.pageOf(first)) || !list.hasPage(list.pageOf(last)))) {
        return loadList(tick, key, list, first, last);
    }
    if (!list.complete() && tick.want.last_row + kRowsAhead >= list.size() &&
        (tick.seen->list.problem.empty() || tick.old(tick.due.list, kListAge))) {
        return extendList(tick, key, list);
    }
    if (tick.live && tick.grew(tick.due.list_head) && tick.old(tick.due.list, kListAge)) {
        loadList(tick, key, list, first, last);
    }
}

void askForCounts(Tick& tick) {
    if (!tick.want.query) return;
    DeliveryFilter filter = tick.want.query->filter;
    filter.status.clear();
    const std::string key = countsKeyOf(filter);
    const bool other = key != tick.due.counts_key;
    if (!other && tick.seen->counts.unsupported) return;
    if (!other &&
        !(tick.live && tick.grew(tick.due.counts_head) && tick.old(tick.due.counts, kCountsAge)))
        return;
    if (tick.busy(Topic::kCounts)) return;
    tick.due.counts = tick.now;
    tick.due.counts_key = key;
    tick.due.counts_head = tick.seen->head;
    tick.post(Lane::kBackground, Topic::kCounts, [filter, key](Feed::Core& core) {
        core.ask([&](AdminApi& api) { return countEach(api, filter); },
                 [&](Snapshot& next, auto& result) {
                     next.counts_key = key;
                     core.keep(next.counts, result);
                 });
    });
}

}  // namespace waybill::gui
