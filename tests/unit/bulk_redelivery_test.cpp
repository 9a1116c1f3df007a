// Does a bulk re-delivery's history mean what core/EVENTS.md says?
#include "waybill/bulk_redelivery.h"

#include <gtest/gtest.h>

#include "support/fold_cases.h"
#include "waybill/errors.h"

namespace waybill::test {
namespace {

TEST(BulkRedeliveryFold, ItIsRequestedPausedResumedAndFinishes) {
    const RecordedEvent request =
        nextEvent(BulkRedelivery{}, BulkRedeliveryRequested{.filter = "{\"status\":\"failed\"}",
                                                            .matched = 9,
                                                            .rate_per_minute = 60,
                                                            .reason = "after the outage"});
    const BulkRedelivery running = fold(BulkRedelivery{}, request);
    EXPECT_EQ(nameOf(running), "running");
    EXPECT_EQ(running.id, request.stream);
    EXPECT_EQ(running.filter, "{\"status\":\"failed\"}");
    EXPECT_EQ(running.matched, 9u);
    EXPECT_EQ(running.rate_per_minute, 60u);
    EXPECT_EQ(running.reason, "after the outage");
    EXPECT_EQ(running.actor, "operator:kim");
    EXPECT_EQ(running.created_at, request.recorded_at);

    const BulkRedelivery paused = after(running, {BulkRedeliveryPaused{}});
    EXPECT_EQ(nameOf(paused), "paused");
    EXPECT_EQ(nameOf(after(paused, {BulkRedeliveryResumed{}})), "running");

    const BulkRedelivery refused =
        after(paused, {BulkRedeliveryRefused{.refused = 3, .through = "dlv_3"}});
    EXPECT_EQ(nameOf(refused), "paused");
    EXPECT_EQ(refused.refused, 3u);

    const BulkRedelivery finished =
        after(running, {BulkRedeliveryFinished{.done = 7, .refused = 1, .stopped = true}});
    EXPECT_EQ(nameOf(finished), "finished");
    EXPECT_TRUE(finished.stopped);
    EXPECT_EQ(finished.done, 7u);
    EXPECT_EQ(finished.refused, 1u);
    EXPECT_EQ(finished.created_at, request.recorded_at);
    EXPECT_GT(finished.updated_at, finished.created_at);
}

TEST(BulkRedeliveryFold, EachImpossibleEventNamesItsRule) {
    const auto rule = [](const char* state, const Event& event) -> std::string {
        const auto before = stateIn<BulkRedelivery>(state);
        try {
            fold(before, nextEvent(before, event));
        } catch (const CorruptLog& error) {
            return error.rule();
        }
        return "";
    };
    for (const char* state : {"running", "paused", "finished"}) {
        EXPECT_EQ(
            rule(state, BulkRedeliveryRequested{}),
            "bulk_redelivery_requested breaks the rule: a bulk re-delivery is requested once");
    }
    for (const char* state : {"none", "paused", "finished"}) {
        EXPECT_EQ(
            rule(state, BulkRedeliveryPaused{}),
            "bulk_redelivery_paused breaks the rule: only a running bulk re-delivery is paused");
    }
    for (const char* state : {"none", "running", "finished"}) {
        EXPECT_EQ(
            rule(state, BulkRedeliveryResumed{}),
            "bulk_redelivery_resumed breaks the rule: only a paused bulk re-delivery is resumed");
    }
    for (const char* state : {"none", "finished"}) {
        EXPECT_EQ(rule(state, BulkRedeliveryFinished{}),
                  "bulk_redelivery_finished breaks the rule: a bulk re-delivery finishes once");
        EXPECT_EQ(rule(state, BulkRedeliveryRefused{}),
                  "bulk_redelivery_refused breaks the rule: only a bulk re-delivery under way "
                  "passes deliveries over");
    }
    for (const std::string& type : allEventTypes()) {
        if (type.starts_with("bulk_redelivery_")) continue;
        EXPECT_EQ(rule("running", emptyEvent(type)),
                  type + " does not belong in the stream of a bulk re-delivery");
    }
}

TEST(BulkRedeliveryFold, AGapInThePositionsIsRefused) {
    RecordedEvent event = nextEvent(stateIn<BulkRedelivery>("running"), BulkRedeliveryFinished{});
    event.position = 1;
    EXPECT_THROW(fold(stateIn<BulkRedelivery>("running"), event), CorruptLog);
}

}  // namespace
}  // namespace waybill::test
