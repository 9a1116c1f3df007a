// Figures of endpoints over time: what is counted, and what is made of it.
#include <gtest/gtest.h>

#include "figures/endpoint_report.h"
#include "figures/event_facts.h"
#include "figures/latency_histogram.h"
#include "figures/stats_report.h"
#include "figures/tally.h"
#include "figures/window.h"
#include "support/batch_builder.h"
#include "support/sample_events.h"
#include "waybill/event_codec.h"

namespace waybill::test {

namespace {

using namespace std::chrono_literals;
using sqlite::figures::EndpointReport;
using sqlite::figures::EventFacts;
using sqlite::figures::Fact;
using sqlite::figures::factOf;
using sqlite::figures::Figures;
using sqlite::figures::healthWindow;
using sqlite::figures::kAllEndpoints;
using sqlite::figures::LatencyHistogram;
using sqlite::figures::Minute;
using sqlite::figures::minuteOf;
using sqlite::figures::readFacts;
using sqlite::figures::refusalOf;
using sqlite::figures::seriesWindow;
using sqlite::figures::StatsReport;
using sqlite::figures::Streak;
using sqlite::figures::Tally;
using sqlite::figures::Window;

EventFacts factsOf(const Event& event) {
    const std::string data = encodeData(event);
    return readFacts(factOf(typeName(event)), 7, epoch(), data);
}

EventFacts outcome(Fact fact, Timestamp at = epoch()) {
    return {.fact = fact, .global_position = 9, .at = at, .duration = 10ms};
}

}  // namespace

// ---- latency

TEST(LatencyHistogram, APercentileIsNearTheTruth) {
    LatencyHistogram histogram;
    for (int i = 1; i <= 1000; ++i)
        histogram.add(std::chrono::milliseconds(i));
    const auto isNear = [](std::optional<Duration> found, Duration truth) {
        return std::abs(static_cast<double>(found->count() - truth.count())) <=
               0.07 * static_cast<double>(truth.count());
    };
    EXPECT_TRUE(isNear(histogram.percentile(0.50), 500ms));
    EXPECT_TRUE(isNear(histogram.percentile(0.95), 950ms));
    EXPECT_TRUE(isNear(histogram.percentile(0.99), 990ms));
    EXPECT_TRUE(isNear(histogram.percentile(1), 1s));
}

TEST(LatencyHistogram, WithoutAnyThereIsNone) {
    EXPECT_FALSE(LatencyHistogram().percentile(0.5));
    EXPECT_EQ(LatencyHistogram().encode(), "");
}

TEST(LatencyHistogram, HistogramsAreMergedAsIfTheyHadBeenOne) {
    LatencyHistogram all;
    LatencyHistogram merged;
    for (int part = 0; part < 3; ++part) {
        LatencyHistogram one;
        for (int i = 0; i < 500; ++i) {
            const Duration duration(i * i * (part + 1));
            one.add(duration);
            all.add(duration);
        }
        merged.addEncoded(one.encode());
    }
    EXPECT_EQ(merged, all);
}

TEST(LatencyHistogram, TheStrangestDurationsAndBytesDoNoHarm) {
    LatencyHistogram histogram;
    histogram.add(Duration(-5));
    histogram.add(Duration::max());
    EXPECT_EQ(histogram.percentile(0), Duration(0));
    EXPECT_GT(*histogram.percentile(1), std::chrono::hours(1));
    histogram.addEncoded("\x01");
    histogram.addEncoded("\x01\xff\xff\xff\xff\xff\xff\xff");
}

// ---- events

TEST(EventFacts, AreReadFromTheStoredText) {
    AttemptSucceeded succeeded = succeededEvent(1);
    EXPECT_EQ(factsOf(succeeded).fact, Fact::kSucceeded);
    EXPECT_EQ(factsOf(succeeded).duration, Duration(12ms));
    EXPECT_EQ(factsOf(succeeded).global_position, 7u);
    EXPECT_FALSE(factsOf(failedEvent(1, epoch() + 5s)).fails_delivery);
    EXPECT_TRUE(factsOf(failedEvent(4, std::nullopt)).fails_delivery);
    EXPECT_EQ(factsOf(acceptedEvent("{}")).fact, Fact::kAccepted);
    EXPECT_EQ(factsOf(EndpointPaused{}).fact, Fact::kNone);
}

TEST(EventFacts, WordsInADetailAreNotTakenForKeys) {
    AttemptFailed failed = failedEvent(1, epoch());
    failed.detail = R"("total":99,"round_end":"attempts_used")";
    EXPECT_EQ(factsOf(failed).duration, Duration(3ms));
    EXPECT_FALSE(factsOf(failed).fails_delivery);
}

TEST(EventFacts, ACancelledDeliveryHasNotFailed) {
    AttemptFailed failed = failedEvent(1, std::nullopt);
    failed.round_end = RoundEnd::kCancelled;
    EXPECT_FALSE(factsOf(failed).fails_delivery);
    AttemptAbandoned abandoned{.attempt = 1, .round_end = RoundEnd::kAttemptsUsed};
    EXPECT_TRUE(factsOf(abandoned).fails_delivery);
}

TEST(Figures, CountEveryEventForItsEndpointAndForAll) {
    Tally tally;
    tally.add(outcome(Fact::kAccepted), 1);
    tally.add(outcome(Fact::kSucceeded), 1);
    tally.add(outcome(Fact::kFailed), 2);
    tally.add(outcome(Fact::kAbandoned), 2);
    tally.add(outcome(Fact::kNone), 2);
    const Minute minute = minuteOf(epoch());
    ASSERT_EQ(tally.minutes().size(), 3u);
    EXPECT_EQ(tally.minutes().at({minute, 1}).delivered, 1u);
    EXPECT_EQ(tally.minutes().at({minute, 2}).attempts_failed, 1u);
    EXPECT_EQ(tally.minutes().at({minute, kAllEndpoints}).attempts(), 2u)
        << "of an abandoned attempt nobody knows";
}

// ---- how an endpoint does

TEST(Streak, IsBrokenByASuccess) {
    Streak streak;
    streak.add(outcome(Fact::kFailed, epoch()));
    streak.add(outcome(Fact::kFailed, epoch() + 1s));
    EXPECT_TRUE(streak.fails()) << "all there were failed";
    EXPECT_EQ(streak.failing_since, epoch());
    EXPECT_EQ(streak.last_error_at, epoch() + 1s);
    streak.add(outcome(Fact::kSucceeded, epoch() + 2s));
    EXPECT_FALSE(streak.fails());
    EXPECT_TRUE(streak.falters());
    EXPECT_FALSE(streak.failing_since);
    EXPECT_EQ(streak.last_success_at, epoch() + 2s);
}

TEST(Streak, OneFailureAmongManyIsNoFailingEndpoint) {
    Streak streak;
    for (int i = 0; i < 100; ++i)
        streak.add(outcome(Fact::kSucceeded));
    EXPECT_FALSE(streak.falters());
    streak.add(outcome(Fact::kFailed));
    EXPECT_FALSE(streak.fails());
    EXPECT_TRUE(streak.falters());
    for (int i = 0; i < 4; ++i)
        streak.add(outcome(Fact::kFailed));
    EXPECT_TRUE(streak.fails());
    for (int i = 0; i < 20; ++i)
        streak.add(outcome(Fact::kSucceeded));
    EXPECT_FALSE(streak.falters()) << "long past";
}

TEST(EndpointReport, TheWorstComesFirst) {
    const Timestamp now = epoch() + 90s;
    EndpointReport report(healthWindow(1h, now));
    const auto add = [&](const std::string& endpoint, Fact fact) {
        Figures figures;
        figures.add(outcome(fact));
        report.add(endpoint, minuteOf(epoch()), figures);
        report.of(endpoint).streak.add(outcome(fact));
    };
    add("healthy", Fact::kSucceeded);
    add("degraded", Fact::kFailed);
    add("degraded", Fact::kSucceeded);
    add("failing", Fact::kFailed);
    report.of("idle").waiting.pending = 1;
    report.of("forgotten").streak.add(outcome(Fact::kSucceeded));
    report.of("paused").pause = {.paused = true, .reason = "being mended", .actor = "operator:a"};
    const auto views = report.views({}, 100);
    ASSERT_EQ(views.size(), 5u);
    for (std::size_t i = 0; i < views.size(); ++i)
        EXPECT_EQ(views[i].state, views[i].endpoint);
    EXPECT_EQ(views[0].endpoint, "failing");
    EXPECT_EQ(views[1].paused_by, "operator:a");
    EXPECT_EQ(views[2].success_rate, 0.5);
    EXPECT_EQ(report.views({}, 2).size(), 2u);
    const EndpointState all{.paused = true, .actor = "operator:b"};
    EXPECT_EQ(report.viewOf("healthy", all).paused_by, "operator:b");
    EXPECT_EQ(report.viewOf("paused", all).paused_by, "operator:a");
}

TEST(EndpointReport, OfTwoThatFailTheOneWithMoreWaitingIsWorse) {
    const Timestamp now = epoch() + 90s;
    EndpointReport report(healthWindow(1h, now));
    for (const std::string endpoint : {"few", "many"}) {
        Figures figures;
        figures.add(outcome(Fact::kFailed));
        if (endpoint == "many") figures.add(outcome(Fact::kSucceeded));
        report.add(endpoint, minuteOf(epoch()), figures);
        report.of(endpoint).streak.add(outcome(Fact::kFailed));
        report.of(endpoint).waiting.pending = endpoint == "many" ? 10 : 1;
    }
    const auto views = report.views({}, 100);
    ASSERT_EQ(views.size(), 2u);
    EXPECT_EQ(views[0].endpoint, "many");
}

// ---- windows

TEST(Window, StepsLieOnMultiplesOfTheirLengthAndTheLastHoldsNow) {
    const Timestamp now = epoch() + 12h + 34min + 56s;
    const Window window = seriesWindow(1h, 5min, now);
    EXPECT_EQ(window.steps(), 12u);
    EXPECT_EQ(window.since % 5, 0);
    EXPECT_TRUE(window.contains(minuteOf(now)));
    EXPECT_EQ(window.stepOf(minuteOf(now)), 11u);
    EXPECT_FALSE(window.contains(minuteOf(now) - 61));
}

TEST(Window, LongOnesAreMadeOfHours) {
    const Timestamp now = epoch() + 12h + 34min;
    EXPECT_EQ(seriesWindow(24h * 7, 2h, now).bucket, 60);
    EXPECT_EQ(seriesWindow(24h * 7, 30min, now).step, 60) << "rounded up to what is kept";
    const Window health = healthWindow(24h, now);
    EXPECT_EQ(health.bucket, 60);
    EXPECT_EQ(health.steps(), 24u);
    EXPECT_EQ(healthWindow(1h, now).bucket, 1);
    EXPECT_LE(healthWindow(90 * 24h, now).steps(), 49u);
}

TEST(StatsReport, WhatCannotBeAskedIsRefusedByName) {
    EXPECT_EQ(refusalOf(0s, 1min, epoch())->param, "window");
    EXPECT_EQ(refusalOf(91 * 24h, 24h, epoch())->param, "window");
    EXPECT_EQ(refusalOf(1h, 1s, epoch())->param, "step");
    EXPECT_EQ(refusalOf(24h, 1min, epoch())->param, "step") << "1440 steps";
    EXPECT_FALSE(refusalOf(1000min, 1min, epoch()));
}

TEST(StatsReport, AddsUpItsSteps) {
    StatsReport report(seriesWindow(10min, 5min, epoch() + 9min));
    Figures figures;
    figures.add(outcome(Fact::kSucceeded));
    report.add(minuteOf(epoch()), figures);
    report.add(minuteOf(epoch() + 6min), figures);
    report.add(minuteOf(epoch() - 1h), figures);
    const StatsView view = report.view(3);
    ASSERT_EQ(view.points.size(), 2u);
    EXPECT_EQ(view.points[0].at, epoch());
    EXPECT_EQ(view.points[1].delivered, 1u);
    EXPECT_EQ(view.total.delivered, 2u);
    EXPECT_EQ(view.finally_failed, 3u);
    EXPECT_TRUE(view.total.latency.p50);
}

}  // namespace waybill::test
