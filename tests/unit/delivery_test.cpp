// Does a delivery's history mean what core/EVENTS.md says, and is a history that cannot be refused?
#include "waybill/delivery.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "support/fold_cases.h"
#include "waybill/errors.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNoon = Timestamp(std::chrono::seconds(1'800'000'000));

/// The rule that an event breaks after this state, or "" if it breaks none.
template <typename State>
std::string brokenRule(const State& state, const Event& event) {
    const RecordedEvent recorded = nextEvent(state, event);
    try {
        fold(state, recorded);
    } catch (const CorruptLog& error) {
        EXPECT_EQ(error.stream(), recorded.stream);
        EXPECT_EQ(error.position(), recorded.position);
        return error.rule();
    }
    return "";
}

// ---- every cell

constexpr std::array kStates = {
    "none", "pending", "attempting", "failed", "cancelled", "cancelled, on the wire", "delivered"};

constexpr auto kOnce = "a delivery is accepted once";
constexpr auto kPendingOnly = "an attempt starts only while the delivery is pending";
constexpr auto kNoAttempt = "an outcome closes an attempt on the wire";
constexpr auto kNoRetry = "a cancelled delivery is not retried";
constexpr auto kUnknown = "only what was accepted is re-delivered";
constexpr auto kOnWire = "nothing is re-delivered while an attempt is on the wire";
constexpr auto kFinishedAlready = "only a delivery that is not finished is cancelled";
constexpr auto kNotFinished = "the payload of a delivery is erased once it is finished";

/// A row of the table: for each of kStates the state that follows, or the rule that is broken.
struct Row {
    std::string event;
    std::array<std::string, kStates.size()> cells;
};

const std::vector<Row> kRows = {
    {"delivery_accepted", {"pending", kOnce, kOnce, kOnce, kOnce, kOnce, kOnce}},
    {"attempt_started",
     {kPendingOnly, "attempting", kPendingOnly, kPendingOnly, kPendingOnly, kPendingOnly,
      kPendingOnly}},
    {"attempt_succeeded",
     {kNoAttempt, kNoAttempt, "delivered", kNoAttempt, kNoAttempt, "delivered", kNoAttempt}},
    {"attempt_failed with retry_at",
     {kNoAttempt, kNoAttempt, "pending", kNoAttempt, kNoAttempt, kNoRetry, kNoAttempt}},
    {"attempt_failed with round_end",
     {kNoAttempt, kNoAttempt, "failed", kNoAttempt, kNoAttempt, "cancelled", kNoAttempt}},
    {"attempt_abandoned with retry_at",
     {kNoAttempt, kNoAttempt, "pending", kNoAttempt, kNoAttempt, kNoRetry, kNoAttempt}},
    {"attempt_abandoned with round_end",
     {kNoAttempt, kNoAttempt, "failed", kNoAttempt, kNoAttempt, "cancelled", kNoAttempt}},
    {"redelivery_requested",
     {kUnknown, "pending", kOnWire, "pending", "pending", kOnWire, "pending"}},
    {"delivery_cancelled",
     {kFinishedAlready, "cancelled", "cancelled, on the wire", kFinishedAlready, kFinishedAlready,
      kFinishedAlready, kFinishedAlready}},
    {"payload_erased",
     {kNotFinished, kNotFinished, kNotFinished, "failed, erased", "cancelled, erased",
      "cancelled, on the wire, erased", "delivered, erased"}},
};

TEST(DeliveryFold, EveryEventLeadsFromEveryStateWhereTheTableSays) {
    for (const Row& row : kRows) {
        for (std::size_t i = 0; i < kStates.size(); ++i) {
            SCOPED_TRACE(row.event + " after " + kStates[i]);
            const auto before = stateIn<Delivery>(kStates[i]);
            ASSERT_EQ(nameOf(before), kStates[i]);
            const Event event = eventFor(row.event, before);
            const std::string rule = brokenRule(before, event);
            if (rule.empty()) {
                EXPECT_EQ(nameOf(fold(before, nextEvent(before, event))), row.cells[i]);
            } else {
                EXPECT_EQ(rule, std::string(typeName(event)) + " breaks the rule: " + row.cells[i]);
            }
        }
    }
}

