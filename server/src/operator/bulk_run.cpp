#include "operator/bulk_run.h"

#include <algorithm>

#include "operator/reply_window.h"
#include "waybill/event_codec.h"

namespace waybill::server {
namespace {

constexpr std::size_t kSentAtOnce = 64;

Duration intervalOf(std::uint64_t rate_per_minute) {
    if (rate_per_minute == 0) return Duration::zero();
    return Duration(std::chrono::minutes(1)) / static_cast<std::int64_t>(rate_per_minute);
}

/// Whether the name of who asked for the run was proven stands in its first event.
bool isClaimed(const sqlite::ReadModel& model, const StreamId& run) {
    const std::vector<EventView> events = model.streamEvents(run);
    return !events.empty() && actorIsClaimed(events.front().data);
}

}  // namespace

BulkRun::BulkRun(Engine& engine, const sqlite::ReadModel& model, const BulkRedelivery& recorded)
    : engine_(engine),
      model_(model),
      id_(recorded.id),
      actor_(recorded.actor),
      actor_claimed_(isClaimed(model, recorded.id)),
      reason_(recorded.reason),
      filter_(deliveryFilterFromJson(recorded.filter)),
      matched_(recorded.matched),
      interval_(intervalOf(recorded.rate_per_minute)),
      paused_(recorded.paused) {}

RunState BulkRun::step(MonotonicTime now) {
    const EngineHealth health = engine_.health();
    if (!health.ready) return RunState::kHeld;
    if (in_doubt_) readProgress();
    if (over_) return RunState::kOver;
    if (paused_) return RunState::kPaused;
    if (done_ + refused_ >= matched_) return RunState::kFinished;
    const std::size_t allowed = allowance(now);
    if (allowed == 0) return RunState::kGoesOn;
    const auto stretch =
        model_.walkDeliveries(filter_, after_, bound_, static_cast<std::uint32_t>(allowed));
    // The filter was accepted when the run was recorded.
    if (!stretch) return RunState::kFinished;
    const RunState state = take(*stretch);
    pace(stretch->found.size(), now);
    return state;
}

void BulkRun::setPaused(bool paused, MonotonicTime now) {
    paused_ = paused;
    next_at_ = std::max(next_at_, now);  // what the rate allowed meanwhile is not made up for
}

/// The log knows what was taken, also when an answer was lost. Deliveries are taken in the order of
/// their keys, so all up to the newest one taken are done with.
void BulkRun::readProgress() {
    const sqlite::BulkProgress progress = model_.bulkProgress(id_);
    const auto recorded = model_.bulkRedelivery(id_);
    paused_ = recorded && recorded->paused;
    over_ = recorded && recorded->finished;
    done_ = progress.redelivered;
    refused_ = std::max(refused_, progress.refused);
    after_ = std::max(after_, progress.newest_key);
    bound_ = model_.streamKey(id_).value_or(0);
    in_doubt_ = false;
}

std::size_t BulkRun::allowance(MonotonicTime now) const {
    const std::uint64_t left = std::min<std::uint64_t>(kSentAtOnce, matched_ - done_ - refused_);
    if (interval_ == Duration::zero()) return left;
    if (next_at_ > now) return 0;
    const bool first = next_at_ == MonotonicTime();
    const std::uint64_t by_rate =
        first ? 1 : 1 + static_cast<std::uint64_t>((now - next_at_) / interval_);
    return std::min(left, by_rate);
}

RunState BulkRun::take(const sqlite::WalkedDeliveries& stretch) {
    ReplyWindow window;
    for (const sqlite::WalkedDelivery& delivery : stretch.found) {
        engine_.redeliver({.delivery = delivery.id,
                           .actor = actor_,
                           .reason = reason_,
                           .bulk = id_,
                           .actor_claimed = actor_claimed_},
                          window.next());
        // Later ones must not overtake it.
        if (window.lastRefused()) break;
    }
    const auto refusals = window.await();
    const std::uint64_t refused_before = refused_;
    std::size_t taken = 0;
    for (; taken < refusals.size(); ++taken) {
        const auto& refusal = refusals[taken];
        in_doubt_ = refusal && passesByItself(*refusal);
        if (in_doubt_) break;
        ++(refusal ? refused_ : done_);
        after_ = stretch.found[taken].key;
    }
    if (refused_ != refused_before) recordRefused(stretch.found[taken - 1].id);
    if (in_doubt_) return RunState::kHeld;
    if (refusals.size() < stretch.found.size()) return RunState::kGoesOn;
    after_ = std::max(after_, stretch.reached);
    return stretch.done ? RunState::kFinished : RunState::kGoesOn;
}

/// What was taken is on record with each delivery, what was not is nowhere else. If this is lost,
/// the next one says it all.
void BulkRun::recordRefused(const StreamId& through) {
    static_cast<void>(engine_.recordBulk(
        {id_, std::string(kEngineActor), BulkRedeliveryRefused{refused_, through}}));
}

void BulkRun::pace(std::size_t taken, MonotonicTime now) {
    if (interval_ == Duration::zero()) return;
    if (next_at_ == MonotonicTime()) next_at_ = now;
    next_at_ += interval_ * static_cast<std::int64_t>(taken);
}

}  // namespace waybill::server
