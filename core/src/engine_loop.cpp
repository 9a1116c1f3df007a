#include "engine_loop.h"

#include <algorithm>
#include <array>
#include <utility>

#include "callback_request.h"
#include "waybill/callback_url.h"
#include "waybill/worker_thread.h"

namespace waybill {

namespace {

constexpr Duration kHeartbeat = std::chrono::seconds(1);
/// Commands and outcomes that housekeeping may keep waiting.
constexpr std::size_t kFew = 64;
/// Responses that are being made, remembered so that completing one reads nothing.
constexpr std::size_t kMaxOpenResponses = 16384;

}  // namespace

EngineLoop::EngineLoop(EventLog& log, Transport& transport, EngineOptions options, Entropy& entropy,
                       std::shared_ptr<Inbox> inbox)
    : log_(log),
      transport_(transport),
      options_(std::move(options)),
      entropy_(entropy),
      inbox_(std::move(inbox)),
      schedule_({options_.max_in_flight, options_.max_in_flight_per_endpoint}) {}

// ---- the ring

MonotonicTime EngineLoop::tick(Instant now) {
    if (problem_ && !corrupt_ && now.monotonic >= reopen_at_) tryReopen(now);

    guard(now, [&] {
        inbox_->take(options_.max_batch, contents_);
        std::move(contents_.outcomes.begin(), contents_.outcomes.end(),
                  std::back_inserter(held_outcomes_));
    });
    if (problem_) {
        refuseCommands(contents_.commands);
        publishHealth(now);
        return corrupt_ ? now.monotonic + kHeartbeat : std::max(reopen_at_, now.monotonic);
    }

    std::size_t decided = 0;
    guard(now, [&] {
        if (load_after_ && !draining_) loadMore(now);
        // Whatever throws, those behind it are decided when the log has been read again.
        while (!held_outcomes_.empty()) {
            Outcome outcome = std::move(held_outcomes_.front());
            held_outcomes_.pop_front();
            decide(outcome, now);
        }
        for (; decided < contents_.commands.size(); ++decided)
            decide(*contents_.commands[decided], now);
        if (!draining_) startDue(now);
        commit(now);
    });
    if (problem_) refuseCommands(std::span(contents_.commands).subspan(decided));
    contents_.clear();
    const std::size_t waiting = inbox_->waiting();
    if (!problem_) guard(now, [&] { log_.maintain(waiting > kFew); });
    publishHealth(now);

    if (waiting > 0 || problem_) return now.monotonic;
    const MonotonicTime heartbeat = now.monotonic + kHeartbeat;
    if (draining_) return heartbeat;
    if (load_after_) return now.monotonic;
    return std::min(heartbeat, schedule_.nextDue(now.monotonic).value_or(heartbeat));
}

void EngineLoop::commit(Instant now) {
    if (!batch_.empty()) {
        append();
        for (const NewEvent& event : batch_)
            tellHost(options_.on_event, event.recorded);
        const std::lock_guard lock(health_mutex_);
        ++health_.commits;
        health_.events += batch_.size();
    }
    for (const AfterCommit& reply : std::exchange(after_commit_, {}))
        reply(nullptr);
    for (OpenDelivery* const delivery : started_)
        dispatch(*delivery, now.wall);
    for (OpenDelivery* const delivery : touched_)
        close(*delivery);
    for (const StreamId& id : touched_responses_)
        forgetResponse(id);
    clearBatch();
}

void EngineLoop::clearBatch() {
    batch_.clear();
    started_.clear();
    touched_.clear();
    touched_responses_.clear();
}

/// The one place that looks at a clock of its own: to tell how long the disk took.
void EngineLoop::append() {
    if (!options_.on_commit) {
        head_ = log_.append(batch_, head_);
        return;
    }
    const auto began = std::chrono::steady_clock::now();
    head_ = log_.append(batch_, head_);
    tellHost(options_.on_commit, batch_.size(),
             std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began));
}

