#include "waybill/delivery.h"

#include "domain/enum_names.h"
#include "domain/fold_rules.h"

namespace waybill {

namespace {

constexpr EnumNames<DeliveryStatus, 6> kStatuses{
    {"none", "pending", "attempting", "delivered", "failed", "cancelled"}};
constexpr EnumNames<AttemptStatus, 4> kAttemptStatuses{
    {"attempting", "succeeded", "failed", "abandoned"}};

/// Applies one event; every function is one row of the table in core/EVENTS.md.
class DeliveryFold {
public:
    DeliveryFold(Delivery& delivery, const RecordedEvent& recorded)
        : delivery_(delivery), recorded_(recorded) {}

    void operator()(const DeliveryAccepted& event) {
        require(delivery_.status == DeliveryStatus::kNone, "a delivery is accepted once");
        require(!event.policy.delays.empty(), "a policy has at least one delay");
        delivery_.id = recorded_.stream;
        delivery_.status = DeliveryStatus::kPending;
        delivery_.endpoint = event.endpoint;
        delivery_.client = event.client;
        delivery_.subject = event.subject;
        delivery_.content_type = event.content_type;
        delivery_.payload_digest = event.payload_digest;
        delivery_.payload_bytes = event.payload_bytes;
        delivery_.payload_stream = event.payload_stream;
        delivery_.policy = event.policy;
        delivery_.next_attempt_at = event.due_at;
        delivery_.next_cause = AttemptCause::kFirst;
        delivery_.created_at = recorded_.recorded_at;
        delivery_.accepted_position = recorded_.global_position;
        delivery_.destination_position = recorded_.global_position;
    }

    void operator()(const AttemptStarted& event) {
        require(delivery_.status == DeliveryStatus::kPending,
                "an attempt starts only while the delivery is pending");
        require(event.attempt == delivery_.attempts + 1, "attempts are numbered without a gap");
        require(event.round == delivery_.round, "an attempt belongs to the round in force");
        require(event.cause == delivery_.next_cause, "an attempt has the cause that made it due");
        delivery_.status = DeliveryStatus::kAttempting;
        delivery_.attempt_open = true;
        delivery_.attempts = event.attempt;
        delivery_.next_attempt_at.reset();
        delivery_.last_attempt = LastAttempt{.attempt = event.attempt,
                                             .cause = event.cause,
                                             .status = AttemptStatus::kAttempting,
                                             .started_at = recorded_.recorded_at};
    }

    void operator()(const AttemptSucceeded& event) {
        closeAttempt(event.attempt, AttemptStatus::kSucceeded);
        delivery_.status = DeliveryStatus::kDelivered;
        delivery_.round_end.reset();
        delivery_.last_attempt.duration = event.exchange.timings.total;
        delivery_.last_attempt.http_status = event.exchange.http_status;
    }

    void operator()(const AttemptFailed& event) {
        closeAttempt(event.attempt, AttemptStatus::kFailed);
        delivery_.last_attempt.duration = event.exchange.timings.total;
        delivery_.last_attempt.http_status = event.exchange.http_status;
        delivery_.last_attempt.reason = event.reason;
        if (event.counts) {
            ++delivery_.counted_in_round;
        } else if (event.reason == FailureReason::kStaleConnection) {
            require(!delivery_.stale_used_in_round, "one stale connection a round goes uncounted");
            delivery_.stale_used_in_round = true;
        } else {
            require(event.reason == FailureReason::kLocalFault,
                    "only a local fault or a stale connection goes uncounted");
        }
        continueRound(event.retry_at, event.round_end);
    }

    void operator()(const AttemptAbandoned& event) {
        closeAttempt(event.attempt, AttemptStatus::kAbandoned);
        ++delivery_.counted_in_round;
        continueRound(event.retry_at, event.round_end);
    }

    void operator()(const RedeliveryRequested& event) {
        require(delivery_.status != DeliveryStatus::kNone,
                "only what was accepted is re-delivered");
        require(!delivery_.attempt_open, "nothing is re-delivered while an attempt is on the wire");
        require(!delivery_.payload_erased, "nothing is re-delivered after its payload was erased");
        require(event.round == delivery_.round + 1, "rounds are numbered without a gap");
        delivery_.status = DeliveryStatus::kPending;
        delivery_.round = event.round;
        delivery_.counted_in_round = 0;
        delivery_.stale_used_in_round = false;
        delivery_.round_end.reset();
        delivery_.next_attempt_at = event.due_at;
        delivery_.next_cause = AttemptCause::kRedelivery;
        if (!event.endpoint.empty()) delivery_.endpoint = event.endpoint;
        if (event.url_digest || event.token_changed) {
            delivery_.destination_position = recorded_.global_position;
        }
    }

