#include "engine_loop.h"

#include <algorithm>
#include <array>
#include <utility>

#include "callback_request.h"
#include "waybill/callback_url.h"

namespace waybill {

namespace {

constexpr Duration kHeartbeat = std::chrono::seconds(1);
constexpr Duration kReopenDelay = std::chrono::seconds(1);
constexpr Duration kIdempotencyWindow = std::chrono::hours(24);
constexpr std::size_t kSaltBytes = 16;
/// Responses that are being made, remembered so that completing one reads nothing.
constexpr std::size_t kMaxOpenResponses = 16384;

std::string newSalt(Entropy& entropy) {
    std::array<std::uint8_t, kSaltBytes> bytes{};
    entropy.fill(bytes);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Feedback feedbackOf(const AttemptOutcome& outcome) {
    if (outcome.reason == FailureReason::kLocalFault) return Feedback::kLocalFault;
    if (outcome.reason == FailureReason::kTimeout) return Feedback::kPushedBack;
    if (outcome.http_status == 429 || outcome.http_status == 503) return Feedback::kPushedBack;
    return outcome.http_status ? Feedback::kAnswered : Feedback::kFailed;
}

MonotonicTime monotonicOf(Timestamp time, Instant now) {
    return now.monotonic + (time - now.wall);
}

Refusal noSuchDelivery() {
    return {RefusalCode::kNotFound, "there is no such delivery", {}};
}
Refusal noSuchResponse() {
    return {RefusalCode::kNotFound, "there is no such response", {}};
}

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
// ---------------------------------------------------------------------------------------

MonotonicTime EngineLoop::tick(Instant now) {
    if (problem_ && !corrupt_ && now.monotonic >= reopen_at_) tryReopen(now);

    Inbox::Contents contents = inbox_->take(options_.max_batch);
    std::move(contents.outcomes.begin(), contents.outcomes.end(),
              std::back_inserter(held_outcomes_));
    if (problem_) {
        refuseCommands(contents.commands);
        publishHealth(now);
        return corrupt_ ? now.monotonic + kHeartbeat : std::max(reopen_at_, now.monotonic);
    }

    try {
        for (Outcome& outcome : std::exchange(held_outcomes_, {}))
            decide(outcome, now);
        for (Command& command : contents.commands)
            decide(command, now);
        if (!draining_) startDue(now);
        commit(now);
    } catch (const CorruptLog& error) {
        corrupt_ = true;
        fail(error.displayText(), now);
    } catch (const Poco::Exception& error) {
        fail(error.displayText(), now);
    } catch (const std::exception& error) {
        fail(error.what(), now);
    }
    if (!problem_) log_.maintain(contents.more);
    publishHealth(now);

    if (contents.more || problem_) return now.monotonic;
    const MonotonicTime heartbeat = now.monotonic + kHeartbeat;
    if (draining_) return heartbeat;
    return std::min(heartbeat, schedule_.nextDue(now.monotonic).value_or(heartbeat));
}

void EngineLoop::commit(Instant now) {
    if (!batch_.empty()) {
        head_ = log_.append(batch_, head_);
        if (options_.on_event) {
            for (const NewEvent& event : batch_)
                options_.on_event(event.recorded);
        }
        const std::lock_guard lock(health_mutex_);
        ++health_.commits;
        health_.events += batch_.size();
    }
    batch_.clear();
    for (const AfterCommit& reply : std::exchange(after_commit_, {}))
        reply(nullptr);
    for (const StreamId& id : std::exchange(started_, {}))
        dispatch(id, now.wall);
    for (const StreamId& id : std::exchange(touched_, {}))
        close(id);
}

/// Builds the request and sends it; its `attempt_started` is durable.
void EngineLoop::dispatch(const StreamId& id, Timestamp now) {
    OpenDelivery& delivery = open_.at(id);
    if (!delivery.destination) {
        delivery.destination = log_.readDestination(delivery.state.destination_position);
    }
    if (!delivery.payload) delivery.payload = log_.readPayloadOf(delivery.state);

    // Only now: reading may have thrown, and what is in this table is waited for.
    const std::uint32_t attempt = delivery.state.attempts;
    const auto done = [inbox = inbox_, id, attempt](AttemptOutcome outcome) {
        inbox->push({id, attempt, std::move(outcome)});
    };
    in_flight_[id] = {attempt, delivery.state.endpoint,
                      delivery.destination ? delivery.destination->token : std::string()};
    if (!delivery.destination || !delivery.payload) {
        AttemptOutcome outcome;
        outcome.reason = FailureReason::kConnect;
        outcome.detail = "nothing was sent: the payload or URL that lay beside the log is missing";
        done(std::move(outcome));
        return;
    }
    const auto unix_seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    transport_.send(
        callbackRequest(delivery.state, *delivery.destination, delivery.payload,
                        options_.signing_keys, unix_seconds.count(), options_.attempt_timeout),
        done);
}

/// After a commit: forgets a delivery to which nothing more will happen, and tells who waited for
/// that.
void EngineLoop::close(const StreamId& id) {
    const auto found = open_.find(id);
    if (found == open_.end() || found->second.state.live()) return;
    if (const auto watching = watchers_.extract(id)) {
        for (const auto& done : watching.mapped())
            done(found->second.state);
    }
    dropPayload(found->second);
    open_.erase(found);
}

// ---- deciding
// ---------------------------------------------------------------------------------------

void EngineLoop::decide(Command& command, Instant now) {
    std::visit([&](auto& concrete) { decide(concrete, now); }, command);
}

void EngineLoop::decide(SubmitCommand& command, Instant now) {
    if (replay(command, now)) return;
    auto& event = std::get<DeliveryAccepted>(command.accepted.event);
    event.due_at = now.wall;
    accept(command.delivery, event.client, std::move(command.accepted), now);
    after_commit_.push_back(
        [this, id = command.delivery, reply = std::move(command.reply)](const Refusal* refusal) {
            refusal ? reply(*refusal) : reply(Accepted{open_.at(id).state, false});
        });
}

/// A known idempotency key answers with the delivery it made, without an event.
bool EngineLoop::replay(SubmitCommand& command, Instant now) {
    const auto& key = std::get<DeliveryAccepted>(command.accepted.event).idempotency;
    if (!key) return false;
    std::optional<IdempotentMatch> match = log_.findByIdempotencyKey(key->key);
    for (const NewEvent& staged : batch_) {
        const auto* event = std::get_if<DeliveryAccepted>(&staged.recorded.event);
        if (event == nullptr || !event->idempotency || event->idempotency->key != key->key)
            continue;
        match = IdempotentMatch{staged.recorded.stream, event->idempotency->body,
                                staged.recorded.recorded_at};
    }
    if (!match || match->accepted_at + kIdempotencyWindow <= now.wall) return false;
    Result<Accepted> answer = noSuchDelivery();
    if (match->body != key->body) {
        answer = Refusal{RefusalCode::kConflict,
                         "this Idempotency-Key was used with another request in the last 24 hours; "
                         "use a new key for a new request",
                         "Idempotency-Key"};
    } else if (const OpenDelivery* earlier = findDelivery(match->delivery)) {
        answer = Accepted{earlier->state, true};
    }
    after_commit_.push_back(
        [answer = std::move(answer), reply = std::move(command.reply)](const Refusal* refusal) {
            refusal ? reply(*refusal) : reply(answer);
        });
    return true;
}

void EngineLoop::decide(RedeliverCommand& command, Instant now) {
    OpenDelivery* const delivery = findDelivery(command.redelivery.delivery);
    if (delivery == nullptr) return command.reply(noSuchDelivery());
    if (!delivery->destination) {
        delivery->destination = log_.readDestination(delivery->state.destination_position);
    }
    auto decided = decideRedelivery(delivery->state, command.redelivery, delivery->destination,
                                    options_, std::move(command.salt), now.wall);
    if (!decided) return command.reply(decided.refusal());
    if (decided->attachments.destination) {
        delivery->destination = decided->attachments.destination;
    }
    stageOn(*delivery, command.redelivery.actor, std::move(decided).value(), now.wall);
    scheduleNext(delivery->state, now);
    after_commit_.push_back(
        [state = delivery->state, reply = std::move(command.reply)](const Refusal* refusal) {
            refusal ? reply(*refusal) : reply(state);
        });
}

void EngineLoop::decide(CancelCommand& command, Instant now) {
    OpenDelivery* const delivery = findDelivery(command.cancellation.delivery);
    if (delivery == nullptr) return command.reply(noSuchDelivery());
    auto decided = decideCancellation(delivery->state, command.cancellation);
    if (!decided) return command.reply(decided.refusal());
    schedule_.remove(delivery->state.id);
    stageOn(*delivery, command.cancellation.actor, {std::move(decided).value(), {}}, now.wall);
    after_commit_.push_back(
        [state = delivery->state, reply = std::move(command.reply)](const Refusal* refusal) {
            refusal ? reply(*refusal) : reply(state);
        });
}

void EngineLoop::decide(CreateResponseCommand& command, Instant now) {
    ResponseCreation& creation = command.creation;
    Response response = findResponse(creation.id).value_or(Response{});
    if (response.state != ResponseState::kNone &&
        (response.state != ResponseState::kCreated || !response.background)) {
        return command.reply(
            Refusal{RefusalCode::kConflict, "there is already a response with this id", "id"});
    }
    creation.created.run = response.run + 1;
    const std::string actor = "client:" + creation.created.client;
    Decided decided;
    decided.event = std::move(creation.created);
    decided.attachments.destination = std::move(creation.callback);
    decided.attachments.request = std::move(creation.request);
    decided.attachments.salt = std::move(command.salt);
    response = fold(
        std::move(response),
        stage(creation.id, response.position + 1, actor, std::move(decided), now.wall).recorded);
    if (creation.callback_ignored) {
        response = fold(std::move(response),
                        stage(creation.id, response.position + 1, std::string(kEngineActor),
                              {*creation.callback_ignored, {}}, now.wall)
                            .recorded);
    }
    if (open_responses_.size() >= kMaxOpenResponses) open_responses_.clear();
    open_responses_[creation.id] = response;
    after_commit_.push_back([response, reply = std::move(command.reply)](const Refusal* refusal) {
        refusal ? reply(*refusal) : reply(response);
    });
}

void EngineLoop::decide(CompleteResponseCommand& command, Instant now) {
    ResponseCompletion& completion = command.completion;
    const auto found = findResponse(completion.id);
    if (!found) return command.reply(noSuchResponse());
    Response response = *found;
    auto decided = decideCompletion(response, completion);
    if (!decided) return command.reply(decided.refusal());

    std::optional<Result<Decided>> callback;
    if (completion.callback && completion.object) {
        callback = decideCallback(response, completion, *decided->payload_digest, options_,
                                  std::move(command.salt), now.wall);
    }
    if (callback && !callback->ok()) {
        const CallbackIgnored ignored{"unusable", callback->refusal().message};
        response =
            fold(std::move(response), stage(response.id, response.position + 1,
                                            std::string(kEngineActor), {ignored, {}}, now.wall)
                                          .recorded);
    }
    Decided completed{std::move(decided).value(), {}};
    completed.attachments.payload = completion.object;
    response =
        fold(std::move(response), stage(response.id, response.position + 1,
                                        std::string(kEngineActor), std::move(completed), now.wall)
                                      .recorded);
    if (callback && callback->ok()) {
        accept(command.delivery, response.client, std::move(*callback).value(), now);
        cachePayload(open_.at(command.delivery), completion.object);
    }
    open_responses_.erase(response.id);
    after_commit_.push_back(
        [response = std::move(response), reply = std::move(command.reply)](const Refusal* refusal) {
            refusal ? reply(*refusal) : reply(response);
        });
}

void EngineLoop::decide(PauseCommand& command, Instant now) {
    EndpointState& endpoint = endpointState(command.endpoint.endpoint);
    const auto decided = decidePause(endpoint, command.endpoint);
    if (!decided) return command.reply(decided.refusal());
    endpoint = fold(endpoint, stage(command.endpoint.endpoint, endpoint.position + 1,
                                    command.endpoint.actor, {decided.value(), {}}, now.wall)
                                  .recorded);
    schedule_.pause(command.endpoint.endpoint);
    after_commit_.push_back([endpoint, reply = std::move(command.reply)](const Refusal* refusal) {
        refusal ? reply(*refusal) : reply(endpoint);
    });
}

void EngineLoop::decide(ResumeCommand& command, Instant now) {
    EndpointState& endpoint = endpointState(command.endpoint.endpoint);
    const auto decided = decideResumption(endpoint, command.endpoint);
    if (!decided) return command.reply(decided.refusal());
    endpoint = fold(endpoint, stage(command.endpoint.endpoint, endpoint.position + 1,
                                    command.endpoint.actor, {decided.value(), {}}, now.wall)
                                  .recorded);
    schedule_.resume(command.endpoint.endpoint);
    after_commit_.push_back([endpoint, reply = std::move(command.reply)](const Refusal* refusal) {
        refusal ? reply(*refusal) : reply(endpoint);
    });
}

void EngineLoop::decide(WatchCommand& command, Instant) {
    const OpenDelivery* const delivery = findDelivery(command.delivery);
    if (delivery == nullptr) return command.done(std::nullopt);
    watchers_[command.delivery].push_back(std::move(command.done));
}

void EngineLoop::decide(SetSigningKeysCommand& command, Instant) {
    options_.signing_keys = std::move(command.keys);
}

void EngineLoop::decide(Outcome& outcome, Instant now) {
    const auto flight = in_flight_.find(outcome.delivery);
    if (flight == in_flight_.end() || flight->second.attempt != outcome.attempt) return;
    const InFlight ended = std::move(flight->second);
    in_flight_.erase(flight);
    const auto found = open_.find(outcome.delivery);
    if (found == open_.end() || !found->second.state.attempt_open ||
        found->second.state.attempts != outcome.attempt) {
        return;
    }
    OpenDelivery& delivery = found->second;
    schedule_.finished(ended.endpoint, feedbackOf(outcome.outcome));
    stageOn(delivery, std::string(kEngineActor),
            decideOutcome(delivery.state, outcome.outcome, newSalt(entropy_), ended.token, now.wall,
                          entropy_.symmetricUnit()),
            now.wall);
    dropPayload(delivery);
    scheduleNext(delivery.state, now);
}

void EngineLoop::startDue(Instant now) {
    for (StreamId& id : schedule_.takeDue(now.monotonic, options_.max_batch)) {
        OpenDelivery& delivery = open_.at(id);
        stageOn(delivery, std::string(kEngineActor), {decideStart(delivery.state), {}}, now.wall);
        started_.push_back(std::move(id));
    }
}

// ---- staging
// ----------------------------------------------------------------------------------------

NewEvent& EngineLoop::stage(StreamId stream, std::uint64_t position, std::string actor,
                            Decided decided, Timestamp now) {
    NewEvent& event = batch_.emplace_back();
    event.recorded.global_position = head_.global_position + batch_.size();
    event.recorded.stream = std::move(stream);
    event.recorded.position = position;
    event.recorded.recorded_at = now;
    event.recorded.actor = std::move(actor);
    event.recorded.event = std::move(decided.event);
    event.attachments = std::move(decided.attachments);
    return event;
}

void EngineLoop::stageOn(OpenDelivery& delivery, std::string actor, Decided decided,
                         Timestamp now) {
    const NewEvent& event = stage(delivery.state.id, delivery.state.position + 1, std::move(actor),
                                  std::move(decided), now);
    delivery.state = fold(std::move(delivery.state), event.recorded);
    touched_.push_back(delivery.state.id);
}

void EngineLoop::accept(const StreamId& id, const std::string& client, Decided decided,
                        Instant now) {
    OpenDelivery& delivery = open_[id];
    delivery.state.id = id;
    delivery.destination = decided.attachments.destination;
    cachePayload(delivery, decided.attachments.payload);
    stageOn(delivery, "client:" + client, std::move(decided), now.wall);
    scheduleNext(delivery.state, now);
}

void EngineLoop::scheduleNext(const Delivery& delivery, Instant now) {
    if (!delivery.next_attempt_at) return;
    schedule_.add(delivery.id, delivery.endpoint, monotonicOf(*delivery.next_attempt_at, now));
}

/// From memory, or from the log for one that is finished (until `close`, which touched_ sees to).
EngineLoop::OpenDelivery* EngineLoop::findDelivery(const StreamId& id) {
    if (const auto found = open_.find(id); found != open_.end()) return &found->second;
    auto state = log_.findDelivery(id);
    if (!state) return nullptr;
    touched_.push_back(id);
    return &open_.try_emplace(id, OpenDelivery{*std::move(state), {}, {}}).first->second;
}

std::optional<Response> EngineLoop::findResponse(const StreamId& id) {
    if (const auto found = open_responses_.find(id); found != open_responses_.end()) {
        return found->second;
    }
    Response response;
    for (const RecordedEvent& event : log_.readStream(id))
        response = fold(response, event);
    if (response.state == ResponseState::kNone) return std::nullopt;
    return response;
}

EndpointState& EngineLoop::endpointState(const std::string& endpoint) {
    const auto [found, is_new] = endpoints_.try_emplace(endpoint);
    if (is_new) {
        for (const RecordedEvent& event : log_.readStream(endpoint)) {
            found->second = fold(std::move(found->second), event);
        }
    }
    return found->second;
}

void EngineLoop::cachePayload(OpenDelivery& delivery, Bytes payload) {
    if (!payload || cached_payload_bytes_ + payload->size() > options_.cached_payload_bytes) return;
    cached_payload_bytes_ += payload->size();
    delivery.payload = std::move(payload);
    delivery.payload_cached = true;
}

void EngineLoop::dropPayload(OpenDelivery& delivery) {
    if (delivery.payload_cached) cached_payload_bytes_ -= delivery.payload->size();
    delivery.payload_cached = false;
    delivery.payload.reset();
}

// ---- the log fails and comes back
// -------------------------------------------------------------------

void EngineLoop::recover(Instant now) {
    try {
        load(now);
    } catch (const CorruptLog&) {
        throw;
    } catch (const Poco::Exception& error) {
        fail(error.displayText(), now);
    }
    publishHealth(now);
}

/// Memory anew from the log; what is open there but not on our wire is abandoned.
void EngineLoop::load(Instant now) {
    head_ = log_.head();
    schedule_ = Schedule({options_.max_in_flight, options_.max_in_flight_per_endpoint});
    open_.clear();
    open_responses_.clear();
    endpoints_.clear();
    cached_payload_bytes_ = 0;
    for (EndpointState& endpoint : log_.pausedEndpoints()) {
        schedule_.pause(endpoint.id);
        endpoints_[endpoint.id] = std::move(endpoint);
    }
    for (Delivery& delivery : log_.openDeliveries()) {
        const StreamId id = delivery.id;
        OpenDelivery& open = open_[id];
        open.state = std::move(delivery);
        const auto flight = in_flight_.find(id);
        if (!open.state.attempt_open) {
            scheduleNext(open.state, now);
        } else if (flight != in_flight_.end() && flight->second.attempt == open.state.attempts) {
            schedule_.resumeInFlight(flight->second.endpoint);
        } else {
            stageOn(open, std::string(kEngineActor),
                    {decideAbandonment(open.state, now.wall, entropy_.symmetricUnit()), {}},
                    now.wall);
            scheduleNext(open.state, now);
            if (batch_.size() >= options_.max_batch) commit(now);
        }
    }
    commit(now);
    std::erase_if(in_flight_, [&](const auto& entry) {
        const auto open = open_.find(entry.first);
        return open == open_.end() || !open->second.state.attempt_open;
    });
}

/// Nobody knows what became of the batch: everybody in it is told so, and nothing is decided before
/// the log was read again.
void EngineLoop::fail(const std::string& problem, Instant now) {
    problem_ = problem;
    reopen_at_ = now.monotonic + kReopenDelay;
    batch_.clear();
    started_.clear();
    touched_.clear();
    const Refusal refusal = unavailable();
    for (const AfterCommit& reply : std::exchange(after_commit_, {}))
        reply(&refusal);
}

void EngineLoop::tryReopen(Instant now) {
    try {
        log_.reopen();
        load(now);
        problem_.reset();
    } catch (const CorruptLog& error) {
        corrupt_ = true;
        fail(error.displayText(), now);
    } catch (const Poco::Exception& error) {
        fail(error.displayText(), now);
    }
}

Refusal EngineLoop::unavailable() const {
    return {RefusalCode::kUnavailable,
            "the log cannot take events now (" + problem_.value_or("stopping") +
                "); try again in a few seconds",
            {}};
}

void EngineLoop::refuseCommands(std::vector<Command>& commands) {
    const Refusal refusal = unavailable();
    for (Command& command : commands) {
        std::visit(
            [&](auto& concrete) {
                if constexpr (requires { concrete.reply(refusal); }) {
                    concrete.reply(refusal);
                } else if constexpr (requires { concrete.done(std::nullopt); }) {
                    concrete.done(std::nullopt);
                } else {
                    decide(concrete, {});
                }
            },
            command);
    }
}

void EngineLoop::abort(const std::string& why) {
    problem_ = why;
    Inbox::Contents contents = inbox_->take(options_.max_waiting_commands);
    refuseCommands(contents.commands);
    for (const auto& [id, watching] : std::exchange(watchers_, {})) {
        for (const auto& done : watching)
            done(std::nullopt);
    }
}

// ---- health
// -----------------------------------------------------------------------------------------

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
    health_.pending = schedule_.waiting();
    health_.in_flight = in_flight_.size();
    health_.last_tick = now.wall;
    if (slow_figures) health_.oldest_due = oldest_due;
}

EngineHealth EngineLoop::health() const {
    const std::lock_guard lock(health_mutex_);
    return health_;
}

}  // namespace waybill
