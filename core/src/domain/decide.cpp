#include "domain/decide.h"

#include <algorithm>

#include "waybill/text_check.h"
#include "waybill/token_mask.h"
#include "waybill/utf8.h"

namespace waybill {

namespace {

constexpr std::size_t kMaxContentTypeLength = 256;
constexpr std::size_t kMaxFinalStatuses = 500;
constexpr Duration kMaxRetryDelay = std::chrono::days(30);
constexpr Duration kLocalFaultDelay = std::chrono::seconds(1);

/// As far as a header's value must be; what it means is between client and receiver.
bool looksLikeMediaType(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return false;
    return text.front() != ' ' && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

std::optional<Refusal> checkPolicy(const RetryPolicy& policy) {
    if (policy.max_retries > RetryPolicy::kMaxRetries) {
        return Refusal::invalid("max_retries", "max_retries must be at most " +
                                                   std::to_string(RetryPolicy::kMaxRetries));
    }
    if (policy.delays.empty() || policy.delays.size() > RetryPolicy::kMaxDelays) {
        return Refusal::invalid(
            "retry_delays",
            "retry_delays must have 1 to " + std::to_string(RetryPolicy::kMaxDelays) + " entries");
    }
    for (const Duration delay : policy.delays) {
        if (delay < Duration::zero() || delay > kMaxRetryDelay) {
            return Refusal::invalid("retry_delays", "each retry delay must be between 0 and 30d");
        }
    }
    const auto is_status = [](std::uint16_t status) { return status >= 100 && status <= 599; };
    if (policy.final_statuses.size() > kMaxFinalStatuses ||
        !std::all_of(policy.final_statuses.begin(), policy.final_statuses.end(), is_status)) {
        return Refusal::invalid("final_statuses",
                                "final_statuses must be HTTP statuses, 100 to 599");
    }
    return std::nullopt;
}

std::optional<Refusal> checkText(const Submission& submission) {
    if (const auto problem = textProblem(submission.subject, kMaxSubject)) {
        return Refusal::invalid("subject", "subject " + *problem);
    }
    if (submission.content_type.size() > kMaxContentTypeLength ||
        !looksLikeMediaType(submission.content_type)) {
        return Refusal::invalid("content_type",
                                "content_type must be a media type such as application/json");
    }
    if (const auto problem = nameProblem(submission.client, kMaxClientName)) {
        return Refusal::invalid("client", "client " + *problem);
    }
    return std::nullopt;
}

/// Usable, or the refusal that says what is wrong with it.
Result<CallbackUrl> checkDestination(const Destination& destination, const AddressPolicy& policy) {
    UrlCheck check = parseCallbackUrl(destination.url, policy);
    if (check.unusable) return Refusal::invalid("url", check.unusable->reason);
    if (destination.token.empty()) return *std::move(check.url);
    if (const auto unusable = checkToken(destination.token)) {
        return Refusal::invalid("token", unusable->reason);
    }
    return *std::move(check.url);
}

Decided accepted(DeliveryAccepted event, Destination destination, std::string salt, Timestamp now) {
    event.url_digest = saltedSha256(salt, destination.url);
    event.has_token = !destination.token.empty();
    event.due_at = now;
    Decided decided;
    decided.event = std::move(event);
    decided.attachments.destination = std::move(destination);
    decided.attachments.salt = std::move(salt);
    return decided;
}

/// The object that a callback carries, as it lies in its response's stream.
struct StoredObject {
    const std::string& id;
    const Digest& digest;
    std::uint64_t bytes;
};

Result<Decided> callbackOf(const Response& response, const StoredObject& object,
                           Destination destination, const EngineOptions& options, std::string salt,
                           Timestamp now) {
    const auto url = checkDestination(destination, options.address_policy);
    if (!url) return url.refusal();
    DeliveryAccepted event;
    event.endpoint = url->endpoint();
    event.payload_digest = object.digest;
    event.payload_bytes = object.bytes;
    event.payload_stream = response.id;
    event.content_type = "application/json";
    event.client = response.client;
    event.subject = utf8Prefix(object.id, kMaxSubject);
    event.policy = options.retry_policy;
    return accepted(std::move(event), std::move(destination), std::move(salt), now);
}

BytesDigest digestOf(const std::string& salt, const std::string& bytes) {
    return {bytes.size(), saltedSha256(salt, bytes)};
}

ExchangeSummary summaryOf(AttemptOutcome& outcome, const Attachments& attachments) {
    ExchangeSummary summary;
    summary.http_status = outcome.http_status;
    // Not connected to, and not for all who read the record.
    if (outcome.reason != FailureReason::kRefusedAddress)
        summary.remote_address = std::move(outcome.remote_address);
    summary.timings = outcome.timings;
    summary.tls = std::move(outcome.tls);
    summary.reused = outcome.reused;
    summary.truncated = outcome.truncated;
    if (attachments.exchange) {
        summary.response_head = digestOf(attachments.salt, attachments.exchange->head);
        summary.response_body = digestOf(attachments.salt, attachments.exchange->body);
    }
    return summary;
}

/// Our own exhaustion never counts; a connection that died before the first byte not once a round.
bool countsAgainstRound(const Delivery& delivery, FailureReason reason) {
    if (reason == FailureReason::kLocalFault) return false;
    return reason != FailureReason::kStaleConnection || delivery.stale_used_in_round;
}

std::optional<RoundEnd> roundEndAfter(const Delivery& delivery, const AttemptFailed& failure) {
    if (delivery.status == DeliveryStatus::kCancelled) return RoundEnd::kCancelled;
    if (failure.reason == FailureReason::kRefusedAddress) return RoundEnd::kRefusedAddress;
    if (failure.reason == FailureReason::kDamaged) return RoundEnd::kDamaged;
    if (failure.reason == FailureReason::kHttpStatus && failure.exchange.http_status &&
        delivery.policy.endsRound(*failure.exchange.http_status)) {
        return RoundEnd::kFinalStatus;
    }
    const std::uint32_t counted = delivery.counted_in_round + (failure.counts ? 1 : 0);
    if (counted >= delivery.policy.maxAttempts()) return RoundEnd::kAttemptsUsed;
    return std::nullopt;
}

Duration delayAfterFailure(const Delivery& delivery, const AttemptFailed& failure,
                           std::optional<Duration> retry_after, double jitter) {
    if (failure.counts) {
        return delivery.policy.delayAfter(delivery.counted_in_round + 1, jitter, retry_after);
    }
    return failure.reason == FailureReason::kLocalFault ? kLocalFaultDelay : Duration::zero();
}

/// RFC 9110 section 10.2.3; other statuses say nothing about when to come back.
std::optional<Duration> retryAfterOf(const AttemptOutcome& outcome) {
    const bool asked = outcome.http_status == 429 || outcome.http_status == 503;
    return asked ? outcome.retry_after : std::nullopt;
}

std::string shortened(const std::string& reason) {
    return utf8Prefix(reason, kMaxReason);
}

Refusal otherOrigin(const std::string& from, const std::string& to) {
    return {RefusalCode::kForbidden,
            "the delivery goes to " + from + "; a re-delivery to " + to +
                " would show the payload to somebody new, which needs the role admin: ask an "
                "admin, or give a URL of " +
                from,
            "url"};
}

}  // namespace

Result<Decided> decideSubmission(Submission submission, const EngineOptions& options,
                                 std::string salt, Timestamp now) {
    if (!submission.payload) return Refusal::invalid("payload", "a delivery needs a payload");
    if (submission.payload->size() > options.max_payload_bytes) {
        return Refusal{
            RefusalCode::kTooLarge,
            "the payload is larger than " + std::to_string(options.max_payload_bytes) + " bytes",
            "payload"};
    }
    if (auto refusal = checkText(submission)) return *std::move(refusal);
    const RetryPolicy& policy = submission.retry_policy.value_or(options.retry_policy);
    if (auto refusal = checkPolicy(policy)) return *std::move(refusal);
    const auto url = checkDestination(submission.destination, options.address_policy);
    if (!url) return url.refusal();

    DeliveryAccepted event;
    event.endpoint = url->endpoint();
    event.payload_digest = sha256(*submission.payload);
    event.payload_bytes = submission.payload->size();
    event.content_type = std::move(submission.content_type);
    event.client = std::move(submission.client);
    event.subject = std::move(submission.subject);
    event.idempotency = std::move(submission.idempotency);
    event.policy = policy;
    Decided decided =
        accepted(std::move(event), std::move(submission.destination), std::move(salt), now);
    decided.attachments.payload = std::move(submission.payload);
    return decided;
}

Result<Decided> decideCallback(const Response& response, const ResponseCompletion& completion,
                               const Digest& payload_digest, const EngineOptions& options,
                               std::string salt, Timestamp now) {
    const StoredObject object{completion.object_id, payload_digest, completion.object->size()};
    return callbackOf(response, object, *completion.callback, options, std::move(salt), now);
}

std::optional<Refusal> refuseToSend(const Response& response) {
    if (response.state == ResponseState::kCreated) {
        return Refusal{RefusalCode::kConflict,
                       "the response is still being made; its object can be sent once it is there",
                       {}};
    }
    if (response.state == ResponseState::kCallFailed) {
        return Refusal{
            RefusalCode::kConflict, "the call made no object; there is nothing to send", {}};
    }
    if (response.state != ResponseState::kCompleted || response.payload_erased) {
        return Refusal{
            RefusalCode::kErased, "the response was deleted; there is nothing left to send", {}};
    }
    return std::nullopt;
}

Result<Decided> decideLateCallback(const Response& response, const LateCallback& command,
                                   const EngineOptions& options, std::string salt, Timestamp now) {
    const StoredObject object{response.object_id, response.payload_digest, response.payload_bytes};
    return callbackOf(response, object, {command.url, command.token.value_or("")}, options,
                      std::move(salt), now);
}

std::optional<Refusal> refuseRepetition(const Delivery& delivery, const LateCallback& command,
                                        const std::optional<Destination>& current) {
    const bool same = current && current->url == command.url &&
                      (!command.token || current->token == *command.token);
    if (delivery.finished() || !same) return std::nullopt;
    return Refusal{RefusalCode::kConflict,
                   "the object is on its way to this URL already, with " + delivery.id + " (" +
                       std::string(toString(delivery.status)) + ")",
                   {}};
}

AttemptStarted decideStart(const Delivery& delivery) {
    return {delivery.attempts + 1, delivery.round, delivery.next_cause};
}

Decided decideOutcome(const Delivery& delivery, AttemptOutcome&& outcome, std::string salt,
                      const std::string& token, Timestamp now, double jitter) {
    Decided decided;
    decided.attachments.salt = std::move(salt);
    // An answer may quote the payload: when that was erased meanwhile, none is kept.
    if (!outcome.response_head.empty() && !delivery.payload_erased) {
        Exchange exchange{std::move(outcome.response_head), std::move(outcome.response_body)};
        maskToken(exchange.head, token, outcome.truncated);
        maskToken(exchange.body, token, outcome.truncated);
        decided.attachments.exchange = std::move(exchange);
    }
    ExchangeSummary summary = summaryOf(outcome, decided.attachments);
    if (!outcome.reason) {
        decided.event = AttemptSucceeded{delivery.attempts, std::move(summary)};
        return decided;
    }

    AttemptFailed failure;
    failure.attempt = delivery.attempts;
    failure.reason = *outcome.reason;
    std::string detail = outcome.detail;
    maskToken(detail, token, false);
    failure.detail = shortened(detail);
    failure.exchange = std::move(summary);
    failure.counts = countsAgainstRound(delivery, failure.reason);
    failure.round_end = roundEndAfter(delivery, failure);
    if (!failure.round_end) {
        failure.retry_at =
            now + delayAfterFailure(delivery, failure, retryAfterOf(outcome), jitter);
    }
    decided.event = std::move(failure);
    return decided;
}

AttemptAbandoned decideAbandonment(const Delivery& delivery, Timestamp now, double jitter) {
    AttemptAbandoned event;
    event.attempt = delivery.attempts;
    const std::uint32_t counted = delivery.counted_in_round + 1;
    if (delivery.status == DeliveryStatus::kCancelled) {
        event.round_end = RoundEnd::kCancelled;
    } else if (counted >= delivery.policy.maxAttempts()) {
        event.round_end = RoundEnd::kAttemptsUsed;
    } else {
        event.retry_at = now + delivery.policy.delayAfter(counted, jitter, std::nullopt);
    }
    return event;
}

Result<Decided> decideRedelivery(const Delivery& delivery, const Redelivery& command,
                                 const std::optional<Destination>& current,
                                 const EngineOptions& options, std::string salt, Timestamp now) {
    if (delivery.attempt_open) {
        return Refusal{RefusalCode::kConflict,
                       "attempt " + std::to_string(delivery.attempts) +
                           " is on the wire; wait for its outcome, then re-deliver",
                       {}};
    }
    if (delivery.payload_erased) {
        return Refusal{
            RefusalCode::kConflict, "the payload was erased; there is nothing left to send", {}};
    }
    if (!current && (!command.url || !command.token)) {
        return Refusal{
            RefusalCode::kConflict, "URL and token were erased; give both to re-deliver", {}};
    }
    Destination destination = current.value_or(Destination{});
    if (command.url) destination.url = *command.url;
    if (command.token) destination.token = *command.token;
    const auto url = checkDestination(destination, options.address_policy);
    if (!url) return url.refusal();

    RedeliveryRequested event;
    event.round = delivery.round + 1;
    event.reason = shortened(command.reason);
    event.bulk = command.bulk;
    event.due_at = now;
    if (command.url) {
        event.endpoint = url->endpoint();
        event.url_digest = saltedSha256(salt, destination.url);
    }
    if (command.url && event.endpoint != delivery.endpoint) {
        if (!command.may_change_origin) return otherOrigin(delivery.endpoint, event.endpoint);
        event.previous_endpoint = delivery.endpoint;
        // A token belongs to the origin (RFC 6454) that it was given for.
        event.token_dropped = !command.token && !destination.token.empty();
        if (event.token_dropped) destination.token.clear();
    }
    event.token_changed = command.token || event.token_dropped;
    Decided decided;
    if (command.url || command.token) {
        decided.attachments.destination = std::move(destination);
        decided.attachments.salt = std::move(salt);
    }
    decided.event = std::move(event);
    return decided;
}

Result<DeliveryCancelled> decideCancellation(const Delivery& delivery,
                                             const Cancellation& command) {
    if (delivery.finished()) {
        return Refusal{RefusalCode::kConflict,
                       "the delivery is already " + std::string(toString(delivery.status)) +
                           "; only a pending or attempting one can be cancelled",
                       {}};
    }
    return DeliveryCancelled{shortened(command.reason)};
}

Result<ResponseCompleted> decideCompletion(const Response& response,
                                           const ResponseCompletion& completion,
                                           const Digest& payload_digest) {
    if (response.state != ResponseState::kCreated) {
        return Refusal{RefusalCode::kConflict,
                       "the response is " + std::string(toString(response.state)) +
                           "; only one that is being made can be completed",
                       {}};
    }
    ResponseCompleted event;
    event.object_id = completion.object_id;
    event.backend_id = completion.backend_id;
    event.status = completion.status;
    if (completion.object) {
        event.payload_digest = payload_digest;
        event.payload_bytes = completion.object->size();
    } else {
        event.reason = shortened(completion.reason);
    }
    return event;
}

Result<ResponseDeleted> decideDeletion(const Response& response, const ResponseDeletion& command) {
    const bool stored = response.state == ResponseState::kCompleted;
    const bool in_background = response.state == ResponseState::kCreated && response.background;
    if (!stored && !in_background) {
        return Refusal{RefusalCode::kNotFound, "there is no such response", {}};
    }
    return ResponseDeleted{shortened(command.reason)};
}

Result<Event> decideBulk(const BulkRedelivery& bulk, const BulkStep& command) {
    const auto refuse = [](const char* why) { return Refusal{RefusalCode::kConflict, why, {}}; };
    if (std::holds_alternative<BulkRedeliveryRequested>(command.step)) {
        if (bulk.requested) return refuse("there is already a bulk re-delivery with this id");
    } else if (!bulk.requested) {
        return Refusal{RefusalCode::kNotFound, "there is no such bulk re-delivery", {}};
    } else if (bulk.finished) {
        return refuse("the bulk re-delivery is over");
    } else if (std::holds_alternative<BulkRedeliveryPaused>(command.step) && bulk.paused) {
        return refuse("the bulk re-delivery is already paused");
    } else if (std::holds_alternative<BulkRedeliveryResumed>(command.step) && !bulk.paused) {
        return refuse("the bulk re-delivery is not paused");
    }
    return std::visit(
        [](auto step) {
            if constexpr (requires { step.reason; }) step.reason = shortened(step.reason);
            return Event(std::move(step));
        },
        command.step);
}

Result<EndpointPaused> decidePause(const EndpointState& endpoint, const EndpointCommand& command) {
    if (endpoint.paused) {
        return Refusal{RefusalCode::kConflict, "the endpoint is already paused", {}};
    }
    return EndpointPaused{shortened(command.reason)};
}

Result<EndpointResumed> decideResumption(const EndpointState& endpoint,
                                         const EndpointCommand& command) {
    if (!endpoint.paused) return Refusal{RefusalCode::kConflict, "the endpoint is not paused", {}};
    return EndpointResumed{shortened(command.reason)};
}

}  // namespace waybill