TEST(DeliveryFold, EventsOfOtherStreamsAreForeignInEveryState) {
    for (const char* type :
         {"response_created", "response_completed", "response_deleted", "callback_ignored",
          "endpoint_paused", "endpoint_resumed", "bulk_redelivery_requested",
          "bulk_redelivery_paused", "bulk_redelivery_resumed", "bulk_redelivery_refused",
          "bulk_redelivery_finished", "log_continued", "loss_accepted", "access_recorded"}) {
        for (const char* state : kStates) {
            EXPECT_EQ(brokenRule(stateIn<Delivery>(state), emptyEvent(type)),
                      std::string(type) + " does not belong in the stream of a delivery")
                << "after " << state;
        }
    }
}

TEST(DeliveryFold, AnErasedPayloadIsNeitherErasedAgainNorSentAgain) {
    for (const char* state : {"delivered, erased", "failed, erased", "cancelled, erased"}) {
        const auto erased = stateIn<Delivery>(state);
        EXPECT_EQ(brokenRule(erased, PayloadErased{}),
                  "payload_erased breaks the rule: a payload is erased once");
        EXPECT_EQ(brokenRule(erased, RedeliveryRequested{.round = 2}),
                  "redelivery_requested breaks the rule: nothing is re-delivered after its payload "
                  "was erased");
    }
    const auto on_the_wire = stateIn<Delivery>("cancelled, on the wire, erased");
    EXPECT_EQ(nameOf(after(on_the_wire, {AttemptSucceeded{.attempt = 1}})), "delivered, erased");
}

// ---- numbers that do not fit

TEST(DeliveryFold, AGapInThePositionsIsRefused) {
    const auto pending = stateIn<Delivery>("pending");
    for (const std::uint64_t position : {0u, 1u, 3u}) {
        RecordedEvent event = nextEvent(pending, AttemptStarted{1, 1, AttemptCause::kFirst});
        event.position = position;
        try {
            fold(pending, event);
            FAIL() << "position " << position << " after 1";
        } catch (const CorruptLog& error) {
            EXPECT_EQ(error.position(), position);
            EXPECT_EQ(error.rule(),
                      "attempt_started breaks the rule: positions in a stream have no gap");
        }
    }
}

TEST(DeliveryFold, AttemptsAndRoundsAreNumberedWithoutAGap) {
    const auto pending = stateIn<Delivery>("pending");
    const std::string numbered =
        "attempt_started breaks the rule: attempts are numbered without a gap";
    EXPECT_EQ(brokenRule(pending, AttemptStarted{0, 1, AttemptCause::kFirst}), numbered);
    EXPECT_EQ(brokenRule(pending, AttemptStarted{2, 1, AttemptCause::kFirst}), numbered);
    EXPECT_EQ(brokenRule(pending, AttemptStarted{1, 2, AttemptCause::kFirst}),
              "attempt_started breaks the rule: an attempt belongs to the round in force");
    const std::string rounds =
        "redelivery_requested breaks the rule: rounds are numbered without a gap";
    EXPECT_EQ(brokenRule(pending, RedeliveryRequested{.round = 1}), rounds);
    EXPECT_EQ(brokenRule(pending, RedeliveryRequested{.round = 3}), rounds);
}

TEST(DeliveryFold, AnAttemptHasTheCauseThatMadeItDue) {
    const std::string rule =
        "attempt_started breaks the rule: an attempt has the cause that made it due";
    const auto first = stateIn<Delivery>("pending");
    const auto retry =
        after(stateIn<Delivery>("attempting"), {AttemptFailed{.attempt = 1, .retry_at = kNoon}});
    const auto redelivery = after(stateIn<Delivery>("failed"), {RedeliveryRequested{.round = 2}});
    const std::map<AttemptCause, Delivery> due = {{AttemptCause::kFirst, first},
                                                  {AttemptCause::kRetry, retry},
                                                  {AttemptCause::kRedelivery, redelivery}};
    for (const auto& [cause, delivery] : due) {
        for (const auto& [claimed, other] : due) {
            const AttemptStarted start{delivery.attempts + 1, delivery.round, claimed};
            EXPECT_EQ(brokenRule(delivery, start), claimed == cause ? "" : rule);
        }
    }
}

