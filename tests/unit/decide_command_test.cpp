// What may an operator or a backend do when, and what does it lead to?
#include <gtest/gtest.h>

#include "domain/decide.h"
#include "support/fold_cases.h"
#include "waybill/callback_url.h"

namespace waybill::test {
namespace {

const Destination kCurrent{"https://example.com/hook", "s3cret"};

Result<Decided> redeliver(const Delivery& delivery, const Redelivery& command,
                          const std::optional<Destination>& current = kCurrent) {
    return decideRedelivery(delivery, command, current, {}, "salt", kDecidedAt);
}

// ---- re-delivery

TEST(DecideRedelivery, OpensARoundThatIsDueAtOnce) {
    for (const char* state : {"pending", "delivered", "failed", "cancelled"}) {
        const auto delivery = stateIn<Delivery>(state);
        const auto result = redeliver(delivery, {.reason = "mended"});
        ASSERT_TRUE(result) << state;
        const auto& event = std::get<RedeliveryRequested>(result->event);
        EXPECT_EQ(event.round, 2u);
        EXPECT_EQ(event.reason, "mended");
        EXPECT_EQ(event.due_at, kDecidedAt);
        EXPECT_EQ(event.endpoint, "");
        EXPECT_EQ(event.url_digest, std::nullopt);
        EXPECT_FALSE(event.token_changed);
        EXPECT_EQ(result->attachments.destination, std::nullopt) << "it goes where it went";

        const Delivery next = folded(delivery, event);
        EXPECT_EQ(next.status, DeliveryStatus::kPending);
        EXPECT_EQ(decideStart(next).cause, AttemptCause::kRedelivery);
        EXPECT_EQ(decideStart(next).round, 2u);
        EXPECT_EQ(decideStart(next).attempt, delivery.attempts + 1);
    }
}

TEST(DecideRedelivery, ACorrectedUrlOfTheSameOriginHoldsFromThisRoundOnAndTheTokenGoesAlong) {
    const auto delivery = stateIn<Delivery>("failed");
    for (const std::string url :
         {"https://example.com/new", "HTTPS://Example.COM/", "https://example.com.:443?a#b"}) {
        const auto result = redeliver(delivery, {.url = url, .may_change_origin = false});
        ASSERT_TRUE(result) << url;
        const auto& event = std::get<RedeliveryRequested>(result->event);
        EXPECT_EQ(event.endpoint, "https://example.com:443");
        EXPECT_EQ(event.previous_endpoint, "");
        EXPECT_EQ(event.url_digest, saltedSha256("salt", url));
        EXPECT_FALSE(event.token_changed || event.token_dropped);
        EXPECT_EQ(result->attachments.destination, (Destination{url, "s3cret"}));
        EXPECT_EQ(result->attachments.salt, "salt");
    }
}

TEST(DecideRedelivery, TheTokenStaysBehindWhereTheUrlLeadsToAnotherOrigin) {
    const auto delivery = stateIn<Delivery>("failed");
    for (const std::string url :
         {"http://example.com:443/hook", "https://example.com:8443/hook", "https://example.org/",
          "https://hooks.example.com/hook", "https://example.com.evil.example/hook"}) {
        const auto result = redeliver(delivery, {.url = url});
        ASSERT_TRUE(result) << url;
        const auto& event = std::get<RedeliveryRequested>(result->event);
        EXPECT_EQ(event.previous_endpoint, "https://example.com:443");
        EXPECT_EQ(event.endpoint, endpointNamed(url.substr(0, url.find('/', 8))));
        EXPECT_TRUE(event.token_dropped && event.token_changed) << url;
        EXPECT_EQ(result->attachments.destination, (Destination{url, ""})) << url;
        EXPECT_EQ(folded(delivery, event).endpoint, event.endpoint);
    }
}

TEST(DecideRedelivery, ATokenThatStayedBehindDoesNotComeBackWithItsOrigin) {
    Delivery delivery = stateIn<Delivery>("failed");
    const auto there = redeliver(delivery, {.url = "https://example.org/"});
    delivery = after(folded(delivery, there->event),
                     {AttemptStarted{2, 2, AttemptCause::kRedelivery},
                      AttemptFailed{.attempt = 2, .round_end = RoundEnd::kFinalStatus}});
    const auto back = redeliver(delivery, {.url = kCurrent.url}, there->attachments.destination);
    ASSERT_TRUE(back);
    const auto& event = std::get<RedeliveryRequested>(back->event);
    EXPECT_EQ(event.previous_endpoint, "https://example.org:443");
    EXPECT_FALSE(event.token_dropped) << "there is none any more";
    EXPECT_EQ(back->attachments.destination, (Destination{kCurrent.url, ""}));
}

TEST(DecideRedelivery, ATokenGivenWithTheUrlGoesToItsOrigin) {
    for (const std::string token : {"n3w", ""}) {
        const auto result =
            redeliver(stateIn<Delivery>("failed"), {.url = "https://example.org/", .token = token});
        ASSERT_TRUE(result);
        const auto& event = std::get<RedeliveryRequested>(result->event);
        EXPECT_TRUE(event.token_changed);
        EXPECT_FALSE(event.token_dropped);
        EXPECT_EQ(result->attachments.destination, (Destination{"https://example.org/", token}));
    }
}

TEST(DecideRedelivery, WhoMayNotChangeTheOriginIsToldBothAndWhatToDo) {
    const auto delivery = stateIn<Delivery>("failed");
    const std::string url = "https://example.org/in-the-path";
    for (const auto& current : {std::optional(kCurrent), std::optional<Destination>()}) {
        const auto refused =
            redeliver(delivery, {.url = url, .token = "n3w", .may_change_origin = false}, current);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.refusal().code, RefusalCode::kForbidden);
        EXPECT_EQ(refused.refusal().param, "url");
        EXPECT_EQ(refused.refusal().message,
                  "the delivery goes to https://example.com:443; a re-delivery to "
                  "https://example.org:443 would show the payload to somebody new, which needs the "
                  "role admin: ask an admin, or give a URL of https://example.com:443");
    }
    EXPECT_TRUE(redeliver(delivery, {.token = "n3w", .may_change_origin = false}));
    EXPECT_TRUE(redeliver(delivery, {.may_change_origin = false}));
}

TEST(DecideRedelivery, AnAddressIsOneOriginInEverySpelling) {
    Delivery delivery = stateIn<Delivery>("failed");
    EngineOptions options;
    options.address_policy.allow("loopback");
    const auto drops = [&](const std::string& from, const std::string& to) {
        delivery.endpoint = *endpointNamed(from);
        const auto result = decideRedelivery(delivery, {.url = to}, Destination{from, "s3cret"},
                                             options, "salt", kDecidedAt);
        return std::get<RedeliveryRequested>(result->event).token_dropped;
    };
    EXPECT_FALSE(drops("http://127.0.0.1:80", "http://0x7f.1/"));
    EXPECT_FALSE(drops("http://[::1]", "http://[0:0:0:0:0:0:0:1]:80/hook"));
    EXPECT_TRUE(drops("http://127.0.0.1", "http://127.0.0.2/"));
    EXPECT_TRUE(drops("http://127.0.0.1", "http://[::1]/"));
    EXPECT_TRUE(drops("http://127.0.0.1", "http://localhost/"));
}

TEST(DecideRedelivery, ACorrectedTokenHoldsFromThisRoundOnAndTheUrlStays) {
    for (const std::string token : {"n3w", ""}) {
        const auto result = redeliver(stateIn<Delivery>("failed"), {.token = token});
        ASSERT_TRUE(result);
        const auto& event = std::get<RedeliveryRequested>(result->event);
        EXPECT_TRUE(event.token_changed);
        EXPECT_EQ(event.endpoint, "");
        EXPECT_EQ(event.url_digest, std::nullopt);
        EXPECT_EQ(result->attachments.destination, (Destination{kCurrent.url, token}));
    }
}

TEST(DecideRedelivery, ACorrectionThatCannotBeUsedIsRefused) {
    const auto delivery = stateIn<Delivery>("failed");
    const auto bad_url = redeliver(delivery, {.url = "http://127.0.0.1/"});
    ASSERT_FALSE(bad_url);
    EXPECT_EQ(bad_url.refusal().code, RefusalCode::kInvalid);
    EXPECT_EQ(bad_url.refusal().param, "url");
    const auto bad_token = redeliver(delivery, {.token = "a b"});
    ASSERT_FALSE(bad_token);
    EXPECT_EQ(bad_token.refusal().param, "token");
    EXPECT_EQ(bad_token.refusal().message.find("a b"), std::string::npos);
}

TEST(DecideRedelivery, NotWhileAnAttemptIsOnTheWire) {
    for (const char* state : {"attempting", "cancelled, on the wire"}) {
        const auto result = redeliver(stateIn<Delivery>(state), {});
        ASSERT_FALSE(result);
        EXPECT_EQ(result.refusal().code, RefusalCode::kConflict);
        EXPECT_NE(result.refusal().message.find("attempt 1 is on the wire"), std::string::npos);
    }
}

TEST(DecideRedelivery, NotAfterThePayloadWasErased) {
    for (const char* state : {"delivered, erased", "failed, erased", "cancelled, erased"}) {
        const auto result = redeliver(stateIn<Delivery>(state), {.url = "https://new.example/"});
        ASSERT_FALSE(result);
        EXPECT_EQ(result.refusal().code, RefusalCode::kConflict);
    }
}

TEST(DecideRedelivery, WhoseUrlWasErasedNeedsUrlAndToken) {
    const auto delivery = stateIn<Delivery>("failed");
    for (const Redelivery& command :
         {Redelivery{}, Redelivery{.url = "https://new.example/"}, Redelivery{.token = "n3w"}}) {
        const auto result = redeliver(delivery, command, std::nullopt);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.refusal().code, RefusalCode::kConflict);
    }
    const auto both =
        redeliver(delivery, {.url = "https://new.example/", .token = ""}, std::nullopt);
    ASSERT_TRUE(both);
    EXPECT_EQ(both->attachments.destination, (Destination{"https://new.example/", ""}));
}

