// Does `waybill show` answer why there was no callback?
#include <gtest/gtest.h>

#include <sstream>

#include "cli/delivery_page.h"

namespace waybill::cli {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Timestamp kStart = *parseTimestamp("2026-11-21T20:00:00Z");

/// A delivery that failed once, was re-delivered by an operator, and waits again.
class Story {
public:
    Story() {
        DeliveryAccepted accepted;
        accepted.endpoint = "http://192.0.2.7:8765";
        accepted.client = "acme";
        accepted.subject = "resp_1";
        accepted.content_type = "application/json";
        accepted.payload_bytes = 12'345;
        accepted.policy = RetryPolicy{};
        say(kStart, "client:acme", accepted);
        say(kStart + milliseconds(1), "engine", AttemptStarted{.attempt = 1, .round = 1});
        say(kStart + milliseconds(13), "engine", failure(1, kStart + minutes(5)));
        RedeliveryRequested request;
        request.round = 2;
        request.reason = "receiver\x1b[2J mended";
        request.endpoint = "http://192.0.2.8:8765";
        request.previous_endpoint = "http://192.0.2.7:8765";
        request.token_changed = request.token_dropped = true;
        say(kStart + minutes(1), "operator:ada", request);
        say(kStart + minutes(1), "engine",
            AttemptStarted{.attempt = 2, .round = 2, .cause = AttemptCause::kRedelivery});
        say(kStart + minutes(1), "engine", failure(2, kStart + minutes(1) + seconds(5)));
    }

    std::string page(bool full, Timestamp now = kStart + minutes(1) + seconds(1)) const {
        Delivery delivery;
        for (const RecordedEvent& event : stream_)
            delivery = fold(std::move(delivery), event);
        DeliveryDetail detail{viewOf(delivery, "http://192.0.2.8:8765/hook", false),
                              attemptsOf(stream_)};
        detail.attempts.front().response_head =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n\r\n";
        detail.attempts.front().response_body = "{\"error\":\n\x07\"busy\"}";
        detail.attempts.front().response_body_bytes = 18;
        detail.attempts.front().request_headers = {{"webhook-id", "dlv_1"}};
        std::vector<EventView> events;
        for (const RecordedEvent& event : stream_)
            events.push_back(viewOf(event));

        std::ostringstream out;
        std::ostringstream err;
        Console console(out, err, 100, false);
        printDelivery(console, detail, events, now, full);
        return out.str();
    }

private:
    static AttemptFailed failure(std::uint32_t attempt, Timestamp retry_at) {
        AttemptFailed failed;
        failed.attempt = attempt;
        failed.reason = FailureReason::kHttpStatus;
        failed.exchange.http_status = 503;
        failed.exchange.remote_address = "192.0.2.7:8765";
        failed.exchange.timings.connect = microseconds(310);
        failed.exchange.timings.total = milliseconds(12);
        failed.retry_at = retry_at;
        return failed;
    }

    void say(Timestamp when, std::string actor, Event event) {
        RecordedEvent recorded;
        recorded.stream = "dlv_1";
        recorded.position = stream_.size() + 1;
        recorded.global_position = recorded.position;
        recorded.recorded_at = when;
        recorded.actor = std::move(actor);
        recorded.event = std::move(event);
        stream_.push_back(std::move(recorded));
    }

    std::vector<RecordedEvent> stream_;
};

TEST(CliDeliveryPage, ExplainsWhatHappenedAndWhatHappensNext) {
    EXPECT_EQ(Story().page(false), R"(dlv_1  pending
  Waiting: attempt 3 is due in 4 seconds, at 2026-11-21 20:01:05 UTC; the last one got 503 Service
  Unavailable.
  Send it now:  waybill redeliver dlv_1

  url          http://192.0.2.8:8765/hook
  endpoint     http://192.0.2.8:8765
  subject      resp_1
  client       acme
  payload      12,345 bytes of application/json
  sha256       0000000000000000000000000000000000000000000000000000000000000000
  accepted     2026-11-21 20:00:00 UTC (1 minute 1 second ago)
  attempts     2 made, up to 4 in a round; this is round 2

What happened
  2026-11-21 (UTC)
  20:00:00.000 accepted from client:acme
  20:00:00.001 attempt 1: failed
               The endpoint answered 503 Service Unavailable after 12 ms; a retry was due at
               2026-11-21 20:05:00 UTC, but operator:ada re-delivered it at 2026-11-21 20:01:00 UTC.
               192.0.2.7:8765 · connect 310 µs · total 12 ms
               body of the answer, 18 bytes
               │ {"error":
               │ \u{07}"busy"}
  20:01:00.000 operator:ada asked for round 2: "receiver\u{1B}[2J mended", from now on to http://192.0.2.8:8765 in place of http://192.0.2.7:8765, without the token, which stays behind
  20:01:00.000 attempt 2, round 2 (redelivery): failed
               The endpoint answered 503 Service Unavailable after 12 ms; the next attempt is due at
               2026-11-21 20:01:05 UTC, 5 seconds later.
               192.0.2.7:8765 · connect 310 µs · total 12 ms
  20:01:05.000 attempt 3 is due
)");
}

TEST(CliDeliveryPage, InFullShowsWhatWasSentAndTheWholeAnswer) {
    const std::string page = Story().page(true);
    EXPECT_NE(page.find("sent with\n               │ webhook-id: dlv_1\n"), std::string::npos)
        << page;
    EXPECT_NE(page.find("answered\n               │ HTTP/1.1 503 Service Unavailable\n"
                        "               │ Retry-After: 7\n               body of the answer"),
              std::string::npos)
        << page;
}

}  // namespace
}  // namespace waybill::cli
