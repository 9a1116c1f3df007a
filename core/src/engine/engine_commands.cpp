// The commands of the ring: each looks up the folded state, asks `decide`, and stages what follows.
#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "domain/fold_rules.h"
#include "engine/callback_request.h"
#include "engine/engine_loop.h"
#include "waybill/callback_url.h"
#include "waybill/text_check.h"
#include "waybill/utf8.h"

namespace waybill {

namespace {

constexpr Duration kIdempotencyWindow = std::chrono::hours(24);
constexpr std::size_t kSaltBytes = 16;

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

Refusal noSuchDelivery() {
    return {RefusalCode::kNotFound, "there is no such delivery", {}};
}

std::string clientActor(const std::string& client) {
    return "client:" + client;
}

Refusal noSuchResponse() {
    return {RefusalCode::kNotFound, "there is no such response", {}};
}

/// What somebody else has recorded there may change what anything means.
template <typename State>
std::optional<Refusal> refuseLaterVersion(const State& state) {
    if (!state.from_later_version) return std::nullopt;
    return Refusal{RefusalCode::kConflict,
                   state.id +
                       " has events of a later version of Waybill, which this version does "
                       "not know; use that version",
                   {}};
}

Refusal unreadable(const CorruptLog& error) {
    return {RefusalCode::kConflict,
            "its events in the log contradict each other (" + error.message() +
                "), so nothing is done with it; `waybill verify` shows what is damaged",
            {}};
}

}  // namespace

/// Given once the batch is durable: it may rest on what this batch makes.
template <typename Value>
void EngineLoop::answer(ReplyOnce<Value>& reply, std::type_identity_t<Result<Value>> result) {
    pending_.push_back(Answered<Value>{std::move(reply), std::move(result)});
}

template <typename State>
void EngineLoop::stageOn(const StreamId& stream, State& state, Actor actor, Decided&& decided,
                         Timestamp now) {
    const NewEvent& event = stage(stream, state.position + 1, actor, std::move(decided), now);
    state = fold(std::move(state), event.recorded);
}

// ---- deciding

/// Outcomes first: they make room. What cannot be read fails by itself, as long as nothing of it is
/// staged.
void EngineLoop::decideAll(Instant now) {
    for (const Outcome& outcome : outcomes_) {
        const std::size_t staged = batch_.size();
        try {
            decide(outcome, now);
        } catch (const CorruptLog& error) {
            if (batch_.size() != staged) throw;
            setAside(error);
        }
    }
    for (auto& command : contents_.commands) {
        const std::size_t staged = batch_.size();
        std::visit(
            [&](auto& concrete) {
                try {
                    decide(concrete, now);
                } catch (const CorruptLog& error) {
                    if (batch_.size() != staged) throw;
                    if constexpr (requires { concrete.reply; })
                        answer(concrete.reply, unreadable(error));
                }
            },
            *command);
        command.reset();
    }
}

void EngineLoop::decide(SubmitCommand& command, Instant now) {
    if (replay(command, now)) return;
    auto& event = std::get<DeliveryAccepted>(command.accepted.event);
    if (auto refusal = refuseLimited(event, now)) return answer(command.reply, *std::move(refusal));
    event.due_at = now.wall;
    const Held& delivery =
        accept(command.delivery, clientActor(event.client), std::move(command.accepted), now);
    pending_.push_back(AnsweredSubmission{std::move(command.reply), &delivery});
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
    Result<Accepted> result = noSuchDelivery();
    if (match->body != key->body) {
        result = Refusal{RefusalCode::kConflict,
                         "this Idempotency-Key was used with another request in the last 24 hours; "
                         "use a new key for a new request",
                         "Idempotency-Key"};
    } else if (const Held* earlier = findDelivery(match->delivery)) {
        result = Accepted{earlier->state, true};
    }
    answer(command.reply, std::move(result));
    return true;
}

void EngineLoop::decide(RedeliverCommand& command, Instant now) {
    if (auto refusal = checkCommand(command.redelivery))
        return answer(command.reply, *std::move(refusal));
    Held* const delivery = findWithDestination(command.redelivery.delivery);
    if (delivery == nullptr) return answer(command.reply, noSuchDelivery());
    answer(command.reply, redeliver(*delivery, command.redelivery, std::move(command.salt), now));
}

Result<Delivery> EngineLoop::redeliver(Held& delivery, const Redelivery& redelivery,
                                       std::string salt, Instant now) {
    if (auto refusal = refuseLaterVersion(delivery.state)) return *std::move(refusal);
    if (!delivery.damage.empty() && (!redelivery.url || !redelivery.token)) {
        return Refusal{RefusalCode::kConflict,
                       "what is stored of where it goes is damaged (" + delivery.damage +
                           "); give both URL and token to re-deliver",
                       {}};
    }
    auto decided = decideRedelivery(delivery.state, redelivery, delivery.destination, options_,
                                    std::move(salt), now.wall);
    if (!decided) return decided.refusal();
    if (decided->attachments.destination) delivery.destination = decided->attachments.destination;
    stageOn(delivery, {redelivery.actor, redelivery.actor_claimed}, std::move(decided).value(),
            now);
    return delivery.state;
}

void EngineLoop::decide(CancelCommand& command, Instant now) {
    if (auto refusal = checkCommand(command.cancellation))
        return answer(command.reply, *std::move(refusal));
    Held* const delivery = findDelivery(command.cancellation.delivery);
    if (delivery == nullptr) return answer(command.reply, noSuchDelivery());
    if (auto refusal = refuseLaterVersion(delivery->state))
        return answer(command.reply, *std::move(refusal));
    auto decided = decideCancellation(delivery->state, command.cancellation);
    if (!decided) return answer(command.reply, decided.refusal());
    stageOn(*delivery, {command.cancellation.actor, command.cancellation.actor_claimed},
            {std::move(decided).value(), {}}, now);
    answer(command.reply, delivery->state);
}

void EngineLoop::decide(CreateResponseCommand& command, Instant now) {
    ResponseCreation& creation = command.creation;
    if (auto refusal = checkCommand(creation)) return answer(command.reply, *std::move(refusal));
    Response response = findResponse(creation.id).value_or(Response{});
    if (auto refusal = refuseLaterVersion(response))
        return answer(command.reply, *std::move(refusal));
    if (response.state != ResponseState::kNone &&
        (response.state != ResponseState::kCreated || !response.background)) {
        return answer(command.reply, Refusal{RefusalCode::kConflict,
                                             "there is already a response with this id", "id"});
    }
    creation.created.run = response.run + 1;
    const std::string actor = clientActor(creation.created.client);
    Decided decided;
    decided.event = std::move(creation.created);
    decided.attachments.destination = std::move(creation.callback);
    decided.attachments.request = std::move(creation.request);
    decided.attachments.salt = std::move(command.salt);
    stageOn(creation.id, response, actor, std::move(decided), now.wall);
    if (creation.callback_ignored) {
        stageOn(creation.id, response, kEngineActor, {*creation.callback_ignored, {}}, now.wall);
    }
    keep(response);
    answer(command.reply, std::move(response));
}

void EngineLoop::decide(CompleteResponseCommand& command, Instant now) {
    ResponseCompletion& completion = command.completion;
    if (auto refusal = checkCommand(completion)) return answer(command.reply, *std::move(refusal));
    const auto found = findResponse(completion.id);
    if (!found) return answer(command.reply, noSuchResponse());
    Response response = *found;
    if (auto refusal = refuseLaterVersion(response))
        return answer(command.reply, *std::move(refusal));
    auto decided = decideCompletion(response, completion, command.payload_digest);
    if (!decided) return answer(command.reply, decided.refusal());

    std::optional<Result<Decided>> callback;
    if (completion.callback && completion.object) {
        callback = decideCallback(response, completion, command.payload_digest, options_,
                                  std::move(command.salt), now.wall);
    }
    if (callback && !callback->ok()) {
        const CallbackIgnored ignored{"unusable", callback->refusal().message};
        stageOn(response.id, response, kEngineActor, {ignored, {}}, now.wall);
    }
    ResponseCompleted event = std::move(decided).value();
    if (callback && callback->ok()) event.delivery = command.delivery;
    Decided completed{std::move(event), {}};
    completed.attachments.payload = completion.object;
    stageOn(response.id, response, kEngineActor, std::move(completed), now.wall);
    if (callback && callback->ok()) {
        cachePayload(accept(command.delivery, clientActor(response.client),
                            std::move(*callback).value(), now),
                     completion.object);
    }
    keep(response);
    answer(command.reply, std::move(response));
}

void EngineLoop::decide(DeleteResponseCommand& command, Instant now) {
    const ResponseDeletion& deletion = command.deletion;
    if (auto refusal = checkCommand(deletion)) return answer(command.reply, *std::move(refusal));
    auto found = findResponse(deletion.id);
    if (!found) return answer(command.reply, noSuchResponse());
    Response response = *std::move(found);
    if (auto refusal = refuseLaterVersion(response))
        return answer(command.reply, *std::move(refusal));
    const auto decided = decideDeletion(response, deletion);
    if (!decided) return answer(command.reply, decided.refusal());
    Held* const callback = findCallback(response);
    const Actor actor{deletion.actor, deletion.actor_claimed};
    stageOn(response.id, response, actor, {decided.value(), {}}, now.wall);
    const PayloadErased erased{"the response was deleted"};
    if (response.payload_position != 0 && !response.payload_erased) {
        Decided erasure{erased, {}};
        erasure.attachments.erase_payload = true;
        stageOn(response.id, response, actor, std::move(erasure), now.wall);
    }
    if (callback != nullptr) {
        if (!callback->state.finished()) {
            stageOn(*callback, actor, {DeliveryCancelled{erased.reason}, {}}, now);
        }
        if (!callback->state.payload_erased) {
            stageOn(*callback, actor, {erased, {}}, now);
        }
    }
    keep(response);
    answer(command.reply, std::move(response));
}

void EngineLoop::decide(LateCallbackCommand& command, Instant now) {
    const LateCallback& callback = command.callback;
    if (auto refusal = checkCommand(callback)) return answer(command.reply, *std::move(refusal));
    const auto found = findResponse(callback.response);
    if (!found) return answer(command.reply, noSuchResponse());
    Response response = *found;
    if (auto refusal = refuseLaterVersion(response))
        return answer(command.reply, *std::move(refusal));
    if (auto refusal = refuseToSend(response)) return answer(command.reply, *std::move(refusal));
    if (Held* const delivery = findWithDestination(response.delivery)) {
        if (auto refusal = refuseRepetition(delivery->state, callback, delivery->destination))
            return answer(command.reply, *std::move(refusal));
        return answer(command.reply, redeliver(*delivery,
                                               {.delivery = response.delivery,
                                                .actor = callback.actor,
                                                .reason = callback.reason,
                                                .url = callback.url,
                                                .token = callback.token,
                                                .actor_claimed = callback.actor_claimed},
                                               std::move(command.salt), now));
    }
    auto decided =
        decideLateCallback(response, callback, options_, std::move(command.salt), now.wall);
    if (!decided) return answer(command.reply, decided.refusal());
    const CallbackRequested requested{command.delivery, utf8Prefix(callback.reason, kMaxReason)};
    const Actor actor{callback.actor, callback.actor_claimed};
    stageOn(response.id, response, actor, {requested, {}}, now.wall);
    const Held& delivery = accept(command.delivery, actor, std::move(decided).value(), now);
    keep(response);
    answer(command.reply, delivery.state);
}

void EngineLoop::decide(BulkCommand& command, Instant now) {
    if (auto refusal = checkCommand(command.bulk))
        return answer(command.reply, *std::move(refusal));
    BulkRedelivery bulk;
    for (const RecordedEvent& event : log_.readStream(command.bulk.id))
        bulk = fold(bulk, event);
    for (const NewEvent& staged : batch_) {
        if (staged.recorded.stream == command.bulk.id) bulk = fold(bulk, staged.recorded);
    }
    if (auto refusal = refuseLaterVersion(bulk)) return answer(command.reply, *std::move(refusal));
    const auto decided = decideBulk(bulk, command.bulk);
    if (!decided) return answer(command.reply, decided.refusal());
    stageOn(command.bulk.id, bulk, {command.bulk.actor, command.bulk.actor_claimed},
            {decided.value(), {}}, now.wall);
    answer(command.reply, std::move(bulk));
}

void EngineLoop::decide(PauseCommand& command, Instant now) {
    if (auto refusal = checkCommand(command.endpoint))
        return answer(command.reply, *std::move(refusal));
    EndpointState& endpoint = endpointState(command.endpoint.endpoint);
    if (auto refusal = refuseLaterVersion(endpoint))
        return answer(command.reply, *std::move(refusal));
    const auto decided = decidePause(endpoint, command.endpoint);
    if (!decided) return answer(command.reply, decided.refusal());
    stageOn(command.endpoint.endpoint, endpoint,
            {command.endpoint.actor, command.endpoint.actor_claimed}, {decided.value(), {}},
            now.wall);
    waitInLineAgain();
    schedule_.pause(command.endpoint.endpoint);
    answer(command.reply, endpoint);
}

void EngineLoop::decide(ResumeCommand& command, Instant now) {
    // What an older log has paused under a name that is none can be resumed.
    const auto known = endpoints_.find(command.endpoint.endpoint);
    const bool paused = known != endpoints_.end() && known->second.paused;
    auto misspelled = checkCommand(command.endpoint);
    if (misspelled && !(paused && misspelled->param == "endpoint"))
        return answer(command.reply, *std::move(misspelled));
    EndpointState& endpoint = endpointState(command.endpoint.endpoint);
    if (auto refusal = refuseLaterVersion(endpoint))
        return answer(command.reply, *std::move(refusal));
    const auto decided = decideResumption(endpoint, command.endpoint);
    if (!decided) return answer(command.reply, decided.refusal());
    stageOn(command.endpoint.endpoint, endpoint,
            {command.endpoint.actor, command.endpoint.actor_claimed}, {decided.value(), {}},
            now.wall);
    schedule_.resume(command.endpoint.endpoint);
    answer(command.reply, endpoint);
}

void EngineLoop::decide(WatchCommand& command, Instant) {
    const Held* const delivery = findDelivery(command.delivery);
    if (delivery == nullptr) return command.reply.give(noSuchDelivery());
    watchers_[command.delivery].push_back({command.watcher, std::move(command.reply)});
}

void EngineLoop::decide(UnwatchCommand& command, Instant) {
    const auto found = watchers_.find(command.delivery);
    if (found == watchers_.end()) return;
    std::erase_if(found->second,
                  [&](const Watcher& watcher) { return watcher.number == command.watcher; });
    if (found->second.empty()) watchers_.erase(found);
}

void EngineLoop::decide(CheckRequestCommand& command, Instant now) {
    const Held* const delivery = findWithDestination(command.delivery);
    if (delivery == nullptr) return answer(command.reply, noSuchDelivery());
    if (!delivery->damage.empty()) {
        return answer(command.reply, Refusal{RefusalCode::kConflict, delivery->damage, {}});
    }
    if (!delivery->destination) {
        return answer(
            command.reply,
            Refusal{RefusalCode::kErased, "URL and token of the delivery were erased", {}});
    }
    const auto unix_seconds =
        std::chrono::floor<std::chrono::seconds>(now.wall.time_since_epoch()).count();
    answer(command.reply,
           waybill::checkRequest(command.id, *delivery->destination, std::move(command.body),
                                 options_.signing_keys, unix_seconds));
}

void EngineLoop::decide(AccessCommand& command, Instant now) {
    AccessNote& note = command.note;
    if (auto refusal = checkCommand(note)) return answer(command.reply, *std::move(refusal));
    const StreamId stream(kLogStream);
    refuseSetAside(stream);
    std::uint64_t position = log_.streamPosition(stream);
    for (const NewEvent& staged : batch_) {
        if (staged.recorded.stream == stream) position = staged.recorded.position;
    }
    stage(stream, position + 1, {note.actor, note.actor_claimed}, {std::move(note.access), {}},
          now.wall);
    answer(command.reply, Done{});
}

void EngineLoop::decide(SetSigningKeysCommand& command, Instant) {
    options_.signing_keys = std::move(command.keys);
}

void EngineLoop::decide(const Outcome& outcome, Instant now) {
    const auto found = on_wire_.find(outcome.delivery);
    if (found == on_wire_.end() || found->second.flight.attempt != outcome.attempt) return;
    OnWire& wire = found->second;
    if (std::exchange(wire.decided, true)) return;
    schedule_.finished(wire.key, feedbackOf(outcome.outcome), now.monotonic);
    if (set_aside_.contains(outcome.delivery)) return;
    Held* const delivery = findDelivery(outcome.delivery);
    if (delivery == nullptr || delivery->state.from_later_version) return;
    // The log has it already: a batch that seemed lost was kept.
    if (!delivery->state.attempt_open || delivery->state.attempts != outcome.attempt)
        return schedule(delivery->state, now);
    stageOn(*delivery, kEngineActor,
            decideOutcome(delivery->state, AttemptOutcome(outcome.outcome), newSalt(entropy_),
                          wire.flight.token, now.wall, entropy_.symmetricUnit()),
            now);
}

// ---- finding

EngineLoop::Held& EngineLoop::accept(const StreamId& id, Actor actor, Decided&& decided,
                                     Instant now) {
    Held& delivery = held_[id];
    delivery.state.id = id;
    delivery.destination = decided.attachments.destination;
    const Bytes payload = decided.attachments.payload;
    stageOn(delivery, actor, std::move(decided), now);
    accounts_.accepted(delivery.state.client, now.monotonic);
    cachePayload(delivery, payload);
    held_at_[delivery.state.accepted_position] = &delivery;
    return delivery;
}

/// What was found to be contradictory, by whatever, is not tried again.
void EngineLoop::refuseSetAside(const StreamId& stream) const {
    if (set_aside_.contains(stream))
        throw CorruptLog(stream, 0, "it was set aside, because its events contradict each other");
}

/// From memory, or from the log, until `forget`. Throws CorruptLog for one that cannot be read.
EngineLoop::Held* EngineLoop::findDelivery(const StreamId& id) {
    if (const auto found = held_.find(id); found != held_.end()) {
        touch(found->second);
        return &found->second;
    }
    refuseSetAside(id);
    auto state = log_.findDelivery(id);
    return state ? &hold(*std::move(state)) : nullptr;
}

/// The same, with where it goes, or why that cannot be read in `damage`.
EngineLoop::Held* EngineLoop::findWithDestination(const StreamId& id) {
    Held* const delivery = id.empty() ? nullptr : findDelivery(id);
    if (delivery == nullptr) return nullptr;
    delivery->damage.clear();
    if (delivery->destination) return delivery;
    try {
        delivery->destination = log_.readDestination(delivery->state.destination_position);
    } catch (const DamagedBytes& damaged) {
        delivery->damage = damaged.message();
    }
    return delivery;
}

/// The delivery of a response, where something can be done with it.
EngineLoop::Held* EngineLoop::findCallback(const Response& response) {
    if (response.delivery.empty()) return nullptr;
    try {
        Held* const callback = findDelivery(response.delivery);
        return callback != nullptr && !callback->state.from_later_version ? callback : nullptr;
    } catch (const CorruptLog& error) {  // It is never sent, whatever becomes of the response.
        setAside(error);
        return nullptr;
    }
}

/// What this batch makes of a response is what the next command sees; `commit` forgets what is
/// over.
void EngineLoop::keep(const Response& response) {
    responses_[response.id] = response;
    touched_responses_.push_back(response.id);
}

std::optional<Response> EngineLoop::findResponse(const StreamId& id) {
    if (const auto found = responses_.find(id); found != responses_.end()) return found->second;
    refuseSetAside(id);
    Response response;
    for (const RecordedEvent& event : log_.readStream(id))
        response = fold(response, event);
    if (response.position == 0) return std::nullopt;
    response.id = id;
    return response;
}

/// `forget` will look at it after the commit.
EndpointState& EngineLoop::endpointState(const std::string& endpoint) {
    touched_endpoints_.push_back(endpoint);
    const auto found = endpoints_.find(endpoint);
    if (found != endpoints_.end()) return found->second;
    refuseSetAside(endpoint);
    EndpointState state;
    for (const RecordedEvent& event : log_.readStream(endpoint))
        state = fold(std::move(state), event);
    state.id = endpoint;
    return endpoints_[endpoint] = std::move(state);
}

}  // namespace waybill