TEST(DeliveryFold, AnOutcomeNamesTheAttemptOnTheWire) {
    const auto attempting = stateIn<Delivery>("attempting");
    for (const std::uint32_t attempt : {0u, 2u}) {
        for (const Event& outcome :
             std::initializer_list<Event>{AttemptSucceeded{.attempt = attempt},
                                          AttemptFailed{.attempt = attempt, .retry_at = kNoon},
                                          AttemptAbandoned{attempt, kNoon, {}}}) {
            EXPECT_EQ(brokenRule(attempting, outcome),
                      std::string(typeName(outcome)) +
                          " breaks the rule: an outcome names the attempt on the wire");
        }
    }
}

TEST(DeliveryFold, AFailureSaysEitherWhenItGoesOnOrWhyItDoesNot) {
    const auto attempting = stateIn<Delivery>("attempting");
    const std::string rule =
        " breaks the rule: a failure carries either the time of the next attempt or why there is "
        "none";
    EXPECT_EQ(brokenRule(attempting, AttemptFailed{.attempt = 1}), "attempt_failed" + rule);
    EXPECT_EQ(brokenRule(attempting, AttemptFailed{.attempt = 1,
                                                   .retry_at = kNoon,
                                                   .round_end = RoundEnd::kAttemptsUsed}),
              "attempt_failed" + rule);
    EXPECT_EQ(brokenRule(attempting, AttemptAbandoned{1, {}, {}}), "attempt_abandoned" + rule);
    EXPECT_EQ(brokenRule(attempting, AttemptAbandoned{1, kNoon, RoundEnd::kAttemptsUsed}),
              "attempt_abandoned" + rule);
}

TEST(DeliveryFold, APolicyHasADelay) {
    EXPECT_EQ(brokenRule(Delivery{}, DeliveryAccepted{}),
              "delivery_accepted breaks the rule: a policy has at least one delay");
}

// ---- what counts

/// One failed attempt of round 1 after another, each promising the next.
Delivery afterFailures(int failures, std::uint32_t max_retries) {
    Delivery delivery = after(Delivery{}, {DeliveryAccepted{.policy = {max_retries}}});
    for (int i = 0; i < failures; ++i) {
        delivery = after(delivery, {eventFor("attempt_started", delivery)});
        delivery = after(delivery, {eventFor("attempt_failed with retry_at", delivery)});
    }
    return after(delivery, {eventFor("attempt_started", delivery)});
}

TEST(DeliveryFold, ARoundHasNoMoreAttemptsThanItsPolicyAllows) {
    const std::string rule =
        " breaks the rule: a round has no more attempts than its policy allows";
    const Delivery fourth = afterFailures(3, 3);
    EXPECT_EQ(brokenRule(fourth, AttemptFailed{.attempt = 4, .retry_at = kNoon}),
              "attempt_failed" + rule);
    EXPECT_EQ(brokenRule(fourth, AttemptAbandoned{4, kNoon, {}}), "attempt_abandoned" + rule);
    EXPECT_EQ(brokenRule(fourth, AttemptFailed{.attempt = 4,
                                               .reason = FailureReason::kLocalFault,
                                               .counts = false,
                                               .retry_at = kNoon}),
              "");
    const Delivery only = afterFailures(0, 0);
    EXPECT_EQ(brokenRule(only, AttemptFailed{.attempt = 1, .retry_at = kNoon}),
              "attempt_failed" + rule);
}

TEST(DeliveryFold, OnlyLocalFaultsAndOneStaleConnectionARoundGoUncounted) {
    for (const FailureReason reason :
         {FailureReason::kHttpStatus, FailureReason::kTimeout, FailureReason::kDns,
          FailureReason::kConnect, FailureReason::kTls, FailureReason::kProtocol,
          FailureReason::kRefusedAddress, FailureReason::kStaleConnection,
          FailureReason::kLocalFault}) {
        const bool may =
            reason == FailureReason::kStaleConnection || reason == FailureReason::kLocalFault;
        EXPECT_EQ(
            brokenRule(
                stateIn<Delivery>("attempting"),
                AttemptFailed{.attempt = 1, .reason = reason, .counts = false, .retry_at = kNoon}),
            may ? ""
                : "attempt_failed breaks the rule: only a local fault or a stale connection "
                  "goes uncounted")
            << toString(reason);
    }

    Delivery delivery = stateIn<Delivery>("attempting");
    const auto stale = [&] {
        return AttemptFailed{.attempt = delivery.attempts,
                             .reason = FailureReason::kStaleConnection,
                             .counts = false,
                             .retry_at = kNoon};
    };
    delivery = after(delivery, {stale()});
    EXPECT_TRUE(delivery.stale_used_in_round);
    EXPECT_EQ(delivery.counted_in_round, 0u);
    delivery = after(delivery, {eventFor("attempt_started", delivery)});
    EXPECT_EQ(brokenRule(delivery, stale()),
              "attempt_failed breaks the rule: one stale connection a round goes uncounted");

    AttemptFailed counted = stale();
    counted.counts = true;
    delivery = after(delivery, {counted, RedeliveryRequested{.round = 2}});
    delivery = after(delivery, {eventFor("attempt_started", delivery)});
    EXPECT_EQ(brokenRule(delivery, stale()), "") << "a new round has its own";
}

