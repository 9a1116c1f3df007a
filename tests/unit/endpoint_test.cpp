// Is an endpoint paused exactly when its history says so?
#include "waybill/endpoint.h"

#include <gtest/gtest.h>

#include "support/fold_cases.h"
#include "waybill/errors.h"

namespace waybill::test {
namespace {

TEST(EndpointFold, PausingAndResumingTakeTurns) {
    const RecordedEvent pause = nextEvent(EndpointState{}, EndpointPaused{"is being mended"});
    const EndpointState paused = fold(EndpointState{}, pause);
    EXPECT_EQ(paused.id, pause.stream);
    EXPECT_TRUE(paused.paused);
    EXPECT_EQ(paused.reason, "is being mended");
    EXPECT_EQ(paused.actor, "operator:kim");
    EXPECT_EQ(paused.updated_at, pause.recorded_at);

    const EndpointState resumed = after(paused, {EndpointResumed{"mended"}});
    EXPECT_FALSE(resumed.paused);
    EXPECT_EQ(resumed.reason, "mended");
    EXPECT_TRUE(after(resumed, {EndpointPaused{}}).paused);
}

TEST(EndpointFold, WhatIsAlreadySoIsRefused) {
    const auto rule = [](const EndpointState& state, const Event& event) -> std::string {
        try {
            fold(state, nextEvent(state, event));
        } catch (const CorruptLog& error) {
            return error.rule();
        }
        return "";
    };
    EXPECT_EQ(rule(stateIn<EndpointState>("paused"), EndpointPaused{}),
              "endpoint_paused breaks the rule: only a running endpoint is paused");
    EXPECT_EQ(rule(stateIn<EndpointState>("running"), EndpointResumed{}),
              "endpoint_resumed breaks the rule: only a paused endpoint is resumed");
    for (const std::string& type : allEventTypes()) {
        if (type.starts_with("endpoint_")) continue;
        EXPECT_EQ(rule(stateIn<EndpointState>("running"), emptyEvent(type)),
                  type + " does not belong in the stream of an endpoint");
    }
}

TEST(EndpointFold, AGapInThePositionsIsRefused) {
    RecordedEvent event = nextEvent(stateIn<EndpointState>("paused"), EndpointResumed{});
    event.position = 3;
    EXPECT_THROW(fold(stateIn<EndpointState>("paused"), event), CorruptLog);
}

}  // namespace
}  // namespace waybill::test