TEST(DecideRedelivery, ALongReasonIsCutBetweenCharacters) {
    const auto result =
        redeliver(stateIn<Delivery>("failed"), {.reason = std::string(999, 'x') + "\xC3\xBC"});
    EXPECT_EQ(std::get<RedeliveryRequested>(result->event).reason, std::string(999, 'x'));
}

// ---- cancellation

TEST(DecideCancellation, EndsWhatIsNotFinished) {
    for (const char* state : {"pending", "attempting"}) {
        const auto delivery = stateIn<Delivery>(state);
        const auto result = decideCancellation(delivery, {.reason = "no longer wanted"});
        ASSERT_TRUE(result) << state;
        EXPECT_EQ(result->reason, "no longer wanted");
        EXPECT_EQ(folded(delivery, *result).status, DeliveryStatus::kCancelled);
    }
    for (const char* state : {"delivered", "failed", "cancelled", "cancelled, on the wire"}) {
        const auto result = decideCancellation(stateIn<Delivery>(state), {});
        ASSERT_FALSE(result) << state;
        EXPECT_EQ(result.refusal().code, RefusalCode::kConflict);
    }
    EXPECT_NE(
        decideCancellation(stateIn<Delivery>("delivered"), {}).refusal().message.find("delivered"),
        std::string::npos)
        << "the refusal says what it is";
}

