// Does each attempt say what happened and what follows?
#include <gtest/gtest.h>

#include "waybill/views.h"

namespace waybill {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Timestamp kStart = *parseTimestamp("2026-11-21T20:00:00Z");

/// A delivery's stream, written down event by event.
class Stream {
public:
    Stream() {
        say(kStart, "client:acme",
            DeliveryAccepted{.endpoint = "https://example.com:443", .policy = RetryPolicy{}});
    }

    Stream& say(Timestamp when, std::string actor, Event event) {
        RecordedEvent recorded;
        recorded.position = events_.size() + 1;
        recorded.global_position = 100 + recorded.position;
        recorded.recorded_at = when;
        recorded.actor = std::move(actor);
        recorded.event = std::move(event);
        events_.push_back(std::move(recorded));
        return *this;
    }
    Stream& start(Timestamp when, std::uint32_t attempt, std::uint32_t round = 1) {
        return say(
            when, "engine",
            AttemptStarted{.attempt = attempt,
                           .round = round,
                           .cause = attempt == 1 ? AttemptCause::kFirst : AttemptCause::kRetry});
    }
    Stream& fail(Timestamp when, AttemptFailed failed) {
        return say(when, "engine", std::move(failed));
    }

    std::vector<AttemptView> attempts() const { return attemptsOf(events_); }
    std::string explanation() const { return attempts().back().explanation; }

private:
    std::vector<RecordedEvent> events_;
};

AttemptFailed answered(std::uint16_t status) {
    AttemptFailed failed;
    failed.attempt = 1;
    failed.reason = FailureReason::kHttpStatus;
    failed.exchange.http_status = status;
    failed.exchange.timings.total = milliseconds(12);
    return failed;
}

AttemptFailed failedWith(FailureReason reason, std::string detail = {}) {
    AttemptFailed failed;
    failed.attempt = 1;
    failed.reason = reason;
    failed.detail = std::move(detail);
    failed.exchange.timings.total = seconds(30);
    failed.round_end = RoundEnd::kAttemptsUsed;
    return failed;
}

std::string explained(AttemptFailed failed) {
    return Stream().start(kStart, 1).fail(kStart + seconds(30), std::move(failed)).explanation();
}

TEST(AttemptHistory, AnAttemptOnTheWireSaysSo) {
    const auto attempts = Stream().start(kStart, 1).attempts();
    ASSERT_EQ(attempts.size(), 1u);
    EXPECT_EQ(attempts[0].status, AttemptStatus::kAttempting);
    EXPECT_EQ(attempts[0].explanation, "On its way; what the endpoint answers is awaited.");
    EXPECT_EQ(attempts[0].duration, std::nullopt);
    EXPECT_EQ(attempts[0].outcome_position, 0u);
}

TEST(AttemptHistory, ASuccessSaysWhatWasAnswered) {
    AttemptSucceeded success{.attempt = 1};
    success.exchange.http_status = 204;
    success.exchange.timings.total = milliseconds(12);
    const auto attempts =
        Stream().start(kStart, 1).say(kStart + milliseconds(13), "engine", success).attempts();
    ASSERT_EQ(attempts.size(), 1u);
    EXPECT_EQ(attempts[0].explanation, "The endpoint accepted it with 204 No Content after 12 ms.");
    EXPECT_EQ(attempts[0].duration, milliseconds(12));
    EXPECT_EQ(attempts[0].outcome_position, 103u);
}

TEST(AttemptHistory, AFailureWithARetryAheadSaysWhen) {
    AttemptFailed failed = answered(503);
    failed.retry_at = kStart + seconds(5);
    Stream stream;
    stream.start(kStart, 1).fail(kStart, failed);
    EXPECT_EQ(
        stream.explanation(),
        "The endpoint answered 503 Service Unavailable after 12 ms; the next attempt is due at "
        "2026-11-21 20:00:05 UTC, 5 seconds later.");
}

TEST(AttemptHistory, AFailureThatWasRetriedSaysWhenThatWas) {
    AttemptFailed failed = answered(500);
    failed.retry_at = kStart + seconds(5);
    Stream stream;
    stream.start(kStart, 1).fail(kStart, failed).start(kStart + seconds(6), 2);
    EXPECT_EQ(stream.attempts().front().explanation,
              "The endpoint answered 500 Internal Server Error after 12 ms; attempt 2 followed at "
              "2026-11-21 20:00:06 UTC, 6 seconds later.");
}

TEST(AttemptHistory, ALongerDelayIsPutDownToTheEndpointThatAskedForIt) {
    AttemptFailed failed = answered(429);
    failed.retry_at = kStart + minutes(2);
    Stream stream;
    stream.start(kStart, 1).fail(kStart, failed);
    EXPECT_EQ(stream.explanation(),
              "The endpoint answered 429 Too Many Requests after 12 ms; the next attempt is due at "
              "2026-11-21 20:02:00 UTC, 2 minutes later, as the endpoint asked (Retry-After).");
}

TEST(AttemptHistory, TheLastAttemptOfARoundSaysSo) {
    AttemptFailed failed = answered(500);
    failed.round_end = RoundEnd::kAttemptsUsed;
    EXPECT_EQ(explained(failed),
              "The endpoint answered 500 Internal Server Error after 12 ms. This was the last of 4 "
              "attempts of round 1.");
}

TEST(AttemptHistory, OtherEndsOfARoundSayWhy) {
    AttemptFailed gone = answered(410);
    gone.round_end = RoundEnd::kFinalStatus;
    EXPECT_EQ(
        explained(gone),
        "The endpoint answered 410 Gone after 12 ms. This status is configured to be final, so "
        "round 1 ends at once.");

    AttemptFailed refused = failedWith(FailureReason::kRefusedAddress, "loopback (RFC 1122)");
    refused.round_end = RoundEnd::kRefusedAddress;
    EXPECT_EQ(
        explained(refused),
        "Callbacks to this address are refused: loopback (RFC 1122). That ends round 1 at once: "
        "the address would be refused again.");
}

TEST(AttemptHistory, ARetryThatAnOperatorReplacedNamesTheOperator) {
    AttemptFailed failed = answered(500);
    failed.retry_at = kStart + minutes(5);
    Stream stream;
    stream.start(kStart, 1).fail(kStart, failed);
    stream.say(kStart + seconds(40), "operator:ada", RedeliveryRequested{.round = 2});
    EXPECT_EQ(
        stream.explanation(),
        "The endpoint answered 500 Internal Server Error after 12 ms; a retry was due at "
        "2026-11-21 20:05:00 UTC, but operator:ada re-delivered it at 2026-11-21 20:00:40 UTC.");
}

TEST(AttemptHistory, ARetryThatAnOperatorCalledOffNamesTheOperator) {
    AttemptFailed failed = answered(500);
    failed.retry_at = kStart + minutes(5);
    Stream stream;
    stream.start(kStart, 1).fail(kStart, failed);
    stream.say(kStart + seconds(40), "operator:ada", DeliveryCancelled{});
    EXPECT_EQ(stream.explanation(),
              "The endpoint answered 500 Internal Server Error after 12 ms; a retry was due at "
              "2026-11-21 20:05:00 UTC, but operator:ada cancelled it at 2026-11-21 20:00:40 UTC.");
}

TEST(AttemptHistory, ASuccessAfterCancellationExplainsWhyItIsDelivered) {
    AttemptSucceeded success{.attempt = 1};
    success.exchange.http_status = 200;
    Stream stream;
    stream.start(kStart, 1).say(kStart, "operator:ada", DeliveryCancelled{});
    EXPECT_NE(stream.explanation().find("a 2xx still makes it delivered"), std::string::npos);
    stream.say(kStart, "engine", success);
    EXPECT_NE(stream.explanation().find("delivered all the same"), std::string::npos);
}

TEST(AttemptHistory, ATimeoutSaysHowFarItGot) {
    const std::string used_up = "The time for the attempt was used up after 30 seconds, ";
    const std::string last = ". This was the last of 4 attempts of round 1.";

    AttemptFailed timeout = failedWith(FailureReason::kTimeout);
    EXPECT_EQ(explained(timeout), used_up + "while the name was being looked up" + last);
    timeout.exchange.timings.dns = milliseconds(1);
    EXPECT_EQ(explained(timeout), used_up + "before there was a connection" + last);
    timeout.exchange.timings.connect = milliseconds(1);
    EXPECT_EQ(explained(timeout), used_up + "during the TLS handshake" + last);
    timeout.exchange.timings.tls = milliseconds(1);
    EXPECT_EQ(explained(timeout),
              used_up + "after the connection was made, waiting for the answer" + last);
    timeout.exchange.timings.first_byte = milliseconds(1);
    EXPECT_EQ(explained(timeout), used_up + "while the head of the answer was being read" + last);
}

TEST(AttemptHistory, OtherFailuresSayWhatFailed) {
    const std::string last = ". This was the last of 4 attempts of round 1.";
    AttemptFailed refused = failedWith(FailureReason::kConnect, "connection refused");
    refused.exchange.remote_address = "192.0.2.7:443";
    EXPECT_EQ(explained(refused),
              "No connection to 192.0.2.7:443 could be made: connection refused" + last);
    refused.exchange.timings.connect = milliseconds(1);
    refused.detail = "connection reset";
    EXPECT_EQ(explained(refused),
              "The connection to 192.0.2.7:443 broke before there was an "
              "answer: connection reset" +
                  last);
    EXPECT_EQ(explained(failedWith(FailureReason::kDns, "no such name")),
              "The endpoint has no address: no such name" + last);
    EXPECT_EQ(explained(failedWith(FailureReason::kTls, "certificate has expired")),
              "No trusted TLS connection could be made: certificate has expired" + last);
    AttemptFailed malformed = failedWith(FailureReason::kProtocol, "too many interim answers");
    malformed.exchange.remote_address = "192.0.2.7:443";
    EXPECT_EQ(explained(malformed),
              "What came back is not a valid HTTP/1.1 answer: too many interim answers" + last);
    EXPECT_EQ(explained(failedWith(FailureReason::kProtocol, "a header cannot be sent")),
              "Nothing could be sent: a header cannot be sent" + last);
}

TEST(AttemptHistory, WhatDoesNotCountSaysSo) {
    AttemptFailed stale = failedWith(FailureReason::kStaleConnection);
    stale.counts = false;
    stale.round_end.reset();
    stale.retry_at = kStart + seconds(30);
    EXPECT_EQ(explained(stale),
              "The endpoint had already closed the connection that was to be reused (it does not "
              "count as one of the round's attempts); the next attempt is due at once.");
}

TEST(AttemptHistory, AnInterruptedAttemptSaysThatNobodyKnows) {
    Stream stream;
    stream.start(kStart, 1);
    stream.say(kStart + seconds(9), "engine",
               AttemptAbandoned{.attempt = 1, .retry_at = kStart + seconds(14)});
    const auto attempts = stream.attempts();
    EXPECT_EQ(attempts[0].status, AttemptStatus::kAbandoned);
    EXPECT_EQ(attempts[0].explanation,
              "Waybill stopped while this attempt was on the wire, so nobody knows whether the "
              "endpoint got it; the next attempt is due at 2026-11-21 20:00:14 UTC, 5 seconds "
              "later.");
}

TEST(AttemptHistory, ANewRoundKeepsCountingAttempts) {
    AttemptFailed last = answered(500);
    last.round_end = RoundEnd::kAttemptsUsed;
    AttemptFailed again = last;
    again.attempt = 2;
    Stream stream;
    stream.start(kStart, 1).fail(kStart, last);
    stream.say(kStart, "operator:ada", RedeliveryRequested{.round = 2});
    stream.start(kStart, 2, 2).fail(kStart, again);
    const auto attempts = stream.attempts();
    ASSERT_EQ(attempts.size(), 2u);
    EXPECT_EQ(attempts[1].attempt, 2u);
    EXPECT_NE(attempts[1].explanation.find("attempts of round 2"), std::string::npos);
}

}  // namespace
}  // namespace waybill
