// The attempts in a delivery's stream, each with a sentence that says what happened and what
// follows.
#include <algorithm>
#include <span>

#include "waybill/in_words.h"
#include "waybill/views.h"

namespace waybill {
namespace {

using Events = std::span<const RecordedEvent>;

/// What an outcome says about the future.
struct Verdict {
    std::optional<Timestamp> retry_at;
    std::optional<RoundEnd> round_end;
    bool counts = true;
    bool may_ask_for_delay = false;  ///< an answer that can carry Retry-After
};

/// What is known of the delivery at a point of its stream.
struct Story {
    bool https = false;
    RetryPolicy policy;
    std::uint32_t counted_in_round = 0;
    bool cancelled = false;
};

std::string at(Timestamp time) {
    return " at " + timeInWords(time);
}

// ---- what happened

/// How far a timed-out attempt got; a phase without a time was not finished, or not needed.
std::string phaseInWords(const ExchangeSummary& exchange, bool https) {
    const PhaseTimings& timings = exchange.timings;
    if (exchange.http_status) return "while the rest of the answer was being read";
    if (timings.first_byte) return "while the head of the answer was being read";
    if (exchange.reused) return "waiting for the answer";
    if (!timings.connect) {
        const bool looked_up = timings.dns || !exchange.remote_address.empty();
        return looked_up ? "before there was a connection" : "while the name was being looked up";
    }
    if (https && !timings.tls) return "during the TLS handshake";
    return "after the connection was made, waiting for the answer";
}

std::string withDetail(const std::string& text, const std::string& detail) {
    return detail.empty() ? text : text + ": " + detail;
}

std::string connectInWords(const AttemptFailed& failed) {
    const std::string to =
        failed.exchange.remote_address.empty() ? "" : " to " + failed.exchange.remote_address;
    if (failed.exchange.timings.connect || failed.exchange.reused) {
        return withDetail("The connection" + to + " broke before there was an answer",
                          failed.detail);
    }
    return withDetail("No connection" + to + " could be made", failed.detail);
}

std::string happenedInWords(const AttemptFailed& failed, bool https) {
    const ExchangeSummary& exchange = failed.exchange;
    const std::string after = " after " + durationInWords(exchange.timings.total);
    switch (failed.reason) {
        case FailureReason::kHttpStatus:
            return "The endpoint answered " + httpStatusInWords(exchange.http_status.value_or(0)) +
                   after;
        case FailureReason::kTimeout:
            return "The time for the attempt was used up" + after + ", " +
                   phaseInWords(exchange, https);
        case FailureReason::kDns:
            return withDetail("The endpoint has no address", failed.detail);
        case FailureReason::kConnect:
            return connectInWords(failed);
        case FailureReason::kTls:
            return withDetail("No trusted TLS connection could be made", failed.detail);
        case FailureReason::kProtocol:
            if (exchange.remote_address.empty()) {
                return withDetail("Nothing could be sent", failed.detail);
            }
            return withDetail("What came back is not a valid HTTP/1.1 answer", failed.detail);
        case FailureReason::kRefusedAddress:
            return withDetail("Callbacks to this address are refused", failed.detail);
        case FailureReason::kStaleConnection:
            return "The endpoint had already closed the connection that was to be reused";
        case FailureReason::kLocalFault:
            return withDetail("Waybill itself ran out of something, the endpoint is not to blame",
                              failed.detail);
        case FailureReason::kDamaged:
            return withDetail("Nothing was sent: what is kept for this delivery is damaged",
                              failed.detail);
    }
    return {};
}

// ---- what follows

bool isOutcome(const Event& event) {
    return std::holds_alternative<AttemptSucceeded>(event) ||
           std::holds_alternative<AttemptFailed>(event) ||
           std::holds_alternative<AttemptAbandoned>(event);
}

/// Nothing but the answer's Retry-After moves a retry beyond the policy's delay and its jitter.
bool endpointAskedForDelay(Duration delay, const Verdict& verdict, const Story& story) {
    if (!verdict.may_ask_for_delay || story.counted_in_round == 0) return false;
    return delay > story.policy.delayAfter(story.counted_in_round, 1.0, std::nullopt);
}

std::string roundEndInWords(RoundEnd end, std::uint32_t round, const Story& story) {
    switch (end) {
        case RoundEnd::kAttemptsUsed:
            return ". This was the last of " + std::to_string(story.policy.maxAttempts()) +
                   (story.policy.maxAttempts() == 1 ? " attempt" : " attempts") + " of round " +
                   std::to_string(round) + ".";
        case RoundEnd::kRefusedAddress:
            return ". That ends round " + std::to_string(round) +
                   " at once: the address would be refused again.";
        case RoundEnd::kFinalStatus:
            return ". This status is configured to be final, so round " + std::to_string(round) +
                   " ends at once.";
        case RoundEnd::kCancelled:
            return ". The delivery had been cancelled, so no attempt follows.";
        case RoundEnd::kDamaged:
            return ". That ends round " + std::to_string(round) +
                   " at once: it would be damaged at the next attempt too.";
    }
    return ".";
}

/// The retry that was planned, as it turned out: made, replaced, called off or still to come.
std::string retryInWords(Timestamp decided_at, const Verdict& verdict, const Story& story,
                         Events later) {
    const Timestamp retry_at = *verdict.retry_at;
    const Duration delay = retry_at - decided_at;
    const std::string asked =
        endpointAskedForDelay(delay, verdict, story) ? ", as the endpoint asked (Retry-After)" : "";
    for (const RecordedEvent& next : later) {
        if (const auto* started = std::get_if<AttemptStarted>(&next.event)) {
            return "; attempt " + std::to_string(started->attempt) + " followed" +
                   at(next.recorded_at) + ", " + durationInWords(next.recorded_at - decided_at) +
                   " later" + asked + ".";
        }
        if (std::holds_alternative<RedeliveryRequested>(next.event)) {
            return "; a retry was due" + at(retry_at) + ", but " + next.actor + " re-delivered it" +
                   at(next.recorded_at) + ".";
        }
        if (std::holds_alternative<DeliveryCancelled>(next.event)) {
            return "; a retry was due" + at(retry_at) + ", but " + next.actor + " cancelled it" +
                   at(next.recorded_at) + ".";
        }
    }
    if (delay <= Duration::zero()) return "; the next attempt is due at once.";
    return "; the next attempt is due" + at(retry_at) + ", " + durationInWords(delay) + " later" +
           asked + ".";
}

std::string followsInWords(const RecordedEvent& outcome, const Verdict& verdict,
                           std::uint32_t round, const Story& story, Events later) {
    const std::string uncounted =
        verdict.counts ? "" : " (it does not count as one of the round's attempts)";
    if (verdict.retry_at) {
        return uncounted + retryInWords(outcome.recorded_at, verdict, story, later);
    }
    return uncounted +
           (verdict.round_end ? roundEndInWords(*verdict.round_end, round, story) : ".");
}

// ---- putting attempts together

void takeExchange(AttemptView& view, const ExchangeSummary& exchange) {
    view.duration = exchange.timings.total;
    view.http_status = exchange.http_status;
    view.remote_address = exchange.remote_address;
    view.timings = exchange.timings;
    view.tls = exchange.tls;
    view.truncated = exchange.truncated;
    if (exchange.response_body) view.response_body_bytes = exchange.response_body->size;
}

void takeVerdict(AttemptView& view, const Verdict& verdict, Story& story) {
    view.counts = verdict.counts;
    view.retry_at = verdict.retry_at;
    if (verdict.counts) ++story.counted_in_round;
}

AttemptView started(const RecordedEvent& event, const AttemptStarted& start, Events later) {
    AttemptView view;
    view.attempt = start.attempt;
    view.round = start.round;
    view.cause = start.cause;
    view.started_at = event.recorded_at;
    view.explanation = "On its way; what the endpoint answers is awaited.";
    const bool cancelled = std::any_of(later.begin(), later.end(), [](const RecordedEvent& next) {
        return std::holds_alternative<DeliveryCancelled>(next.event);
    });
    if (cancelled) {
        view.explanation =
            "On its way, though the delivery was cancelled: a 2xx still makes it delivered, after "
            "anything else no attempt follows.";
    }
    return view;
}

void succeeded(AttemptView& view, const AttemptSucceeded& success, const Story& story) {
    takeExchange(view, success.exchange);
    view.status = AttemptStatus::kSucceeded;
    view.explanation = "The endpoint accepted it with " +
                       httpStatusInWords(success.exchange.http_status.value_or(0)) + " after " +
                       durationInWords(success.exchange.timings.total);
    if (success.exchange.truncated) view.explanation += "; its answer was cut short";
    view.explanation += story.cancelled
                            ? ". It was on the wire when the delivery was cancelled, which is "
                              "therefore delivered all the same."
                            : ".";
}

void failed(AttemptView& view, const RecordedEvent& event, const AttemptFailed& failure,
            Story& story, Events later) {
    const std::uint16_t status = failure.exchange.http_status.value_or(0);
    const Verdict verdict{failure.retry_at, failure.round_end, failure.counts,
                          status == 429 || status == 503};
    takeExchange(view, failure.exchange);
    takeVerdict(view, verdict, story);
    view.status = AttemptStatus::kFailed;
    view.reason = failure.reason;
    view.explanation = happenedInWords(failure, story.https) +
                       followsInWords(event, verdict, view.round, story, later);
}

void abandoned(AttemptView& view, const RecordedEvent& event, const AttemptAbandoned& abandonment,
               Story& story, Events later) {
    const Verdict verdict{abandonment.retry_at, abandonment.round_end};
    takeVerdict(view, verdict, story);
    view.status = AttemptStatus::kAbandoned;
    view.explanation =
        "Waybill stopped while this attempt was on the wire, so nobody knows whether the endpoint "
        "got it" +
        followsInWords(event, verdict, view.round, story, later);
}

/// An attempt that is open where an event of a later version follows: that may have ended it.
void leaveOpen(AttemptView& view, const UnknownEvent& unknown) {
    view.explanation =
        "What became of it is not known here: an event of a later version follows, " +
        unknown.type + ".";
}

void takeOutcome(AttemptView& view, const RecordedEvent& event, Story& story, Events later) {
    view.outcome_position = event.global_position;
    if (const auto* success = std::get_if<AttemptSucceeded>(&event.event)) {
        succeeded(view, *success, story);
    } else if (const auto* failure = std::get_if<AttemptFailed>(&event.event)) {
        failed(view, event, *failure, story, later);
    } else if (const auto* abandonment = std::get_if<AttemptAbandoned>(&event.event)) {
        abandoned(view, event, *abandonment, story, later);
    }
}

}  // namespace

std::vector<AttemptView> attemptsOf(const std::vector<RecordedEvent>& stream) {
    std::vector<AttemptView> attempts;
    Story story;
    for (std::size_t i = 0; i < stream.size(); ++i) {
        const RecordedEvent& event = stream[i];
        const Events later = Events(stream).subspan(i + 1);
        if (const auto* accepted = std::get_if<DeliveryAccepted>(&event.event)) {
            story.https = accepted->endpoint.starts_with("https:");
            story.policy = accepted->policy;
        } else if (const auto* redelivery = std::get_if<RedeliveryRequested>(&event.event)) {
            if (!redelivery->endpoint.empty()) {
                story.https = redelivery->endpoint.starts_with("https:");
            }
            story.counted_in_round = 0;
            story.cancelled = false;
        } else if (std::holds_alternative<DeliveryCancelled>(event.event)) {
            story.cancelled = true;
        } else if (const auto* start = std::get_if<AttemptStarted>(&event.event)) {
            attempts.push_back(started(event, *start, later));
        } else if (const auto* unknown = std::get_if<UnknownEvent>(&event.event)) {
            const bool open =
                !attempts.empty() && attempts.back().status == AttemptStatus::kAttempting;
            if (open) leaveOpen(attempts.back(), *unknown);
        } else if (isOutcome(event.event) && !attempts.empty()) {
            takeOutcome(attempts.back(), event, story, later);
        }
    }
    return attempts;
}

}  // namespace waybill
