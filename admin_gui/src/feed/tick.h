// One look at what is wanted and what is here.
#pragma once

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "feed/feed_core.h"

namespace waybill::gui {

/// How old what is known of the daemon, and of a run that goes on, may grow.
inline constexpr Duration kPulse = std::chrono::seconds(1);
inline constexpr Duration kRunAge = std::chrono::milliseconds(500);
/// How long events that came are gathered before they are shown.
inline constexpr Duration kTailFlush = std::chrono::milliseconds(100);

/// On the thread that owns the feed, and only for as long as one call of `tickOnce`.
struct Tick {
    using Core = Feed::Core;

    Tick(const std::shared_ptr<Core>& feed, Lanes& posting_to, const Interest& wanted)
        : core(feed),
          lanes(posting_to),
          want(wanted),
          seen(feed->current()),
          due(feed->due),
          now(feed->now()),
          acted(feed->stale.exchange(false)),
          live(wanted.live || acted) {}

    bool old(Timestamp asked, Duration age) const { return now - asked >= age; }

    /// Whether the log grew since a thing was read.
    bool grew(std::uint64_t head_then) const { return acted || head_then != seen->head; }

    bool busy(Topic topic) const { return core->busy[static_cast<std::size_t>(topic)]; }

    /// Has `job` done on a lane, unless one of this topic is under way.
    template <typename Job>
    void post(Lane lane, Topic topic, Job job) {
        auto& under_way = core->busy[static_cast<std::size_t>(topic)];
        if (under_way.exchange(true)) return;
        // Asked again also where the job threw, or was never begun.
        std::shared_ptr<void> done(
            nullptr, [core = core, &under_way](void*) noexcept { under_way = false; });
        lanes.post(lane,
                   [core = core, topic, job = std::move(job), done = std::move(done)]() mutable {
                       job(*core);
                       done.reset();
                       // There may be more to ask, now that this is done; after a pulse there is
                       // time.
                       if (topic != Topic::kInfo && core->options.changed) core->options.changed();
                   });
    }

    const std::shared_ptr<Core> core;
    Lanes& lanes;
    const Interest& want;
    std::shared_ptr<const Snapshot> seen;
    Core::Due& due;
    const Timestamp now;
    const bool acted;  ///< here, just now: what is shown has changed
    const bool live;
};

/// What is on a page, or why there is none.
template <typename T>
Result<std::vector<T>> rowsOf(Result<Page<T>>& page) {
    if (!page.ok()) return page.refusal();
    return std::move(page).value().data;
}

}  // namespace waybill::gui
