// The commands of the ring: each looks up the folded state, asks `decide`, and stages what follows.
#include <algorithm>
#include <array>
#include <utility>

#include "callback_request.h"
#include "engine_loop.h"
#include "fold_rules.h"
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

MonotonicTime monotonicOf(Timestamp time, Instant now) {
    return now.monotonic + (time - now.wall);
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

}  // namespace

template <typename Value>
void EngineLoop::answer(Engine::Reply<Value> reply, Value value) {
    after_commit_.push_back(
        [reply = std::move(reply), value = std::move(value)](const Refusal* refusal) {
            refusal ? reply(*refusal) : reply(value);
        });
}

template <typename State>
void EngineLoop::stageOn(const StreamId& stream, State& state, std::string_view actor,
                         Decided&& decided, Timestamp now) {
    const NewEvent& event = stage(stream, state.position + 1, actor, std::move(decided), now);
    state = fold(std::move(state), event.recorded);
}

// ---- deciding

void EngineLoop::decide(Command& command, Instant now) {
    std::visit([&](auto& concrete) { decide(concrete, now); }, command);
}

void EngineLoop::decide(SubmitCommand& command, Instant now) {
    if (replay(command, now)) return;
    auto& event = std::get<DeliveryAccepted>(command.accepted.event);
    event.due_at = now.wall;
    const OpenDelivery& delivery =
        accept(command.delivery, clientActor(event.client), std::move(command.accepted), now);
    after_commit_.push_back([&delivery, reply = std::move(command.reply)](const Refusal* refusal) {
        refusal ? reply(*refusal) : reply(Accepted{delivery.state, false});
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
    if (auto refusal = checkCommand(command.redelivery)) return command.reply(*std::move(refusal));
    OpenDelivery* const delivery = findWithDestination(command.redelivery.delivery);
    if (delivery == nullptr) return command.reply(noSuchDelivery());
    auto redelivered = redeliver(*delivery, command.redelivery, std::move(command.salt), now);
    if (!redelivered) return command.reply(redelivered.refusal());
    answer(std::move(command.reply), std::move(redelivered).value());
}

Result<Delivery> EngineLoop::redeliver(OpenDelivery& delivery, const Redelivery& redelivery,
                                       std::string salt, Instant now) {
    auto decided = decideRedelivery(delivery.state, redelivery, delivery.destination, options_,
                                    std::move(salt), now.wall);
    if (!decided) return decided.refusal();
    if (decided->attachments.destination) delivery.destination = decided->attachments.destination;
    stageOn(delivery, redelivery.actor, std::move(decided).value(), now);
    return delivery.state;
}

void EngineLoop::decide(CancelCommand& command, Instant now) {
    if (auto refusal = checkCommand(command.cancellation))
        return command.reply(*std::move(refusal));
    OpenDelivery* const delivery = findDelivery(command.cancellation.delivery);
    if (delivery == nullptr) return command.reply(noSuchDelivery());
    auto decided = decideCancellation(delivery->state, command.cancellation);
    if (!decided) return command.reply(decided.refusal());
    stageOn(*delivery, command.cancellation.actor, {std::move(decided).value(), {}}, now);
    answer(std::move(command.reply), delivery->state);
}

void EngineLoop::decide(CreateResponseCommand& command, Instant now) {
    ResponseCreation& creation = command.creation;
    if (auto refusal = checkCommand(creation)) return command.reply(*std::move(refusal));
    Response response = findResponse(creation.id).value_or(Response{});
    if (response.state != ResponseState::kNone &&
        (response.state != ResponseState::kCreated || !response.background)) {
        return command.reply(
            Refusal{RefusalCode::kConflict, "there is already a response with this id", "id"});
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
    answer(std::move(command.reply), std::move(response));
}

void EngineLoop::decide(CompleteResponseCommand& command, Instant now) {
    ResponseCompletion& completion = command.completion;
    if (auto refusal = checkCommand(completion)) return command.reply(*std::move(refusal));
    const auto found = findResponse(completion.id);
    if (!found) return command.reply(noSuchResponse());
    Response response = *found;
    auto decided = decideCompletion(response, completion, command.payload_digest);
    if (!decided) return command.reply(decided.refusal());

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
    answer(std::move(command.reply), std::move(response));
}

void EngineLoop::decide(DeleteResponseCommand& command, Instant now) {
    const ResponseDeletion& deletion = command.deletion;
    if (auto refusal = checkCommand(deletion)) return command.reply(*std::move(refusal));
    auto found = findResponse(deletion.id);
    if (!found) return command.reply(noSuchResponse());
    Response response = *std::move(found);
    const auto decided = decideDeletion(response, deletion);
    if (!decided) return command.reply(decided.refusal());
    stageOn(response.id, response, deletion.actor, {decided.value(), {}}, now.wall);
    const PayloadErased erased{"the response was deleted"};
    if (response.payload_position != 0 && !response.payload_erased) {
        Decided erasure{erased, {}};
        erasure.attachments.erase_payload = true;
        stageOn(response.id, response, deletion.actor, std::move(erasure), now.wall);
    }
    if (OpenDelivery* const callback = findDelivery(response.delivery)) {
        if (!callback->state.finished()) {
            stageOn(*callback, deletion.actor, {DeliveryCancelled{erased.reason}, {}}, now);
        }
        if (!callback->state.payload_erased) {
            stageOn(*callback, deletion.actor, {erased, {}}, now);
        }
    }
    keep(response);
    answer(std::move(command.reply), std::move(response));
}

void EngineLoop::decide(LateCallbackCommand& command, Instant now) {
    const LateCallback& callback = command.callback;
    if (auto refusal = checkCommand(callback)) return command.reply(*std::move(refusal));
    const auto found = findResponse(callback.response);
    if (!found) return command.reply(noSuchResponse());
    Response response = *found;
    if (auto refusal = refuseToSend(response)) return command.reply(*std::move(refusal));
    if (OpenDelivery* const delivery = findWithDestination(response.delivery)) {
        if (auto refusal = refuseRepetition(delivery->state, callback, delivery->destination))
            return command.reply(*std::move(refusal));
        auto redelivered = redeliver(*delivery,
                                     {.delivery = response.delivery,
                                      .actor = callback.actor,
                                      .reason = callback.reason,
                                      .url = callback.url,
                                      .token = callback.token},
                                     std::move(command.salt), now);
        if (!redelivered) return command.reply(redelivered.refusal());
        return answer(std::move(command.reply), std::move(redelivered).value());
    }
    auto decided =
        decideLateCallback(response, callback, options_, std::move(command.salt), now.wall);
    if (!decided) return command.reply(decided.refusal());
    const CallbackRequested requested{command.delivery, utf8Prefix(callback.reason, kMaxReason)};
    stageOn(response.id, response, callback.actor, {requested, {}}, now.wall);
    const OpenDelivery& delivery =
        accept(command.delivery, callback.actor, std::move(decided).value(), now);
    keep(response);
    answer(std::move(command.reply), delivery.state);
}

void EngineLoop::decide(BulkCommand& command, Instant now) {
    if (auto refusal = checkCommand(command.bulk)) return command.reply(*std::move(refusal));
    BulkRedelivery bulk;
    for (const RecordedEvent& event : log_.readStream(command.bulk.id))
        bulk = fold(bulk, event);
    for (const NewEvent& staged : batch_) {
        if (staged.recorded.stream == command.bulk.id) bulk = fold(bulk, staged.recorded);
    }
    const auto decided = decideBulk(bulk, command.bulk);
    if (!decided) return command.reply(decided.refusal());
    stageOn(command.bulk.id, bulk, command.bulk.actor, {decided.value(), {}}, now.wall);
    answer(std::move(command.reply), std::move(bulk));
}

void EngineLoop::decide(PauseCommand& command, Instant now) {
    if (auto refusal = checkCommand(command.endpoint)) return command.reply(*std::move(refusal));
    EndpointState& endpoint = endpointState(command.endpoint.endpoint);
    const auto decided = decidePause(endpoint, command.endpoint);
    if (!decided) return command.reply(decided.refusal());
    stageOn(command.endpoint.endpoint, endpoint, command.endpoint.actor, {decided.value(), {}},
            now.wall);
    schedule_.pause(command.endpoint.endpoint);
    answer(std::move(command.reply), endpoint);
}

void EngineLoop::decide(ResumeCommand& command, Instant now) {
    // What an older log has paused under a name that is none can be resumed.
    const auto known = endpoints_.find(command.endpoint.endpoint);
    const bool paused = known != endpoints_.end() && known->second.paused;
    auto refusal = checkCommand(command.endpoint);
    if (refusal && !(paused && refusal->param == "endpoint"))
        return command.reply(*std::move(refusal));
    EndpointState& endpoint = endpointState(command.endpoint.endpoint);
    const auto decided = decideResumption(endpoint, command.endpoint);
    if (!decided) return command.reply(decided.refusal());
    stageOn(command.endpoint.endpoint, endpoint, command.endpoint.actor, {decided.value(), {}},
            now.wall);
    schedule_.resume(command.endpoint.endpoint);
    answer(std::move(command.reply), endpoint);
}

void EngineLoop::decide(WatchCommand& command, Instant) {
    const OpenDelivery* const delivery = findDelivery(command.delivery);
    if (delivery == nullptr) return command.done(std::nullopt);
    watchers_[command.delivery].push_back(std::move(command.done));
}

void EngineLoop::decide(CheckRequestCommand& command, Instant now) {
    const OpenDelivery* const delivery = findWithDestination(command.delivery);
    if (delivery == nullptr) return command.reply(noSuchDelivery());
    if (!delivery->destination)
        return command.reply(
            Refusal{RefusalCode::kErased, "URL and token of the delivery were erased", {}});
    const auto unix_seconds =
        std::chrono::floor<std::chrono::seconds>(now.wall.time_since_epoch()).count();
    command.reply(waybill::checkRequest(command.id, *delivery->destination, std::move(command.body),
                                        options_.signing_keys, unix_seconds));
}

void EngineLoop::decide(SetSigningKeysCommand& command, Instant) {
    options_.signing_keys = std::move(command.keys);
}

void EngineLoop::decide(Outcome& outcome, Instant now) {
    const auto found = open_.find(outcome.delivery);
    if (found == open_.end() || found->second.on_wire != outcome.attempt) return;
    OpenDelivery& delivery = found->second;
    delivery.on_wire = 0;
    --in_flight_;
    schedule_.finished(delivery.state.endpoint, feedbackOf(outcome.outcome));
    stageOn(delivery, kEngineActor,
            decideOutcome(delivery.state, std::move(outcome.outcome), newSalt(entropy_),
                          delivery.destination ? delivery.destination->token : std::string(),
                          now.wall, entropy_.symmetricUnit()),
            now);
    dropPayload(delivery);
}

void EngineLoop::startDue(Instant now) {
    for (Schedule::Entry* const entry : schedule_.takeDue(now.monotonic, options_.max_batch)) {
        auto& delivery = static_cast<OpenDelivery&>(*entry);
        tellHost(options_.on_start, now.wall - *delivery.state.next_attempt_at);
        stageOn(delivery, kEngineActor, {decideStart(delivery.state), {}}, now);
        started_.push_back(&delivery);
    }
}

// ---- staging

NewEvent& EngineLoop::stage(const StreamId& stream, std::uint64_t position, std::string_view actor,
                            Decided&& decided, Timestamp now) {
    NewEvent& event = batch_.emplace_back();
    event.recorded.global_position = head_.global_position + batch_.size();
    event.recorded.stream = stream;
    event.recorded.position = position;
    event.recorded.recorded_at = now;
    event.recorded.actor = actor;
    event.recorded.event = std::move(decided.event);
    event.attachments = std::move(decided.attachments);
    return event;
}

void EngineLoop::stageOn(OpenDelivery& delivery, std::string_view actor, Decided&& decided,
                         Instant now) {
    const NewEvent& event =
        stage(delivery.state.id, delivery.state.position + 1, actor, std::move(decided), now.wall);
    foldInto(delivery.state, event.recorded);
    schedule(delivery, now);
    touch(delivery);
}

/// Puts a delivery where its state says that it belongs: in the line for its next attempt, or not.
void EngineLoop::schedule(OpenDelivery& delivery, Instant now) {
    const Delivery& state = delivery.state;
    if (state.next_attempt_at) {
        schedule_.add(delivery, state.endpoint, monotonicOf(*state.next_attempt_at, now));
    } else {
        schedule_.remove(delivery);
    }
}

/// `close` will look at it after the commit.
void EngineLoop::touch(OpenDelivery& delivery) {
    if (!std::exchange(delivery.touched, true)) touched_.push_back(&delivery);
}

EngineLoop::OpenDelivery& EngineLoop::accept(const StreamId& id, std::string_view actor,
                                             Decided&& decided, Instant now) {
    OpenDelivery& delivery = open_[id];
    delivery.state.id = id;
    delivery.destination = decided.attachments.destination;
    cachePayload(delivery, decided.attachments.payload);
    stageOn(delivery, actor, std::move(decided), now);
    return delivery;
}

/// From memory, or from the log for one that is finished, until `close`.
EngineLoop::OpenDelivery* EngineLoop::findDelivery(const StreamId& id) {
    if (const auto found = open_.find(id); found != open_.end()) return &found->second;
    auto state = log_.findDelivery(id);
    if (!state) return nullptr;
    OpenDelivery& delivery = open_[id];
    delivery.state = *std::move(state);
    touch(delivery);
    return &delivery;
}

/// The same, with where it goes.
EngineLoop::OpenDelivery* EngineLoop::findWithDestination(const StreamId& id) {
    OpenDelivery* const delivery = id.empty() ? nullptr : findDelivery(id);
    if (delivery != nullptr && !delivery->destination) {
        delivery->destination = log_.readDestination(delivery->state.destination_position);
    }
    return delivery;
}

/// What this batch makes of a response is what the next command sees; `commit` forgets what is
/// over.
void EngineLoop::keep(const Response& response) {
    responses_[response.id] = response;
    touched_responses_.push_back(response.id);
}

std::optional<Response> EngineLoop::findResponse(const StreamId& id) {
    if (const auto found = responses_.find(id); found != responses_.end()) {
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

}  // namespace waybill
