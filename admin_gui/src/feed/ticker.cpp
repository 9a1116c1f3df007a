#include "feed/ticker.h"

#include "feed/questions.h"

namespace waybill::gui {
namespace {

bool unreachable(Link link) {
    return link == Link::kLost || link == Link::kRefused;
}

}  // namespace

void tickOnce(const std::shared_ptr<Feed::Core>& core, Lanes& lanes, const Interest& want) {
    Tick tick(core, lanes, want);
    if (tick.old(tick.due.tail_flush, kTailFlush)) {
        tick.due.tail_flush = tick.now;
        core->flushTail();
    }
    core->tail_wanted = want.tail && want.live;
    askForPulse(tick);
    if (unreachable(tick.seen->connection.link)) return;
    if (want.deliveries) askForList(tick);
    if (!want.lookup.empty()) askForLookup(tick);
    if (!want.open.empty()) askForOpenDelivery(tick);
    askForRuns(tick);
    if (want.deliveries) askForCounts(tick);
    if (want.figures) askForFigures(tick);
    if (want.tail) askForTail(tick);
    if (want.stretch) askForStretch(tick);
}

}  // namespace waybill::gui
