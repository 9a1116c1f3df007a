// What follows from the end of an attempt?
#include <gtest/gtest.h>

#include "domain/decide.h"
#include "support/fake_transport.h"
#include "support/fold_cases.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;
using Statuses = std::initializer_list<std::uint16_t>;

constexpr FailureReason kAllReasons[] = {FailureReason::kHttpStatus,
                                         FailureReason::kTimeout,
                                         FailureReason::kDns,
                                         FailureReason::kConnect,
                                         FailureReason::kTls,
                                         FailureReason::kProtocol,
                                         FailureReason::kRefusedAddress,
                                         FailureReason::kStaleConnection,
                                         FailureReason::kLocalFault};

/// On the wire, after so many counted failures of this round.
Delivery attempting(std::uint32_t counted = 0, RetryPolicy policy = {}) {
    Delivery delivery = stateIn<Delivery>("attempting");
    delivery.policy = std::move(policy);
    delivery.attempts = counted + 1;
    delivery.counted_in_round = counted;
    return delivery;
}

AttemptOutcome outcomeWith(FailureReason reason) {
    return reason == FailureReason::kHttpStatus ? answered(500) : failed(reason);
}

Decided decided(const Delivery& delivery, AttemptOutcome outcome, double jitter = 0,
                const std::string& token = "s3cret") {
    return decideOutcome(delivery, std::move(outcome), "salt", token, kDecidedAt, jitter);
}

AttemptFailed failure(const Delivery& delivery, const AttemptOutcome& outcome, double jitter = 0) {
    return std::get<AttemptFailed>(decided(delivery, outcome, jitter).event);
}

std::optional<Duration> delayOf(const AttemptFailed& failure) {
    if (!failure.retry_at) return std::nullopt;
    return *failure.retry_at - kDecidedAt;
}

// ---- success

TEST(DecideOutcome, A2xxSucceeds) {
    for (const std::uint16_t status : Statuses{200, 201, 204, 299}) {
        const Event event = decided(attempting(2), answered(status)).event;
        const auto& success = std::get<AttemptSucceeded>(event);
        EXPECT_EQ(success.attempt, 3u);
        EXPECT_EQ(success.exchange.http_status, status);
        EXPECT_EQ(folded(attempting(2), event).status, DeliveryStatus::kDelivered);
    }
}

TEST(DecideOutcome, A2xxAfterACancellationStillSucceeds) {
    const auto cancelled = stateIn<Delivery>("cancelled, on the wire");
    const Event event = decided(cancelled, answered(200)).event;
    EXPECT_EQ(folded(cancelled, event).status, DeliveryStatus::kDelivered);
}

// ---- failure

TEST(DecideOutcome, EveryReasonLeadsToARetryAndInTheEndToTheEnd) {
    for (const FailureReason reason : kAllReasons) {
        SCOPED_TRACE(toString(reason));
        const AttemptOutcome outcome = outcomeWith(reason);
        for (std::uint32_t counted = 0; counted < 4; ++counted) {
            const Delivery delivery = attempting(counted);
            const AttemptFailed event = failure(delivery, outcome);
            EXPECT_EQ(event.attempt, delivery.attempts);
            EXPECT_EQ(event.reason, reason);
            const Delivery next = folded(delivery, event);
            if (reason == FailureReason::kRefusedAddress) {
                EXPECT_EQ(event.round_end, RoundEnd::kRefusedAddress);
                EXPECT_EQ(next.status, DeliveryStatus::kFailed);
            } else if (reason == FailureReason::kLocalFault) {
                EXPECT_FALSE(event.counts);
                EXPECT_EQ(delayOf(event), 1s);
            } else if (reason == FailureReason::kStaleConnection) {
                EXPECT_FALSE(event.counts);
                EXPECT_EQ(delayOf(event), 0s) << "at once";
            } else if (counted < 3) {
                EXPECT_TRUE(event.counts);
                EXPECT_EQ(delayOf(event), delivery.policy.delays[counted]);
                EXPECT_EQ(next.status, DeliveryStatus::kPending);
            } else {
                EXPECT_EQ(event.round_end, RoundEnd::kAttemptsUsed);
                EXPECT_EQ(next.status, DeliveryStatus::kFailed);
            }
            EXPECT_NE(event.retry_at.has_value(), event.round_end.has_value());
        }
    }
}

TEST(DecideOutcome, APolicyWithoutRetriesEndsWithTheFirstFailure) {
    EXPECT_EQ(failure(attempting(0, {0, {5s}, {}}), answered(500)).round_end,
              RoundEnd::kAttemptsUsed);
}