TEST(DeliveryFold, AnAbandonedAttemptCounts) {
    const auto delivery = after(stateIn<Delivery>("attempting"), {AttemptAbandoned{1, kNoon, {}}});
    EXPECT_EQ(delivery.counted_in_round, 1u);
    EXPECT_EQ(delivery.attempts, 1u);
    EXPECT_EQ(delivery.last_attempt.status, AttemptStatus::kAbandoned);
}

// ---- what is remembered

TEST(DeliveryFold, AcceptanceGivesEverythingThatADeliveryIs) {
    DeliveryAccepted accepted{.endpoint = "https://example.com:443",
                              .url_digest = Digest{1},
                              .payload_digest = Digest{2},
                              .payload_bytes = 17,
                              .content_type = "text/plain",
                              .client = "acme",
                              .subject = "order 66",
                              .payload_stream = "resp_1",
                              .has_token = true,
                              .policy = {1, {7s}, {410}},
                              .due_at = kNoon};
    RecordedEvent recorded = nextEvent(Delivery{}, accepted);
    const Delivery delivery = fold(Delivery{}, recorded);
    EXPECT_EQ(delivery.id, recorded.stream);
    EXPECT_EQ(delivery.status, DeliveryStatus::kPending);
    EXPECT_FALSE(delivery.attempt_open);
    EXPECT_EQ(delivery.endpoint, "https://example.com:443");
    EXPECT_EQ(delivery.client, "acme");
    EXPECT_EQ(delivery.subject, "order 66");
    EXPECT_EQ(delivery.content_type, "text/plain");
    EXPECT_EQ(delivery.payload_digest, Digest{2});
    EXPECT_EQ(delivery.payload_bytes, 17u);
    EXPECT_EQ(delivery.payload_stream, "resp_1");
    EXPECT_EQ(delivery.policy, accepted.policy);
    EXPECT_EQ(delivery.round, 1u);
    EXPECT_EQ(delivery.attempts, 0u);
    EXPECT_EQ(delivery.next_attempt_at, kNoon);
    EXPECT_EQ(delivery.next_cause, AttemptCause::kFirst);
    EXPECT_EQ(delivery.created_at, recorded.recorded_at);
    EXPECT_EQ(delivery.updated_at, recorded.recorded_at);
    EXPECT_EQ(delivery.position, 1u);
    EXPECT_EQ(delivery.accepted_position, recorded.global_position);
    EXPECT_EQ(delivery.destination_position, recorded.global_position);
    EXPECT_TRUE(delivery.live());
    EXPECT_FALSE(delivery.finished());
}

TEST(DeliveryFold, TheNewestAttemptIsRemembered) {
    AttemptFailed failure{.attempt = 1, .reason = FailureReason::kHttpStatus, .retry_at = kNoon};
    failure.exchange.http_status = 503;
    failure.exchange.timings.total = 12ms;
    Delivery delivery = after(stateIn<Delivery>("attempting"), {failure});
    const Timestamp started_at = delivery.last_attempt.started_at;
    EXPECT_EQ(delivery.last_attempt,
              (LastAttempt{1, AttemptCause::kFirst, AttemptStatus::kFailed, started_at, 12ms, 503,
                           FailureReason::kHttpStatus}));
    EXPECT_EQ(delivery.next_attempt_at, kNoon);

    delivery = after(delivery, {AttemptStarted{2, 1, AttemptCause::kRetry}});
    EXPECT_EQ(delivery.last_attempt.attempt, 2u);
    EXPECT_EQ(delivery.last_attempt.status, AttemptStatus::kAttempting);
    EXPECT_EQ(delivery.last_attempt.reason, std::nullopt) << "nothing is left of attempt 1";
    EXPECT_EQ(delivery.last_attempt.http_status, std::nullopt);
    EXPECT_EQ(delivery.last_attempt.started_at, delivery.updated_at);
    EXPECT_EQ(delivery.next_attempt_at, std::nullopt);

    AttemptSucceeded success{.attempt = 2};
    success.exchange.http_status = 204;
    success.exchange.timings.total = 3ms;
    delivery = after(delivery, {success});
    EXPECT_EQ(delivery.last_attempt.status, AttemptStatus::kSucceeded);
    EXPECT_EQ(delivery.last_attempt.http_status, 204);
    EXPECT_EQ(delivery.last_attempt.duration, 3ms);
    EXPECT_FALSE(delivery.live());
    EXPECT_TRUE(delivery.finished());
}

