#include <algorithm>

#include "feed/questions.h"

namespace waybill::gui {
namespace {

using std::chrono::seconds;

constexpr std::uint32_t kStretchEvents = 200;
constexpr std::uint32_t kTailPageEvents = 500;

constexpr Duration kStretchAge = seconds(1);
constexpr Duration kTailAge = seconds(1);

/// Whether it is not known yet where the log ends.
bool headIsToCome(const Snapshot& seen) {
    return seen.head == 0 && !seen.info && !seen.info.unsupported;
}

/// The position before the newest events.
std::uint64_t beforeNewest(const Snapshot& seen) {
    return seen.head - std::min<std::uint64_t>(seen.head, kStretchEvents);
}

Result<EventStretch> stretchOf(Result<Page<EventView>>& page, std::uint64_t after, bool at_head) {
    if (!page.ok()) return page.refusal();
    EventStretch stretch{after, at_head, {}};
    DeliveryNames names;
    for (EventView& event : page.value().data) {
        EventLine line = lineOf(std::move(event));
        names.nameOf(line);
        stretch.lines.push_back(std::make_shared<const EventLine>(std::move(line)));
    }
    return stretch;
}

void pollFrom(Feed::Core& core, std::uint64_t after) {
    std::vector<EventView> events;
    core.ask([&](AdminApi& api) { return api.events(after, kTailPageEvents); },
             [&](Snapshot&, Result<Page<EventView>>& page) {
                 if (page.ok()) events = std::move(page).value().data;
             });
    for (const EventView& event : events)
        core.addTailLine(event);
    core.flushTail();
}

void followFrom(Feed::Core& core, std::uint64_t after) {
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
    } catch (...) {
        core.publish([](Snapshot& next) { next.tail_connected = false; });
        core.failed();
    }
}

}  // namespace

void askForStretch(Tick& tick) {
    const std::string key =
        tick.want.stretch_at_head ? "head" : std::to_string(tick.want.stretch_after);
    const bool other = key != tick.due.stretch_key;
    const bool refresh = tick.want.stretch_at_head && tick.live &&
                         tick.grew(tick.due.stretch_head) &&
                         tick.old(tick.due.stretch, kStretchAge);
    if ((!other && !refresh) || tick.busy(Topic::kStretch)) return;
    if (tick.want.stretch_at_head && headIsToCome(*tick.seen)) return;
    tick.due.stretch = tick.now;
    tick.due.stretch_key = key;
    tick.due.stretch_head = tick.seen->head;
    const bool at_head = tick.want.stretch_at_head;
    const std::uint64_t after = at_head ? beforeNewest(*tick.seen) : tick.want.stretch_after;
    tick.post(Lane::kScreen, Topic::kStretch, [at_head, after](Feed::Core& core) {
        core.ask([&](AdminApi& api) { return api.events(after, kStretchEvents); },
                 [&](Snapshot& next, Result<Page<EventView>>& page) {
                     Result<EventStretch> stretch = stretchOf(page, after, at_head);
                     core.keep(next.stretch, stretch);
                 });
    });
}

void askForTail(Tick& tick) {
    if (tick.busy(Topic::kTail) || !tick.want.live || !tick.old(tick.due.tail, kTailAge)) return;
    if (!tick.due.tail_begun && headIsToCome(*tick.seen)) return;
    tick.due.tail = tick.now;
    const bool follow = tick.due.tail_begun && !tick.seen->tail_problem.starts_with("polling");
    std::uint64_t after = beforeNewest(*tick.seen);
    if (tick.seen->tail && !tick.seen->tail->empty())
        after = tick.seen->tail->back()->event.global_position;
    tick.due.tail_begun = true;
    tick.post(follow ? Lane::kTail : Lane::kBackground, Topic::kTail,
              [follow, after](Feed::Core& core) {
                  if (follow) {
                      followFrom(core, after);
                  } else {
                      pollFrom(core, after);
                  }
              });
}

}  // namespace waybill::gui
