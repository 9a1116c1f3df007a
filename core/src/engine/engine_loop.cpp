#include "engine/engine_loop.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "domain/fold_rules.h"
#include "engine/callback_request.h"
#include "waybill/worker_thread.h"

namespace waybill {

namespace {

constexpr Duration kHeartbeat = std::chrono::seconds(1);
/// Between two looks at whether the payload budget has room again.
constexpr Duration kNoRoomRest = std::chrono::milliseconds(10);
/// Commands and outcomes that housekeeping may keep waiting.
constexpr std::size_t kFew = 64;
/// Responses that are being made, remembered so that completing one reads nothing.
constexpr std::size_t kMaxOpenResponses = 16384;
constexpr std::size_t kDefaultPayloadMemory = 512 * 1024 * 1024;

EngineOptions withDefaults(EngineOptions options) {
    if (!options.payload_memory)
        options.payload_memory = std::make_shared<ByteBudget>(kDefaultPayloadMemory);
    // What waits must leave room for what is sent.
    options.cached_payload_bytes =
        std::min(options.cached_payload_bytes, options.payload_memory->limit() / 4);
    return options;
}

}  // namespace

EngineLoop::EngineLoop(EventLog& log, Transport& transport, EngineOptions options, Entropy& entropy,
                       std::shared_ptr<Inbox> inbox, std::shared_ptr<HostFence> fence)
    : log_(log),
      transport_(transport),
      options_(withDefaults(std::move(options))),
      fence_(fence ? std::move(fence) : std::make_shared<HostFence>(options_.on_problem)),
      entropy_(entropy, fence_),
      inbox_(std::move(inbox)),
      accounts_(options_.client_limits),
      schedule_(emptySchedule()) {}

Schedule EngineLoop::emptySchedule() {
    return Schedule({options_.max_in_flight, options_.max_in_flight_per_endpoint,
                     options_.max_in_flight_per_client},
                    &accounts_);
}

// ---- the ring

MonotonicTime EngineLoop::tick(Instant now) {
    noticeClockStep(now);
    if (problem_ && now.monotonic >= reopen_at_) tryReopen(now);

    guard(now, [&] { take(); });
    if (!problem_) {
        guard(now, [&] {
            if (load_after_ && !draining_) loadMore(now);
            decideAll(now);
            if (!draining_) startDue(now);
            commit(now);
        });
    }
    dropCommands();
    const std::size_t waiting = inbox_->waiting();
    if (!problem_) guard(now, [&] { log_.maintain(waiting > kFew); });
    publishHealth(now);

    if (problem_) return std::max(reopen_at_, now.monotonic);
    if (waiting > 0) return now.monotonic;
    const MonotonicTime heartbeat = now.monotonic + kHeartbeat;
    if (draining_) return heartbeat;
    if (load_after_) return now.monotonic;
    if (no_room_) return now.monotonic + kNoRoomRest;
    return std::min(heartbeat, schedule_.nextDue(now.monotonic).value_or(heartbeat));
}

/// Outcomes go to `outcomes_` and stay there until they are durable.
void EngineLoop::take() {
    const auto keepOutcomes = [this] {
        std::vector<Outcome>& came = contents_.outcomes;
        outcomes_.reserve(outcomes_.size() + came.size());
        std::move(came.begin(), came.end(), std::back_inserter(outcomes_));
        came.clear();
    };
    keepOutcomes();  // those that there was no memory for last time
    inbox_->take(options_.max_batch, options_.max_batch_bytes, contents_);
    for (const auto& command : contents_.commands)
        std::visit(
            [this](auto& concrete) {
                if constexpr (requires { concrete.reply.through(fence_); })
                    concrete.reply.through(fence_);
            },
            *command);
    keepOutcomes();
}

// ---- starting what is due

void EngineLoop::startDue(Instant now) {
    no_room_ = false;
    for (std::size_t i = 0; i < options_.max_batch; ++i) {
        const auto key = no_room_for_ ? std::exchange(no_room_for_, std::nullopt)
                                      : schedule_.takeNext(now.monotonic);
        if (!key) return;
        Held* const delivery = heldForStart(*key);
        if (delivery == nullptr) {
            schedule_.finished(*key, Feedback::kFailed, now.monotonic);
            continue;
        }
        Load loaded = load(*delivery);
        if (loaded != Load::kReady && dropCachedPayloads()) loaded = load(*delivery);
        if (loaded == Load::kReady) {
            start(*delivery, *key, now);
        } else if (loaded == Load::kNoRoomForClient) {
            schedule_.putBackUntil(*key, now.monotonic + kNoRoomRest);
        } else {  // It stays the next one, or small payloads would overtake a large one for ever.
            no_room_for_ = key;
            no_room_ = true;
            return;
        }
    }
}

/// What was next, and had no room, is where it would be without that. For whatever changes the
/// line.
void EngineLoop::waitInLineAgain() {
    if (no_room_for_) schedule_.putBack(*no_room_for_);
    no_room_for_.reset();
}

/// Null for one that cannot be read, or that the log knows not to be waiting.
EngineLoop::Held* EngineLoop::heldForStart(Schedule::Key key) {
    Held* delivery = nullptr;
    if (const auto found = held_at_.find(key); found != held_at_.end()) {
        delivery = found->second;
    } else {
        try {
            auto state = log_.findDeliveryAcceptedAt(key);
            if (state) delivery = &hold(*std::move(state));
        } catch (const CorruptLog& error) {
            setAside(error);
        }
    }
    const bool waits = delivery != nullptr && delivery->state.status == DeliveryStatus::kPending &&
                       delivery->state.live() && !set_aside_.contains(delivery->state.id);
    return waits ? delivery : nullptr;
}

/// Everything that is read for an attempt is read before its start is staged: what the log holds
/// beside it may be damaged, or the log fail.
EngineLoop::Load EngineLoop::load(Held& delivery) {
    delivery.damage.clear();
    try {
        if (!delivery.payload) {
            const Load loaded = loadPayload(delivery);
            if (loaded != Load::kReady) return loaded;
        }
        if (!delivery.destination)
            delivery.destination = log_.readDestination(delivery.state.destination_position);
        if (!delivery.destination) delivery.damage = "its URL, stored beside the log, is missing";
        if (!delivery.payload) delivery.damage = "its payload, stored beside the log, is missing";
    } catch (const DamagedBytes& damaged) {
        delivery.damage = damaged.message();
    }
    return Load::kReady;
}

EngineLoop::Load EngineLoop::loadPayload(Held& delivery) {
    const auto lacksRoom = [&](const ByteBudget& budget) {
        const std::size_t used = budget.used();
        return used != 0 && used + delivery.state.payload_bytes > budget.limit();
    };
    const auto& memory = memoryOf(delivery.state.client);
    if (lacksRoom(*memory)) return Load::kNoRoomForClient;
    if (lacksRoom(*options_.payload_memory)) return Load::kNoRoom;
    Bytes payload = stagedPayload(delivery.state);
    if (!payload) payload = log_.readPayloadOf(delivery.state);
    if (!payload) return Load::kReady;
    delivery.payload = ByteBudget::tryHold(memory, payload);
    return delivery.payload ? Load::kReady : Load::kNoRoom;
}

/// Of a delivery that the batch in hand accepts, with the object that it completes or its own
/// bytes.
Bytes EngineLoop::stagedPayload(const Delivery& delivery) const {
    const StreamId& stream =
        delivery.payload_stream.empty() ? delivery.id : delivery.payload_stream;
    for (std::uint64_t at = delivery.accepted_position; at > head_.global_position; --at) {
        const NewEvent& event = batch_[at - head_.global_position - 1];
        if (event.attachments.payload && event.recorded.stream == stream)
            return event.attachments.payload;
    }
    return nullptr;
}

/// What only waits can be read again, and gives way to what is due. False: there was nothing.
bool EngineLoop::dropCachedPayloads() {
    if (cached_payload_bytes_ == 0) return false;
    for (auto& [id, delivery] : held_)
        if (delivery.cached != 0) dropPayload(delivery);
    return true;
}

void EngineLoop::start(Held& delivery, Schedule::Key key, Instant now) {
    tellHost("on_start", options_.on_start, now.wall - *delivery.state.next_attempt_at);
    if (!delivery.damage.empty()) return failDamaged(delivery, key, now);
    const Delivery& state = delivery.state;
    OnWire& wire = on_wire_[state.id];
    wire.key = key;
    wire.staged = {state.attempts + 1, state.client, state.endpoint, delivery.destination->token};
    // It waits no longer.
    cached_payload_bytes_ -= std::exchange(delivery.cached, 0);
    stageOn(delivery, kEngineActor, {decideStart(delivery.state), {}}, now);
    started_.push_back(&delivery);
}

/// An attempt of which nothing was sent: start and end in one commit.
void EngineLoop::failDamaged(Held& delivery, Schedule::Key key, Instant now) {
    AttemptOutcome outcome;
    outcome.reason = FailureReason::kDamaged;
    outcome.detail = delivery.damage;
    fence_->problem("a delivery that cannot be sent", delivery.state.id + ": " + delivery.damage);
    stageOn(delivery, kEngineActor, {decideStart(delivery.state), {}}, now);
    schedule_.finished(key, Feedback::kFailed, now.monotonic);
    stageOn(delivery, kEngineActor,
            decideOutcome(delivery.state, std::move(outcome), {}, {}, now.wall, 0.0), now);
    dropPayload(delivery);
}

// ---- staging

NewEvent& EngineLoop::stage(const StreamId& stream, std::uint64_t position, Actor actor,
                            Decided&& decided, Timestamp now) {
    NewEvent& event = batch_.emplace_back();
    event.recorded.global_position = head_.global_position + batch_.size();
    event.recorded.stream = stream;
    event.recorded.position = position;
    event.recorded.recorded_at = now;
    event.recorded.actor = actor.name;
    event.recorded.actor_claimed = actor.claimed;
    event.recorded.event = std::move(decided.event);
    event.attachments = std::move(decided.attachments);
    return event;
}

void EngineLoop::stageOn(Held& delivery, Actor actor, Decided&& decided, Instant now) {
    const NewEvent& event =
        stage(delivery.state.id, delivery.state.position + 1, actor, std::move(decided), now.wall);
    const bool was_live = delivery.state.live();
    foldInto(delivery.state, event.recorded);
    if (accounts_.limitsBytes()) countPending(delivery.state, was_live);
    schedule(delivery.state, now);
    touch(delivery);
}

/// Puts a delivery where its state says that it belongs: in the line for its next attempt, or not.
void EngineLoop::schedule(const Delivery& state, Instant now) {
    if (no_room_for_ == state.accepted_position) waitInLineAgain();
    if (state.next_attempt_at) {
        schedule_.add(state.accepted_position, state.client, state.endpoint,
                      now.monotonic + (*state.next_attempt_at - now.wall));
    } else {
        schedule_.remove(state.accepted_position);
    }
}

/// `forget` will look at it after the commit.
void EngineLoop::touch(Held& delivery) {
    if (delivery.touched) return;
    touched_.push_back(&delivery);
    delivery.touched = true;
}

/// In memory from now on, until `forget`.
EngineLoop::Held& EngineLoop::hold(Delivery state) {
    const auto [found, is_new] = held_.try_emplace(state.id);
    Held& delivery = found->second;
    if (is_new) delivery.state = std::move(state);
    held_at_[delivery.state.accepted_position] = &delivery;
    touch(delivery);
    return delivery;
}

void EngineLoop::cachePayload(Held& delivery, const Bytes& payload) {
    if (!payload || cached_payload_bytes_ + payload->size() > options_.cached_payload_bytes) return;
    delivery.payload = ByteBudget::tryHold(memoryOf(delivery.state.client), payload);
    if (!delivery.payload) return;
    delivery.cached = payload->size();
    cached_payload_bytes_ += delivery.cached;
}

void EngineLoop::dropPayload(Held& delivery) {
    cached_payload_bytes_ -= std::exchange(delivery.cached, 0);
    delivery.payload.reset();
}

// ---- committing and what follows

void EngineLoop::commit(Instant now) {
    if (!batch_.empty()) {
        append();
        for (const NewEvent& event : batch_)
            tellHost("on_event", options_.on_event, event.recorded);
        const std::lock_guard lock(health_mutex_);
        ++health_.commits;
        health_.events += batch_.size();
    }
    settleWire();
    for (Pending& pending : pending_)
        give(pending);
    pending_.clear();
    for (Held* const delivery : started_)
        dispatch(*delivery, now.wall);
    forget();
    clearBatch();
}

/// The one place that looks at a clock of its own: to tell how long the disk took.
void EngineLoop::append() {
    const auto began = std::chrono::steady_clock::now();
    head_ = log_.append(batch_, head_);
    tellHost("on_commit", options_.on_commit, batch_.size(),
             std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began));
}