// ---- responses

TEST(DecideCompletion, StoresTheObjectOfAResponseThatIsBeingMade) {
    for (const char* state : {"created", "created, background"}) {
        const auto response = stateIn<Response>(state);
        const auto result = decideCompletion(
            response,
            {.object_id = "resp_9", .status = "completed", .object = makeBytes("{\"a\":1}")},
            Digest{7});
        ASSERT_TRUE(result) << state;
        EXPECT_EQ(result->object_id, "resp_9");
        EXPECT_EQ(result->status, "completed");
        EXPECT_EQ(result->payload_digest, Digest{7});
        EXPECT_EQ(result->payload_bytes, 7u);
        EXPECT_EQ(folded(response, *result).state, ResponseState::kCompleted);
    }
}

TEST(DecideCompletion, ACallThatFailedHasNoObject) {
    const auto response = stateIn<Response>("created");
    const auto result = decideCompletion(response, {.status = "error"}, Digest{});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->payload_digest, std::nullopt);
    EXPECT_EQ(result->payload_bytes, 0u);
    EXPECT_EQ(folded(response, *result).state, ResponseState::kCallFailed);
}

TEST(DecideCompletion, NothingIsCompletedTwice) {
    for (const char* state : {"completed", "call_failed", "deleted"}) {
        const auto result =
            decideCompletion(stateIn<Response>(state), {.object = makeBytes("{}")}, Digest{7});
        ASSERT_FALSE(result) << state;
        EXPECT_EQ(result.refusal().code, RefusalCode::kConflict);
        EXPECT_NE(result.refusal().message.find(state), std::string::npos);
    }
}