TEST(DecideOutcome, OneStaleConnectionARoundIsFree) {
    Delivery delivery = attempting(1);
    delivery.stale_used_in_round = true;
    const AttemptFailed second = failure(delivery, failed(FailureReason::kStaleConnection));
    EXPECT_TRUE(second.counts);
    EXPECT_EQ(delayOf(second), 5min);
    delivery = attempting(3);
    EXPECT_EQ(delayOf(failure(delivery, failed(FailureReason::kStaleConnection))), 0s)
        << "also in the last attempt of a round";
    delivery.stale_used_in_round = true;
    EXPECT_EQ(failure(delivery, failed(FailureReason::kStaleConnection)).round_end,
              RoundEnd::kAttemptsUsed);
}

TEST(DecideOutcome, LocalFaultsNeverUseUpARound) {
    Delivery delivery = attempting(3);
    for (int i = 0; i < 100; ++i) {
        delivery = folded(delivery, failure(delivery, failed(FailureReason::kLocalFault)));
        ASSERT_EQ(delivery.status, DeliveryStatus::kPending);
        delivery = folded(delivery, decideStart(delivery));
    }
    EXPECT_EQ(delivery.counted_in_round, 3u);
    EXPECT_EQ(delivery.attempts, 104u);
}

TEST(DecideOutcome, FinalStatusesEndTheRoundAtOnce) {
    const RetryPolicy policy{3, {5s}, {410}};
    EXPECT_EQ(failure(attempting(0, policy), answered(410)).round_end, RoundEnd::kFinalStatus);
    EXPECT_EQ(failure(attempting(0, policy), answered(404)).round_end, std::nullopt);
    EXPECT_EQ(failure(attempting(), answered(410)).round_end, std::nullopt);

    AttemptOutcome cut_off = failed(FailureReason::kTimeout);
    cut_off.http_status = 410;
    EXPECT_EQ(failure(attempting(0, policy), cut_off).round_end, std::nullopt)
        << "its status is not why it failed";
}

TEST(DecideOutcome, ACancelledDeliveryIsNotRetried) {
    const auto cancelled = stateIn<Delivery>("cancelled, on the wire");
    for (const FailureReason reason : kAllReasons) {
        const AttemptFailed event = failure(cancelled, outcomeWith(reason));
        EXPECT_EQ(event.round_end, RoundEnd::kCancelled) << toString(reason);
        EXPECT_EQ(event.retry_at, std::nullopt);
        EXPECT_EQ(folded(cancelled, event).status, DeliveryStatus::kCancelled);
    }
}

// ---- when

TEST(DecideOutcome, JitterMovesTheRetryByATenthAtMost) {
    EXPECT_EQ(delayOf(failure(attempting(1), answered(500), -1.0)), 270s);
    EXPECT_EQ(delayOf(failure(attempting(1), answered(500), 0.5)), 315s);
    EXPECT_LE(delayOf(failure(attempting(1), answered(500), 0.999999)), 330s);
    EXPECT_EQ(delayOf(failure(attempting(), failed(FailureReason::kStaleConnection), 0.9)), 0s);
}

TEST(DecideOutcome, RetryAfterOn429And503MovesTheRetryLater) {
    const auto delay = [](std::uint16_t status, Duration retry_after) {
        AttemptOutcome outcome = answered(status);
        outcome.retry_after = retry_after;
        return delayOf(failure(attempting(), outcome));
    };
    for (const std::uint16_t status : Statuses{429, 503}) {
        EXPECT_EQ(delay(status, 60s), 60s);
        EXPECT_EQ(delay(status, 1s), 5s) << "never earlier";
        EXPECT_EQ(delay(status, 1h), 1h);
        EXPECT_EQ(delay(status, 2h), 1h) << "an hour at most";
    }
    for (const std::uint16_t status : Statuses{301, 400, 404, 500, 502})
        EXPECT_EQ(delay(status, 60s), 5s) << status;
}

TEST(DecideOutcome, RetryAfterDoesNotOpenARoundAgain) {
    AttemptOutcome outcome = answered(503);
    outcome.retry_after = 60s;
    EXPECT_EQ(failure(attempting(3), outcome).round_end, RoundEnd::kAttemptsUsed);
}

// ---- what is on record

