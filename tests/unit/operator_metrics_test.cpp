// Do the figures for monitoring say what happened, in the format that is agreed on?
#include <gtest/gtest.h>

#include "daemon/local_faults.h"
#include "metrics/engine_metrics.h"
#include "metrics/exposition.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;

RecordedEvent recorded(Event event) {
    RecordedEvent result;
    result.event = std::move(event);
    result.recorded_at = Timestamp(1000s);
    return result;
}

AttemptFailed failure(FailureReason reason, std::optional<RoundEnd> end = std::nullopt) {
    AttemptFailed failed;
    failed.reason = reason;
    failed.round_end = end;
    return failed;
}

TEST(EngineMetrics, CountsOutcomesByReason) {
    EngineMetrics metrics;
    metrics.recorded(recorded(DeliveryAccepted{}));
    metrics.recorded(recorded(failure(FailureReason::kTimeout)));
    metrics.recorded(recorded(failure(FailureReason::kTimeout, RoundEnd::kAttemptsUsed)));
    metrics.recorded(recorded(AttemptSucceeded{}));
    EXPECT_EQ(metrics.accepted.value(), 1U);
    EXPECT_EQ(metrics.attempts_failed[static_cast<std::size_t>(FailureReason::kTimeout)].value(),
              2U);
    EXPECT_EQ(metrics.failed.value(), 1U);
    EXPECT_EQ(metrics.delivered.value(), 1U);
}

TEST(EngineMetrics, CountsACancelledDeliveryOnce) {
    EngineMetrics metrics;
    metrics.recorded(recorded(DeliveryCancelled{}));
    metrics.recorded(recorded(failure(FailureReason::kConnect, RoundEnd::kCancelled)));
    EXPECT_EQ(metrics.cancelled.value(), 1U);
    EXPECT_EQ(metrics.failed.value(), 0U);
}

TEST(Exposition, WritesAHistogramCumulatively) {
    DurationHistogram histogram;
    histogram.observe(100us);  // a bound belongs to its bucket
    histogram.observe(2ms);
    histogram.observe(200s);
    Exposition out;
    out.histogram("x_seconds", "How long.", histogram);
    const std::string text = out.take();
    EXPECT_NE(text.find("# HELP x_seconds How long.\n# TYPE x_seconds histogram\n"),
              std::string::npos);
    EXPECT_NE(text.find("x_seconds_bucket{le=\"0.0001\"} 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("x_seconds_bucket{le=\"0.0025\"} 2\n"), std::string::npos) << text;
    EXPECT_NE(text.find("x_seconds_bucket{le=\"100\"} 2\n"), std::string::npos) << text;
    EXPECT_NE(text.find("x_seconds_bucket{le=\"+Inf\"} 3\n"), std::string::npos) << text;
    EXPECT_NE(text.find("x_seconds_sum 200.0021\nx_seconds_count 3\n"), std::string::npos) << text;
}

TEST(LocalFaults, AreRememberedForAMoment) {
    LocalFaults faults;
    EXPECT_EQ(faults.problem(Timestamp(1000s)), "");
    AttemptFailed failed = failure(FailureReason::kLocalFault);
    failed.detail = "too many open files";
    faults.recorded(recorded(failed));
    EXPECT_NE(faults.problem(Timestamp(1005s)).find("too many open files"), std::string::npos);
    EXPECT_EQ(faults.problem(Timestamp(1011s)), "");
    faults.recorded(recorded(failure(FailureReason::kConnect)));
    EXPECT_NE(faults.problem(Timestamp(1005s)), "");
}

}  // namespace
}  // namespace waybill::server
