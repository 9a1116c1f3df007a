#include "feed/questions.h"

namespace waybill::gui {
namespace {

using std::chrono::seconds;

constexpr Duration kPulseRefused = seconds(5);

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

void findBeginning(Feed::Core& core) {
    core.ask([](AdminApi& api) { return api.events(0, 1); },
             [](Snapshot& next, Result<Page<EventView>>& page) {
                 if (!page.ok() || page->data.empty()) return;
                 next.log_begins = page->data.front().recorded_at;
             });
}

}  // namespace

void askForPulse(Tick& tick) {
    const Link link = tick.seen->connection.link;
    if (!tick.old(tick.due.info, link == Link::kRefused ? kPulseRefused : kPulse)) return;
    if (tick.busy(Topic::kInfo)) return;
    tick.due.info = tick.now;
    tick.post(Lane::kBackground, Topic::kInfo,
              [known = tick.seen->head, ask = !tick.seen->info.unsupported,
               find_beginning = !tick.seen->log_begins](Feed::Core& core) {
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

}  // namespace waybill::gui