    void operator()(const DeliveryCancelled&) {
        require(delivery_.status == DeliveryStatus::kPending ||
                    delivery_.status == DeliveryStatus::kAttempting,
                "only a delivery that is not finished is cancelled");
        delivery_.status = DeliveryStatus::kCancelled;
        delivery_.round_end = RoundEnd::kCancelled;
        delivery_.next_attempt_at.reset();
    }

    void operator()(const PayloadErased&) {
        require(delivery_.finished(), "the payload of a delivery is erased once it is finished");
        require(!delivery_.payload_erased, "a payload is erased once");
        delivery_.payload_erased = true;
    }

    void operator()(const ResponseCreated&) { foreign(); }
    void operator()(const ResponseCompleted&) { foreign(); }
    void operator()(const ResponseDeleted&) { foreign(); }
    void operator()(const CallbackIgnored&) { foreign(); }
    void operator()(const CallbackRequested&) { foreign(); }
    void operator()(const EndpointPaused&) { foreign(); }
    void operator()(const EndpointResumed&) { foreign(); }
    void operator()(const BulkRedeliveryRequested&) { foreign(); }
    void operator()(const BulkRedeliveryPaused&) { foreign(); }
    void operator()(const BulkRedeliveryResumed&) { foreign(); }
    void operator()(const BulkRedeliveryRefused&) { foreign(); }
    void operator()(const BulkRedeliveryFinished&) { foreign(); }
    void operator()(const LogContinued&) { foreign(); }
    void operator()(const LossAccepted&) { foreign(); }
    void operator()(const AccessRecorded&) { foreign(); }
    void operator()(const UnknownEvent&) { delivery_.from_later_version = true; }

private:
    void require(bool holds, const char* rule) const { requireRule(holds, recorded_, rule); }
    [[noreturn]] void foreign() const { refuseForeignEvent(recorded_, "a delivery"); }

    void closeAttempt(std::uint32_t attempt, AttemptStatus status) {
        require(delivery_.attempt_open, "an outcome closes an attempt on the wire");
        require(attempt == delivery_.attempts, "an outcome names the attempt on the wire");
        delivery_.attempt_open = false;
        delivery_.last_attempt.status = status;
    }

    void continueRound(const std::optional<Timestamp>& retry_at,
                       const std::optional<RoundEnd>& round_end) {
        require(retry_at.has_value() != round_end.has_value(),
                "a failure carries either the time of the next attempt or why there is none");
        if (delivery_.status == DeliveryStatus::kCancelled) {
            require(!retry_at, "a cancelled delivery is not retried");
            return;
        }
        require(!retry_at || delivery_.counted_in_round < delivery_.policy.maxAttempts(),
                "a round has no more attempts than its policy allows");
        delivery_.status = retry_at ? DeliveryStatus::kPending : DeliveryStatus::kFailed;
        delivery_.next_attempt_at = retry_at;
        delivery_.next_cause = AttemptCause::kRetry;
        delivery_.round_end = round_end;
    }

    Delivery& delivery_;
    const RecordedEvent& recorded_;
};

}  // namespace

std::string_view toString(DeliveryStatus status) noexcept {
    return kStatuses.of(status);
}
std::string_view toString(AttemptStatus status) noexcept {
    return kAttemptStatuses.of(status);
}

std::optional<DeliveryStatus> deliveryStatusFrom(std::string_view text) noexcept {
    return kStatuses.from(text);
}
std::optional<AttemptStatus> attemptStatusFrom(std::string_view text) noexcept {
    return kAttemptStatuses.from(text);
}

void foldInto(Delivery& delivery, const RecordedEvent& event) {
    requireNextPosition(delivery.position, event);
    if (!delivery.from_later_version) std::visit(DeliveryFold(delivery, event), event.event);
    delivery.position = event.position;
    delivery.updated_at = event.recorded_at;
}

Delivery fold(Delivery delivery, const RecordedEvent& event) {
    foldInto(delivery, event);
    return delivery;
}

}  // namespace waybill