/// Outcomes are durable.
void EngineLoop::settleWire() {
    for (const Outcome& outcome : outcomes_) {
        const auto found = on_wire_.find(outcome.delivery);
        if (found == on_wire_.end() || found->second.flight.attempt != outcome.attempt) continue;
        found->second.flight = {};
        found->second.decided = false;
        if (found->second.staged.attempt == 0) on_wire_.erase(found);
    }
    outcomes_.clear();
}

void EngineLoop::give(Pending& pending) {
    std::visit(
        [](auto& answered) {
            using Answer = std::decay_t<decltype(answered)>;
            if constexpr (std::is_same_v<Answer, AnsweredSubmission>) {
                answered.reply.give(Accepted{answered.delivery->state, false});
            } else {
                answered.reply.give(std::move(answered.result));
            }
        },
        pending);
}

/// Builds the request and sends it; its `attempt_started` is durable. From here on the payload is
/// the transport's, which drops it once it is sent.
void EngineLoop::dispatch(Held& delivery, Timestamp now) {
    const Delivery& state = delivery.state;
    OnWire& wire = on_wire_.at(state.id);
    AttemptRequest request;
    const bool made = contained(fence_->report(), "the request of an attempt", [&] {
        inbox_->makeRoom(on_wire_.size());
        const auto unix_seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
        request =
            callbackRequest(state, *delivery.destination, std::exchange(delivery.payload, nullptr),
                            options_.signing_keys, unix_seconds.count(), options_.attempt_timeout);
        request.client = state.client;
    });
    // Not before: what throws until here leaves no attempt whose end nobody will tell.
    wire.flight = std::exchange(wire.staged, {});
    const bool handed = made && fence_->call("transport", [&] {
        transport_.send(std::move(request),
                        [inbox = inbox_, id = state.id,
                         attempt = state.attempts](AttemptOutcome outcome) mutable {
                            inbox->push({std::move(id), attempt, std::move(outcome)});
                        });
    });
    dropPayload(delivery);
    if (handed) return;
    // No other end of this attempt would come, and its place would stay taken.
    try {
        AttemptOutcome outcome;
        outcome.reason = FailureReason::kLocalFault;
        outcome.detail = "the request could not be handed to the transport";
        inbox_->push(Outcome{state.id, state.attempts, std::move(outcome)});
    } catch (...) {  // Without memory for that it is abandoned when the log is read again.
        wire.flight = {};
        throw;
    }
}

