// Does a response's history mean what core/EVENTS.md says?
#include "waybill/response.h"

#include <gtest/gtest.h>

#include "support/fold_cases.h"
#include "waybill/errors.h"

namespace waybill::test {
namespace {

std::string brokenRule(const Response& state, const Event& event) {
    try {
        fold(state, nextEvent(state, event));
    } catch (const CorruptLog& error) {
        return error.rule();
    }
    return "";
}

TEST(ResponseFold, EachImpossibleEventNamesItsRule) {
    const struct {
        const char* event;
        std::vector<const char*> states;
        const char* rule;
    } kRefusals[] = {
        {"response_created",
         {"created", "completed", "completed, erased", "call_failed", "deleted"},
         "a response is created once, or again while it runs in the background"},
        {"response_completed",
         {"none", "completed", "completed, erased", "call_failed", "deleted"},
         "a response is completed once, after it was created"},
        {"response_deleted",
         {"none", "call_failed", "deleted", "deleted, erased", "deleted, nothing stored"},
         "only a response that exists is deleted"},
        {"callback_ignored",
         {"none", "completed", "completed, erased", "call_failed", "deleted"},
         "a callback is ignored while its response is being made"},
        {"callback_requested",
         {"none", "created", "created, background", "call_failed", "completed, erased", "deleted",
          "deleted, erased", "deleted, nothing stored"},
         "only an object that is stored is sent later"},
        {"payload_erased",
         {"none", "created", "created, background", "call_failed", "deleted, nothing stored"},
         "only an object that was stored is erased"},
        {"payload_erased", {"completed, erased", "deleted, erased"}, "a payload is erased once"},
    };
    for (const auto& refusal : kRefusals) {
        for (const char* state : refusal.states) {
            const auto before = stateIn<Response>(state);
            EXPECT_EQ(brokenRule(before, eventFor(refusal.event, before)),
                      std::string(refusal.event) + " breaks the rule: " + refusal.rule)
                << "after " << state;
        }
    }
}

TEST(ResponseFold, EventsOfOtherStreamsAreForeign) {
    for (const char* type :
         {"delivery_accepted", "attempt_started", "attempt_succeeded", "attempt_failed",
          "attempt_abandoned", "redelivery_requested", "delivery_cancelled", "endpoint_paused",
          "endpoint_resumed", "bulk_redelivery_requested", "bulk_redelivery_paused",
          "bulk_redelivery_resumed", "bulk_redelivery_refused", "bulk_redelivery_finished",
          "log_continued", "loss_accepted", "access_recorded"}) {
        EXPECT_EQ(brokenRule(stateIn<Response>("created"), emptyEvent(type)),
                  std::string(type) + " does not belong in the stream of a response");
    }
}

TEST(ResponseFold, RunsAndPositionsAreNumberedWithoutAGap) {
    EXPECT_EQ(brokenRule(Response{}, ResponseCreated{.run = 2}),
              "response_created breaks the rule: runs are numbered without a gap");
    const auto running = stateIn<Response>("created, background");
    EXPECT_EQ(brokenRule(running, ResponseCreated{.background = true, .run = 1}),
              "response_created breaks the rule: runs are numbered without a gap");
    RecordedEvent late = nextEvent(running, ResponseDeleted{});
    ++late.position;
    EXPECT_THROW(fold(running, late), CorruptLog);
}

TEST(ResponseFold, CreationSaysWhatItIs) {
    const RecordedEvent recorded = nextEvent(
        Response{}, ResponseCreated{.kind = "message", .client = "acme", .model = "echo"});
    const Response response = fold(Response{}, recorded);
    EXPECT_EQ(response.id, recorded.stream);
    EXPECT_EQ(response.state, ResponseState::kCreated);
    EXPECT_EQ(response.kind, "message");
    EXPECT_EQ(response.client, "acme");
    EXPECT_EQ(response.model, "echo");
    EXPECT_EQ(response.status, "in_progress");
    EXPECT_EQ(response.object_id, "") << "the backend chooses it";
    EXPECT_EQ(response.run, 1u);
    EXPECT_EQ(response.created_at, recorded.recorded_at);
    EXPECT_EQ(response.created_position, recorded.global_position);
}

TEST(ResponseFold, ABackgroundResponseKnowsItsIdFromTheStartAndMayRunAgain) {
    const auto first = stateIn<Response>("created, background");
    EXPECT_EQ(first.status, "queued");
    EXPECT_EQ(first.object_id, first.id);
    const Response again =
        after(first, {ResponseCreated{.kind = "other", .background = true, .run = 2}});
    EXPECT_EQ(again.run, 2u);
    EXPECT_EQ(again.kind, first.kind) << "what it is does not change";
    EXPECT_EQ(again.created_position, first.created_position) << "where its request lies";
    EXPECT_EQ(again.created_at, first.created_at);
}

TEST(ResponseFold, CompletionStoresTheObject) {
    const auto created = stateIn<Response>("created");
    const RecordedEvent recorded =
        nextEvent(created, eventFor("response_completed with payload_digest", created));
    const Response response = fold(created, recorded);
    EXPECT_EQ(response.state, ResponseState::kCompleted);
    EXPECT_EQ(response.status, "completed");
    EXPECT_EQ(response.object_id, "resp_1");
    EXPECT_EQ(response.payload_digest, Digest{1});
    EXPECT_EQ(response.payload_bytes, 7u);
    EXPECT_EQ(response.payload_position, recorded.global_position);
    EXPECT_EQ(response.delivery, "dlv_1");
}

TEST(ResponseFold, WhatIsSentLaterIsItsDeliveryAndChangesNothingElse) {
    const auto completed = stateIn<Response>("completed");
    RecordedEvent recorded = nextEvent(completed, CallbackRequested{.delivery = "dlv_2"});
    recorded.recorded_at += std::chrono::hours(1);
    Response expected = completed;
    expected.delivery = "dlv_2";
    expected.position = recorded.position;
    EXPECT_EQ(fold(completed, recorded), expected) << "retention counts as before";
}

TEST(ResponseFold, ACallThatFailedMakesNoObject) {
    const auto failed = stateIn<Response>("call_failed");
    EXPECT_EQ(failed.status, "error");
    EXPECT_EQ(failed.payload_position, 0u);
}

}  // namespace
}  // namespace waybill::test