TEST(DecideDeletion, OnlyWhatItsOwnerCanSeeIsDeleted) {
    for (const char* state : {"completed", "completed, erased", "created, background"}) {
        const auto response = stateIn<Response>(state);
        const auto result = decideDeletion(response, {.reason = "by its owner"});
        ASSERT_TRUE(result) << state;
        EXPECT_EQ(result->reason, "by its owner");
        EXPECT_EQ(folded(response, *result).state, ResponseState::kDeleted);
    }
    for (const char* state : {"none", "created", "call_failed", "deleted"}) {
        const auto result = decideDeletion(stateIn<Response>(state), {});
        ASSERT_FALSE(result) << state;
        EXPECT_EQ(result.refusal().code, RefusalCode::kNotFound);
    }
}

// ---- bulk re-deliveries

TEST(DecideBulk, EveryStepIsPossibleExactlyWhereTheFoldTakesIt) {
    const std::vector<BulkStep> steps = {{.step = BulkRedeliveryRequested{}},
                                         {.step = BulkRedeliveryPaused{}},
                                         {.step = BulkRedeliveryResumed{}},
                                         {.step = BulkRedeliveryFinished{}}};
    for (const char* state : {"none", "running", "paused", "finished"}) {
        const auto bulk = stateIn<BulkRedelivery>(state);
        for (const BulkStep& step : steps) {
            const Event event = std::visit([](const auto& one) { return Event(one); }, step.step);
            SCOPED_TRACE(std::string(typeName(event)) + " after " + state);
            const auto result = decideBulk(bulk, step);
            if (result) {
                EXPECT_NO_THROW(folded(bulk, *result));
            } else {
                EXPECT_THROW(folded(bulk, event), CorruptLog);
                const bool unknown = std::string_view(state) == "none";
                EXPECT_EQ(result.refusal().code,
                          unknown ? RefusalCode::kNotFound : RefusalCode::kConflict);
                EXPECT_FALSE(result.refusal().message.empty());
            }
        }
    }
}

TEST(DecideBulk, ALongReasonIsCutInEveryStep) {
    const std::string reason(5'000'000, 'x');
    const auto reasonOf = [](const Result<Event>& event) {
        return std::visit(
            [](const auto& one) {
                if constexpr (requires { one.reason + ""; }) return one.reason;
                return std::string();
            },
            *event);
    };
    const auto decided = [&](const char* state, const BulkStep& step) {
        return reasonOf(decideBulk(stateIn<BulkRedelivery>(state), step));
    };
    const std::string cut(1000, 'x');
    EXPECT_EQ(decided("none", {.step = BulkRedeliveryRequested{.reason = reason}}), cut);
    EXPECT_EQ(decided("running", {.step = BulkRedeliveryPaused{reason}}), cut);
    EXPECT_EQ(decided("paused", {.step = BulkRedeliveryResumed{reason}}), cut);
}