/// Builds the request and sends it; its `attempt_started` is durable.
void EngineLoop::dispatch(OpenDelivery& delivery, Timestamp now) {
    if (!delivery.destination) {
        delivery.destination = log_.readDestination(delivery.state.destination_position);
    }
    if (!delivery.payload) delivery.payload = log_.readPayloadOf(delivery.state);

    // Only now: reading may have thrown, and what is on the wire is waited for.
    delivery.on_wire = delivery.state.attempts;
    ++in_flight_;
    auto done = [inbox = inbox_, id = delivery.state.id,
                 attempt = delivery.on_wire](AttemptOutcome outcome) {
        inbox->push({id, attempt, std::move(outcome)});
    };
    if (!delivery.destination || !delivery.payload) {
        AttemptOutcome outcome;
        outcome.reason = FailureReason::kConnect;
        outcome.detail = "nothing was sent: the payload or URL that lay beside the log is missing";
        done(std::move(outcome));
        return;
    }
    const auto unix_seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    try {
        transport_.send(
            callbackRequest(delivery.state, *delivery.destination, delivery.payload,
                            options_.signing_keys, unix_seconds.count(), options_.attempt_timeout),
            std::move(done));
    } catch (...) {  // No other end of this attempt would come, and its place would stay taken.
        AttemptOutcome outcome;
        outcome.reason = FailureReason::kLocalFault;
        outcome.detail = "the request could not be handed to the transport: " + currentProblem();
        inbox_->push({delivery.state.id, delivery.on_wire, std::move(outcome)});
    }
}

/// After a commit: forgets a delivery to which nothing more will happen, and tells who waited for
/// that.
void EngineLoop::close(OpenDelivery& delivery) {
    delivery.touched = false;
    if (delivery.state.live()) return;
    if (const auto watching = watchers_.extract(delivery.state.id)) {
        for (const auto& done : watching.mapped())
            done(delivery.state);
    }
    dropPayload(delivery);
    open_.erase(open_.find(delivery.state.id));
}

/// After a commit: keeps what is being made, within a limit; the rest can be read again.
void EngineLoop::forgetResponse(const StreamId& id) {
    const auto found = responses_.find(id);
    if (found == responses_.end()) return;
    const bool over = found->second.state != ResponseState::kCreated;
    if (over || responses_.size() > kMaxOpenResponses) responses_.erase(found);
}

// ---- refusing

Refusal EngineLoop::unavailable() const {
    return {RefusalCode::kUnavailable,
            "the log cannot take events now (" + problem_.value_or("stopping") +
                "); try again in a few seconds",
            {}};
}

/// Those among them that have not been answered.
void EngineLoop::refuseCommands(std::span<const std::unique_ptr<Command>> commands) {
    const Refusal refusal = unavailable();
    for (const auto& command : commands) {
        std::visit(
            [&](auto& concrete) {
                if constexpr (requires { concrete.reply(refusal); }) {
                    if (concrete.reply) concrete.reply(refusal);
                } else if constexpr (requires { concrete.done(std::nullopt); }) {
                    if (concrete.done) concrete.done(std::nullopt);
                } else {
                    decide(concrete, {});
                }
            },
            *command);
    }
}

void EngineLoop::abort(const std::string& why) {
    problem_ = why;
    inbox_->take(options_.max_waiting_commands, contents_);
    refuseCommands(contents_.commands);
    for (const auto& [id, watching] : std::exchange(watchers_, {})) {
        for (const auto& done : watching)
            done(std::nullopt);
    }
}

// ---- health

void EngineLoop::publishHealth(Instant now) {
    const bool slow_figures = now.monotonic - health_at_ >= kHeartbeat;
    std::optional<Timestamp> oldest_due;
    if (slow_figures) {
        health_at_ = now.monotonic;
        if (const auto due = schedule_.oldestDue()) oldest_due = now.wall + (*due - now.monotonic);
    }
    const std::lock_guard lock(health_mutex_);
    health_.ready = !problem_;
    health_.problem = problem_.value_or("");
    health_.pending = schedule_.waiting() + unloaded_;
    health_.in_flight = in_flight_;
    health_.last_tick = now.wall;
    if (slow_figures) health_.oldest_due = oldest_due;
}

EngineHealth EngineLoop::health() const {
    const std::lock_guard lock(health_mutex_);
    return health_;
}

}  // namespace waybill
