#include "feed/feed.h"

#include "feed/feed_core.h"
#include "feed/tick.h"
#include "feed/ticker.h"

namespace waybill::gui {
namespace {

// How soon a thing is looked at again; see ticker.cpp for what happens then.

}  // namespace

Feed::Feed(FeedOptions options, std::unique_ptr<Lanes> lanes)
    : core_(std::make_shared<Core>(std::move(options))), lanes_(std::move(lanes)) {
    lanes_->onFailure([core = core_] { core->reportFailure(); });
}

Feed::~Feed() {
    core_->tail_wanted = false;
}

std::shared_ptr<const Snapshot> Feed::snapshot() const {
    return core_->current();
}

Timestamp Feed::now() const {
    return core_->now();
}

void Feed::tick(const Interest& interest) {
    tickOnce(core_, *lanes_, interest);
}

Duration Feed::untilNextTick() const {
    const auto seen = core_->current();
    {
        const std::lock_guard lock(core_->mutex);
        if (!core_->tail_waiting.empty()) return kTailFlush;
    }
    for (const Run& run : seen->runs) {
        if (run.bulk.state == "running") return kRunAge;
    }
    return kPulse;
}

void Feed::refreshAll() {
    core_->due.info = core_->due.list = core_->due.counts = core_->due.detail = core_->due.stats =
        core_->due.stretch = core_->due.affected = Timestamp();
    core_->due.list_head = core_->due.counts_head = core_->due.detail_head = core_->due.stats_head =
        core_->due.stretch_head = 0;
    core_->due.events_key.clear();
    core_->stale = true;
}

}  // namespace waybill::gui
