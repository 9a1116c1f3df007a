// Does a bulk re-delivery's history mean what core/EVENTS.md says?
#include "waybill/bulk_redelivery.h"

#include <gtest/gtest.h>

#include "support/fold_cases.h"
#include "waybill/errors.h"

namespace waybill::test {
namespace {

TEST(BulkRedeliveryFold, ItIsRequestedAndThenFinishes) {
    const RecordedEvent request =
        nextEvent(BulkRedelivery{},
                  BulkRedeliveryRequested{.filter = "{\"status\":\"failed\"}", .matched = 9});
    const BulkRedelivery requested = fold(BulkRedelivery{}, request);
    EXPECT_TRUE(requested.requested);
    EXPECT_FALSE(requested.finished);
    EXPECT_EQ(requested.filter, "{\"status\":\"failed\"}");
    EXPECT_EQ(requested.matched, 9u);
    EXPECT_EQ(requested.actor, "operator:kim");
    EXPECT_EQ(requested.created_at, request.recorded_at);

    const BulkRedelivery finished =
        after(requested, {BulkRedeliveryFinished{.done = 7, .refused = 1, .stopped = true}});
    EXPECT_TRUE(finished.finished);
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
    for (const char* state : {"requested", "finished"}) {
        EXPECT_EQ(
            rule(state, BulkRedeliveryRequested{}),
            "bulk_redelivery_requested breaks the rule: a bulk re-delivery is requested once");
    }
    for (const char* state : {"none", "finished"}) {
        EXPECT_EQ(rule(state, BulkRedeliveryFinished{}),
                  "bulk_redelivery_finished breaks the rule: a bulk re-delivery finishes once");
    }
    for (const std::string& type : allEventTypes()) {
        if (type.starts_with("bulk_redelivery_")) continue;
        EXPECT_EQ(rule("requested", emptyEvent(type)),
                  type + " does not belong in the stream of a bulk re-delivery");
    }
}

TEST(BulkRedeliveryFold, AGapInThePositionsIsRefused) {
    RecordedEvent event = nextEvent(stateIn<BulkRedelivery>("requested"), BulkRedeliveryFinished{});
    event.position = 1;
    EXPECT_THROW(fold(stateIn<BulkRedelivery>("requested"), event), CorruptLog);
}

}  // namespace
}  // namespace waybill::test