// ---- endpoints

TEST(DecidePause, PausingAndResumingTakeTurns) {
    const auto running = stateIn<EndpointState>("running");
    const auto paused = stateIn<EndpointState>("paused");
    EXPECT_EQ(decidePause(running, {.reason = "is being mended"})->reason, "is being mended");
    EXPECT_EQ(decideResumption(paused, {.reason = "mended"})->reason, "mended");
    EXPECT_EQ(decidePause(paused, {}).refusal().code, RefusalCode::kConflict);
    EXPECT_EQ(decideResumption(running, {}).refusal().code, RefusalCode::kConflict);
    EXPECT_TRUE(folded(running, *decidePause(running, {})).paused);
    EXPECT_FALSE(folded(paused, *decideResumption(paused, {})).paused);
}

// ---- sending a stored object later

TEST(DecideLateCallback, SendsWhatIsStoredAndNothingElse) {
    const LateCallback command{.response = "resp_1", .url = "https://a.example/x", .token = "t"};
    const auto decided =
        decideLateCallback(stateIn<Response>("completed"), command, {}, "salt", kDecidedAt);
    ASSERT_TRUE(decided);
    const auto& event = std::get<DeliveryAccepted>(decided->event);
    EXPECT_EQ(event.endpoint, "https://a.example:443");
    EXPECT_EQ(event.payload_digest, Digest{1});
    EXPECT_EQ(event.payload_bytes, 7u);
    EXPECT_EQ(event.subject, "resp_1");
    EXPECT_TRUE(event.has_token);
    EXPECT_EQ(decided->attachments.destination, (Destination{command.url, "t"}));
    EXPECT_EQ(decided->attachments.payload, nullptr) << "it lies in the response's stream";
    for (const auto& [state, code] : std::vector<std::pair<const char*, RefusalCode>>{
             {"created", RefusalCode::kConflict},
             {"call_failed", RefusalCode::kConflict},
             {"completed, erased", RefusalCode::kErased},
             {"deleted", RefusalCode::kErased},
             {"deleted, nothing stored", RefusalCode::kErased}}) {
        const auto refused = refuseToSend(stateIn<Response>(state));
        ASSERT_TRUE(refused) << state;
        EXPECT_EQ(refused->code, code) << state;
    }
    EXPECT_FALSE(refuseToSend(stateIn<Response>("completed")));
    for (const char* url : {"", "ftp://a", "http://127.0.0.1/"}) {
        const auto refused =
            decideLateCallback(stateIn<Response>("completed"), {.response = "resp_1", .url = url},
                               {}, "s", kDecidedAt);
        EXPECT_EQ(refused.refusal().param, "url") << url;
    }
}

TEST(DecideLateCallback, WhatIsOnItsWayIsNotSentAgain) {
    const LateCallback same{.response = "resp_1", .url = kCurrent.url};
    const LateCallback elsewhere{.response = "resp_1", .url = "https://new.example/"};
    const LateCallback other_token{.response = "resp_1", .url = kCurrent.url, .token = "n3w"};
    for (const char* state : {"pending", "attempting"}) {
        const auto delivery = stateIn<Delivery>(state);
        EXPECT_TRUE(refuseRepetition(delivery, same, kCurrent)) << state;
        EXPECT_FALSE(refuseRepetition(delivery, elsewhere, kCurrent)) << state;
        EXPECT_FALSE(refuseRepetition(delivery, other_token, kCurrent)) << state;
        EXPECT_FALSE(refuseRepetition(delivery, same, std::nullopt)) << state;
    }
    for (const char* state : {"delivered", "failed", "cancelled"})
        EXPECT_FALSE(refuseRepetition(stateIn<Delivery>(state), same, kCurrent)) << state;
}

}  // namespace
}  // namespace waybill::test