/// After a commit: memory holds what is on the wire and, within a limit, what waits. Everything
/// else can be read again.
void EngineLoop::forget() {
    for (Held* const delivery : touched_) {
        delivery->touched = false;
        const bool live = delivery->state.live();
        if (!live) tellWatchers(delivery->state);
        const bool needed = on_wire_.contains(delivery->state.id);
        if (!needed && (!live || held_.size() > kMaxHeld)) erase(*delivery);
    }
    for (const StreamId& id : touched_responses_) {
        const auto found = responses_.find(id);
        if (found == responses_.end()) continue;
        const bool over = found->second.state != ResponseState::kCreated;
        if (over || responses_.size() > kMaxOpenResponses) responses_.erase(found);
    }
    for (const std::string& endpoint : touched_endpoints_) {
        const auto found = endpoints_.find(endpoint);
        if (found != endpoints_.end() && !found->second.paused) endpoints_.erase(found);
    }
}

void EngineLoop::erase(Held& delivery) {
    dropPayload(delivery);
    held_at_.erase(delivery.state.accepted_position);
    held_.erase(held_.find(delivery.state.id));
}

void EngineLoop::tellWatchers(const Delivery& state) {
    auto watching = watchers_.extract(state.id);
    if (!watching) return;
    for (Watcher& watcher : watching.mapped())
        watcher.reply.give(state);
}

void EngineLoop::clearBatch() {
    batch_.clear();
    started_.clear();
    touched_.clear();
    touched_responses_.clear();
    touched_endpoints_.clear();
}

/// Whoever was not answered is answered now, with what is wrong.
void EngineLoop::dropCommands() {
    for (const auto& command : contents_.commands) {
        if (!command) continue;
        if (auto* keys = std::get_if<SetSigningKeysCommand>(command.get())) decide(*keys, {});
        if (auto* unwatch = std::get_if<UnwatchCommand>(command.get())) decide(*unwatch, {});
    }
    contents_.commands.clear();
}

void EngineLoop::abort(const std::string& why) {
    problem_ = why;
    fence_->setProblem(why);
    watchers_.clear();
    do {
        take();
        dropCommands();
    } while (inbox_->waiting() > 0);
}

}  // namespace waybill