TEST(DecideOutcome, TheExchangeIsSummedUpInTheEventAndKeptBesideIt) {
    AttemptOutcome outcome = answered(503);
    outcome.remote_address = "192.0.2.7:443";
    outcome.tls = "TLSv1.3";
    outcome.reused = true;
    outcome.truncated = true;
    outcome.timings = {1us, 2us, 3us, 4us, 10us};
    outcome.response_body = "busy";
    outcome.detail = "the answer was 503";
    const Decided both = decided(attempting(), outcome);
    const auto& event = std::get<AttemptFailed>(both.event);
    EXPECT_EQ(event.detail, "the answer was 503");
    EXPECT_EQ(event.exchange.http_status, 503);
    EXPECT_EQ(event.exchange.remote_address, "192.0.2.7:443");
    EXPECT_EQ(event.exchange.tls, "TLSv1.3");
    EXPECT_TRUE(event.exchange.reused);
    EXPECT_TRUE(event.exchange.truncated);
    EXPECT_EQ(event.exchange.timings, outcome.timings);
    ASSERT_TRUE(both.attachments.exchange);
    EXPECT_EQ(*both.attachments.exchange, (Exchange{outcome.response_head, "busy"}));
    EXPECT_EQ(both.attachments.salt, "salt");
    EXPECT_EQ(
        event.exchange.response_head,
        (BytesDigest{outcome.response_head.size(), saltedSha256("salt", outcome.response_head)}));
    EXPECT_EQ(event.exchange.response_body, (BytesDigest{4, saltedSha256("salt", "busy")}));
}

TEST(DecideOutcome, WithoutAnAnswerThereIsNoExchange) {
    const Decided both = decided(attempting(), failed(FailureReason::kDns));
    EXPECT_EQ(both.attachments.exchange, std::nullopt);
    EXPECT_EQ(std::get<AttemptFailed>(both.event).exchange.response_head, std::nullopt);
    EXPECT_EQ(std::get<AttemptFailed>(both.event).exchange.response_body, std::nullopt);
}

TEST(DecideOutcome, TheTokenIsMaskedWhereverItComesBack) {
    AttemptOutcome outcome = answered(401);
    outcome.response_head = "HTTP/1.1 401 -\r\nX-Echo: Bearer s3cret\r\n\r\n";
    outcome.response_body = R"({"got":"s3cret","again":"s3cret"})";
    outcome.detail = "401 for s3cret";
    const Decided both = decided(attempting(), outcome);
    EXPECT_EQ(both.attachments.exchange->head, "HTTP/1.1 401 -\r\nX-Echo: Bearer ****\r\n\r\n");
    EXPECT_EQ(both.attachments.exchange->body, R"({"got":"****","again":"****"})");
    const auto& event = std::get<AttemptFailed>(both.event);
    EXPECT_EQ(event.detail, "401 for ****");
    EXPECT_EQ(event.exchange.response_body->digest,
              saltedSha256("salt", both.attachments.exchange->body))
        << "the digest is of what is kept";

    outcome.reason.reset();
    EXPECT_EQ(decided(attempting(), outcome).attachments.exchange->body,
              R"({"got":"****","again":"****"})");
}

TEST(DecideOutcome, APieceOfTheTokenAtACutOffEndIsMaskedToo) {
    AttemptOutcome outcome = answered(500);
    outcome.response_body = "you sent s3cre";
    EXPECT_EQ(decided(attempting(), outcome).attachments.exchange->body, "you sent s3cre");
    outcome.truncated = true;
    EXPECT_EQ(decided(attempting(), outcome).attachments.exchange->body, "you sent ****");
}

TEST(DecideOutcome, ALongDetailIsCut) {
    const AttemptFailed event =
        failure(attempting(), failed(FailureReason::kTls, std::string(5'000, 'x')));
    EXPECT_EQ(event.detail.size(), 1'000u);
}

// ---- abandonment

TEST(DecideAbandonment, IsAFailureThatNobodySaw) {
    const AttemptAbandoned event = decideAbandonment(attempting(1), kDecidedAt, 0);
    EXPECT_EQ(event.attempt, 2u);
    EXPECT_EQ(event.retry_at, kDecidedAt + 5min);
    EXPECT_EQ(event.round_end, std::nullopt);
    EXPECT_EQ(decideAbandonment(attempting(1), kDecidedAt, -1.0).retry_at, kDecidedAt + 270s);
    EXPECT_EQ(folded(attempting(1), event).counted_in_round, 2u);
}

TEST(DecideAbandonment, OfTheLastAttemptEndsTheRound) {
    const AttemptAbandoned event = decideAbandonment(attempting(3), kDecidedAt, 0);
    EXPECT_EQ(event.retry_at, std::nullopt);
    EXPECT_EQ(event.round_end, RoundEnd::kAttemptsUsed);
    EXPECT_EQ(folded(attempting(3), event).status, DeliveryStatus::kFailed);
}

TEST(DecideAbandonment, OfACancelledDeliveryEndsIt) {
    const auto cancelled = stateIn<Delivery>("cancelled, on the wire");
    const AttemptAbandoned event = decideAbandonment(cancelled, kDecidedAt, 0);
    EXPECT_EQ(event.round_end, RoundEnd::kCancelled);
    EXPECT_EQ(folded(cancelled, event).live(), false);
}

}  // namespace
}  // namespace waybill::test