TEST(DeliveryFold, ARedeliveryStartsCountingAnewAndKeepsTheNumbers) {
    Delivery delivery =
        after(stateIn<Delivery>("failed"), {RedeliveryRequested{.round = 2, .due_at = kNoon}});
    EXPECT_EQ(delivery.round, 2u);
    EXPECT_EQ(delivery.attempts, 1u);
    EXPECT_EQ(delivery.counted_in_round, 0u);
    EXPECT_EQ(delivery.round_end, std::nullopt);
    EXPECT_EQ(delivery.next_attempt_at, kNoon);
    EXPECT_EQ(delivery.next_cause, AttemptCause::kRedelivery);
    delivery = after(delivery, {AttemptStarted{2, 2, AttemptCause::kRedelivery}});
    EXPECT_EQ(delivery.attempts, 2u);
}

TEST(DeliveryFold, ARedeliveryCorrectsOnlyWhatItNames) {
    const auto failed = stateIn<Delivery>("failed");
    const auto same = after(failed, {RedeliveryRequested{.round = 2}});
    EXPECT_EQ(same.endpoint, failed.endpoint);
    EXPECT_EQ(same.destination_position, failed.destination_position);

    const RecordedEvent corrected = nextEvent(
        failed, RedeliveryRequested{
                    .round = 2, .endpoint = "https://new.example:443", .url_digest = Digest{9}});
    const Delivery moved = fold(failed, corrected);
    EXPECT_EQ(moved.endpoint, "https://new.example:443");
    EXPECT_EQ(moved.destination_position, corrected.global_position);

    const RecordedEvent other_token =
        nextEvent(failed, RedeliveryRequested{.round = 2, .token_changed = true});
    EXPECT_EQ(fold(failed, other_token).endpoint, failed.endpoint);
    EXPECT_EQ(fold(failed, other_token).destination_position, other_token.global_position);
}

TEST(DeliveryFold, TheEndOfARoundIsRemembered) {
    EXPECT_EQ(stateIn<Delivery>("failed").round_end, RoundEnd::kFinalStatus);
    EXPECT_EQ(stateIn<Delivery>("cancelled").round_end, RoundEnd::kCancelled);
    EXPECT_EQ(stateIn<Delivery>("cancelled").next_attempt_at, std::nullopt);
    EXPECT_EQ(stateIn<Delivery>("delivered").round_end, std::nullopt);
    const auto late = after(stateIn<Delivery>("cancelled, on the wire"),
                            {AttemptFailed{.attempt = 1, .round_end = RoundEnd::kCancelled}});
    EXPECT_EQ(late.round_end, RoundEnd::kCancelled);
}

TEST(DeliveryFold, StatesAndTheirNamesGoBothWays) {
    for (const char* name : {"none", "pending", "attempting", "delivered", "failed", "cancelled"}) {
        EXPECT_EQ(toString(deliveryStatusFrom(name).value()), name);
    }
    EXPECT_EQ(deliveryStatusFrom("Pending"), std::nullopt);
    EXPECT_EQ(deliveryStatusFrom(""), std::nullopt);
    for (const char* name : {"attempting", "succeeded", "failed", "abandoned"}) {
        EXPECT_EQ(toString(attemptStatusFrom(name).value()), name);
    }
    EXPECT_EQ(attemptStatusFrom("delivered"), std::nullopt);
}

}  // namespace
}  // namespace waybill::test
