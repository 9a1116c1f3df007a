// Does the ring do what the contract says, step by step, on a virtual clock?
#include "engine/engine_loop.h"

#include <gtest/gtest.h>

#include "support/fake_transport.h"
#include "support/memory_log.h"
#include "support/virtual_clock.h"
#include "waybill/event_codec.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

/// Entropy without surprise: no jitter, and ids that differ.
class SteadyEntropy : public Entropy {
public:
    void fill(std::span<std::uint8_t> out) override {
        if (std::exchange(fails_next_, false)) throw std::bad_alloc();
        for (auto& byte : out)
            byte = 0;
        out[0] = 0x80;  // the middle of symmetricUnit's range
        for (std::size_t i = 0; out.size() >= 10 && i < 8; ++i) {
            out[out.size() - 1 - i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
        }
        ++counter_;
    }

    bool fails_next_ = false;

private:
    std::uint64_t counter_ = 1;
};

/// A host's own transport that breaks its promise.
class ThrowingTransport : public FakeTransport {
public:
    void send(AttemptRequest request, Completion done) override {
        if (std::exchange(throws_next_, false)) throw std::runtime_error("no wire");
        FakeTransport::send(std::move(request), std::move(done));
    }

    bool throws_next_ = false;
};

class EngineLoopTest : public ::testing::Test {
protected:
    EngineLoopTest() { restart(); }

    /// A new engine on the same log, as after a crash.
    void restart() {
        recover();
        loop_->tick(clock_.now());
    }

    /// As far as a host waits for it.
    void recover() {
        inbox_ = std::make_shared<Inbox>(options_.max_waiting_commands);
        loop_ = std::make_unique<EngineLoop>(log_, wire_, options_, entropy_, inbox_);
        loop_->recover(clock_.now());
    }

    Result<Accepted> submit(Submission submission) {
        auto decided = decideSubmission(submission, options_, "salt", clock_.now().wall);
        if (!decided) return decided.refusal();
        std::optional<Result<Accepted>> answer;
        put(SubmitCommand{newStreamId(kDeliveryPrefix, clock_.now().wall, entropy_),
                          std::move(decided).value(),
                          [&](Result<Accepted> result) { answer = std::move(result); }});
        loop_->tick(clock_.now());
        return *answer;
    }

    StreamId submitTo(const std::string& url) {
        auto accepted = submit({.destination = {url, "s3cret"}, .payload = makeBytes("{}")});
        EXPECT_TRUE(accepted.ok()) << (accepted ? "" : accepted.refusal().message);
        return accepted ? accepted->delivery.id : StreamId();
    }

    Result<Delivery> redeliver(Redelivery redelivery) {
        std::optional<Result<Delivery>> answer;
        put(RedeliverCommand{std::move(redelivery), "salt",
                             [&](Result<Delivery> result) { answer = std::move(result); }});
        loop_->tick(clock_.now());
        return *answer;
    }

    Result<Delivery> cancel(const StreamId& id) {
        std::optional<Result<Delivery>> answer;
        put(CancelCommand{{id, "operator:kim", "no longer wanted"},
                          [&](Result<Delivery> result) { answer = std::move(result); }});
        loop_->tick(clock_.now());
        return *answer;
    }

    template <typename Concrete>
    void put(Concrete concrete) {
        Command command(std::move(concrete));
        ASSERT_EQ(inbox_->offer(command), Inbox::Offer::kTaken);
    }

    void answerOldest(AttemptOutcome outcome) {
        wire_.finishOldest(std::move(outcome));
        loop_->tick(clock_.now());
    }

    void pass(Duration time) {
        clock_.advance(time);
        loop_->tick(clock_.now());
    }

    Delivery stateOf(const StreamId& id) { return log_.findDelivery(id).value(); }

    std::vector<std::string> typesOf(const StreamId& id) {
        std::vector<std::string> types;
        for (const auto& event : log_.readStream(id))
            types.emplace_back(typeName(event.event));
        return types;
    }

    VirtualClock clock_;
    SteadyEntropy entropy_;
    MemoryLog log_;
    ThrowingTransport wire_;
    EngineOptions options_;
    std::shared_ptr<Inbox> inbox_;
    std::unique_ptr<EngineLoop> loop_;
};

constexpr auto kUrl = "http://hooks.example:8080/in?key=1";

TEST_F(EngineLoopTest, AcceptingAndStartingTakesOneCommit) {
    const StreamId id = submitTo(kUrl);
    EXPECT_EQ(typesOf(id), (std::vector<std::string>{"delivery_accepted", "attempt_started"}));
    EXPECT_EQ(loop_->health().commits, 1u);
    ASSERT_EQ(wire_.onWire(), 1u);
    const auto sent = wire_.oldest();
    EXPECT_EQ(sent.request.url, kUrl);
    EXPECT_EQ(*sent.request.body, "{}");
    EXPECT_EQ(sent.header("webhook-id"), id);
    EXPECT_EQ(sent.header("waybill-attempt"), "1");
    EXPECT_EQ(sent.header("Authorization"), "Bearer s3cret");
}

TEST_F(EngineLoopTest, ASubmissionIsRecordedAsItsClients) {
    const auto accepted =
        submit({.destination = {kUrl, ""}, .payload = makeBytes("{}"), .client = "acme"});
    ASSERT_TRUE(accepted.ok());
    EXPECT_EQ(log_.readStream(accepted->delivery.id).front().actor, "client:acme");
}

TEST_F(EngineLoopTest, A2xxDelivers) {
    const StreamId id = submitTo(kUrl);
    answerOldest(answered(204));
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kDelivered);
    EXPECT_EQ(loop_->inFlight(), 0u);
    pass(2h);
    EXPECT_EQ(wire_.sent(), 1u);
}

TEST_F(EngineLoopTest, FailuresAreRetriedAtTheRecordedTimesAndFourAreTheEnd) {
    const StreamId id = submitTo(kUrl);
    const std::vector<Duration> delays = {5s, 5min, 30min};
    for (const Duration delay : delays) {
        answerOldest(answered(500));
        ASSERT_EQ(stateOf(id).status, DeliveryStatus::kPending);
        EXPECT_EQ(*stateOf(id).next_attempt_at, clock_.now().wall + delay);
        pass(delay - 1us);
        EXPECT_EQ(wire_.onWire(), 0u) << "not before it is due";
        pass(1us);
        ASSERT_EQ(wire_.onWire(), 1u);
    }
    answerOldest(answered(500));
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kFailed);
    EXPECT_EQ(stateOf(id).round_end, RoundEnd::kAttemptsUsed);
    EXPECT_EQ(stateOf(id).attempts, 4u);
    pass(24h);
    EXPECT_EQ(wire_.sent(), 4u);
}

TEST_F(EngineLoopTest, AStepOfTheWallClockMovesNoRetry) {
    submitTo(kUrl);
    answerOldest(answered(500));
    clock_.jumpWall(1h);
    pass(5s - 1us);
    EXPECT_EQ(wire_.onWire(), 0u) << "forward is not early";
    clock_.jumpWall(-3h);
    pass(1us);
    EXPECT_EQ(wire_.onWire(), 1u) << "backward is not late";
}

TEST_F(EngineLoopTest, ARedeliveryOpensARoundWithTheSameId) {
    const StreamId id = submitTo(kUrl);
    answerOldest(failed(FailureReason::kRefusedAddress));
    ASSERT_EQ(stateOf(id).status, DeliveryStatus::kFailed);
    const auto redelivered = redeliver({id, "operator:kim", "mended", {}, {}});
    ASSERT_TRUE(redelivered.ok());
    ASSERT_EQ(wire_.onWire(), 1u);
    EXPECT_EQ(wire_.oldest().header("webhook-id"), id);
    EXPECT_EQ(wire_.oldest().header("waybill-attempt"), "2");
    EXPECT_EQ(stateOf(id).round, 2u);
    answerOldest(answered(200));
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kDelivered);
}

TEST_F(EngineLoopTest, ARedeliveryReplacesAPendingRetryAndCarriesACorrectedUrl) {
    const StreamId id = submitTo(kUrl);
    answerOldest(answered(500));
    ASSERT_TRUE(redeliver({id, "operator:kim", "", "http://hooks.example:8080/new", {}}).ok());
    ASSERT_EQ(wire_.onWire(), 1u);
    EXPECT_EQ(wire_.oldest().request.url, "http://hooks.example:8080/new");
    EXPECT_EQ(wire_.oldest().header("Authorization"), "Bearer s3cret") << "the token stays";
    answerOldest(answered(200));
    pass(1h);
    EXPECT_EQ(wire_.sent(), 2u) << "the retry it replaced is not made as well";
}

TEST_F(EngineLoopTest, NoTokenAndNoSignatureMadeWithItReachesAnotherOrigin) {
    const StreamId id = submitTo(kUrl);
    EXPECT_NE(wire_.oldest().header("webhook-signature"), "");
    answerOldest(answered(500));
    const auto expectBare = [&](const std::string& url, const std::string& endpoint) {
        ASSERT_EQ(wire_.onWire(), 1u);
        EXPECT_EQ(wire_.oldest().request.url, url);
        EXPECT_EQ(wire_.oldest().header("Authorization"), "") << url;
        EXPECT_EQ(wire_.oldest().header("webhook-signature"), "") << url;
        EXPECT_EQ(stateOf(id).endpoint, endpoint);
    };
    ASSERT_TRUE(redeliver({id, "operator:kim", "", "http://other.example/new", {}}).ok());
    expectBare("http://other.example/new", "http://other.example:80");
    answerOldest(answered(500));
    pass(6s);
    expectBare("http://other.example/new", "http://other.example:80");
    answerOldest(answered(500));
    restart();
    ASSERT_TRUE(redeliver({id, "operator:kim", "", kUrl, {}}).ok());
    expectBare(kUrl, "http://hooks.example:8080");
    answerOldest(answered(500));
    ASSERT_TRUE(redeliver({id, "operator:kim", "", {}, "n3w"}).ok());
    EXPECT_EQ(wire_.oldest().header("Authorization"), "Bearer n3w");
}

TEST_F(EngineLoopTest, WhoMayNotChangeTheOriginChangesNothing) {
    const StreamId id = submitTo(kUrl);
    answerOldest(answered(500));
    const auto before = typesOf(id);
    const auto refused = redeliver({.delivery = id,
                                    .actor = "operator:kim",
                                    .url = "http://other.example/new",
                                    .token = "n3w",
                                    .may_change_origin = false});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.refusal().code, RefusalCode::kForbidden);
    EXPECT_EQ(typesOf(id), before);
    pass(6s);
    EXPECT_EQ(wire_.oldest().request.url, kUrl);
    EXPECT_EQ(wire_.oldest().header("Authorization"), "Bearer s3cret");
}

TEST_F(EngineLoopTest, NothingIsRedeliveredWhileAnAttemptIsOnTheWire) {
    const StreamId id = submitTo(kUrl);
    const auto refused = redeliver({id, "operator:kim", "", {}, {}});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.refusal().code, RefusalCode::kConflict);
    EXPECT_EQ(redeliver({"dlv_unknown", "operator:kim", "", {}, {}}).refusal().code,
              RefusalCode::kNotFound);
}

TEST_F(EngineLoopTest, CancellingEndsAPendingDelivery) {
    const StreamId id = submitTo(kUrl);
    answerOldest(answered(500));
    ASSERT_TRUE(cancel(id).ok());
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kCancelled);
    pass(1h);
    EXPECT_EQ(wire_.sent(), 1u);
    EXPECT_EQ(cancel(id).refusal().code, RefusalCode::kConflict);
}

TEST_F(EngineLoopTest, A2xxAfterACancellationStillDelivers) {
    const StreamId id = submitTo(kUrl);
    ASSERT_TRUE(cancel(id).ok());
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kCancelled);
    answerOldest(answered(200));
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kDelivered);
}

TEST_F(EngineLoopTest, AFailureAfterACancellationIsRecordedAndNotRetried) {
    const StreamId id = submitTo(kUrl);
    ASSERT_TRUE(cancel(id).ok());
    answerOldest(answered(500));
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kCancelled);
    EXPECT_EQ(typesOf(id).back(), "attempt_failed");
    pass(1h);
    EXPECT_EQ(wire_.sent(), 1u);
}

TEST_F(EngineLoopTest, ARestartKeepsDueTimesAndAbandonsWhatWasOnTheWire) {
    const StreamId waiting = submitTo(kUrl);
    answerOldest(answered(500));
    const auto due = stateOf(waiting).next_attempt_at;
    const StreamId flying = submitTo(kUrl);
    clock_.advance(1s);
    restart();
    EXPECT_EQ(stateOf(waiting).next_attempt_at, due);
    EXPECT_EQ(typesOf(flying).back(), "attempt_abandoned");
    EXPECT_EQ(stateOf(flying).last_attempt.status, AttemptStatus::kAbandoned);
    EXPECT_EQ(*stateOf(flying).next_attempt_at, clock_.now().wall + 5s);
    pass(5s);
    EXPECT_EQ(wire_.sent(), 4u) << "both are made again";
    EXPECT_EQ(wire_.onWire(), 3u) << "the one that was never answered, and two new ones";
}

TEST_F(EngineLoopTest, ALargeBacklogIsLoadedBesideTheWork) {
    std::vector<StreamId> ids;
    while (ids.size() < 9000)
        ids.push_back(submitTo(kUrl));
    const std::size_t on_wire = wire_.onWire();
    ASSERT_GT(on_wire, 0u);
    ASSERT_LT(on_wire, ids.size());
    wire_.forgetAll();
    wire_.answerAllWith(answered(200));

    recover();
    EXPECT_EQ(loop_->health().pending, ids.size());
    ASSERT_TRUE(cancel(ids.back()).ok()) << "it need not be loaded to be cancelled";
    ASSERT_TRUE(submitTo(kUrl).starts_with("dlv_"));
    const auto left = [this] { return loop_->health().pending + loop_->health().in_flight; };
    for (int i = 0; i < 1000 && left() > 0; ++i)
        pass(1s);
    EXPECT_EQ(left(), 0u);
    EXPECT_EQ(typesOf(ids.front()),
              (std::vector<std::string>{"delivery_accepted", "attempt_started", "attempt_abandoned",
                                        "attempt_started", "attempt_succeeded"}));
    EXPECT_EQ(stateOf(ids.back()).status, DeliveryStatus::kCancelled);
    ids.pop_back();
    for (const StreamId& id : ids)
        ASSERT_EQ(stateOf(id).status, DeliveryStatus::kDelivered) << id;
}

TEST_F(EngineLoopTest, AnOutcomeFromBeforeTheRestartChangesNothing) {
    const StreamId id = submitTo(kUrl);
    restart();
    const auto before = typesOf(id);
    wire_.finishOldest(answered(200));
    loop_->tick(clock_.now());
    EXPECT_EQ(typesOf(id), before);
}

TEST_F(EngineLoopTest, AFailedCommitIsAnsweredWithUnavailableAndTheLoopComesBack) {
    log_.failNextAppend(AppendFault::kIndeterminateLost);
    const auto refused = submit({.destination = {kUrl, ""}, .payload = makeBytes("{}")});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.refusal().code, RefusalCode::kUnavailable);
    EXPECT_FALSE(loop_->health().ready);
    EXPECT_EQ(wire_.sent(), 0u) << "nothing leaves that is not on record";
    pass(1s);
    EXPECT_TRUE(loop_->health().ready);
    const StreamId id = submitTo(kUrl);
    EXPECT_EQ(wire_.onWire(), 1u) << id;
}

TEST_F(EngineLoopTest, EntropyThatThrowsHarmsNobodyAndIsCounted) {
    const StreamId first = submitTo(kUrl);
    const StreamId second = submitTo(kUrl);
    wire_.finishOldest(answered(200));
    wire_.finishOldest(answered(200));
    int answers = 0;
    for (int i = 0; i < 3; ++i)
        put(CancelCommand{{"dlv_none", "operator:kim", ""}, [&](const Result<Delivery>& result) {
                              EXPECT_EQ(result.refusal().code, RefusalCode::kNotFound);
                              ++answers;
                          }});
    entropy_.fails_next_ = true;  // when the first outcome is decided
    loop_->tick(clock_.now());
    EXPECT_EQ(answers, 3);
    EXPECT_TRUE(loop_->health().ready);
    EXPECT_EQ(loop_->health().host_exceptions, 1u);
    EXPECT_EQ(typesOf(first).back(), "attempt_succeeded");
    EXPECT_EQ(typesOf(second).back(), "attempt_succeeded");
}

TEST_F(EngineLoopTest, ATransportThatThrowsEndsTheAttemptAndFreesItsPlace) {
    wire_.throws_next_ = true;
    const StreamId id = submitTo(kUrl);
    loop_->tick(clock_.now());
    EXPECT_TRUE(loop_->health().ready);
    EXPECT_EQ(loop_->health().in_flight, 0u);
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kPending);
    EXPECT_EQ(stateOf(id).counted_in_round, 0u) << "nobody was asked";
    pass(1s);
    answerOldest(answered(200));
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kDelivered);
}

TEST_F(EngineLoopTest, WhatAHostsCallbackThrowsChangesNothing) {
    options_.on_event = [](const RecordedEvent&) { throw 7; };
    options_.on_commit = [](std::size_t, Duration) { throw 7; };
    options_.on_start = [](Duration) { throw 7; };
    restart();
    const StreamId id = submitTo(kUrl);
    wire_.finishOldest(answered(200));
    loop_->tick(clock_.now());
    EXPECT_TRUE(loop_->health().ready);
    EXPECT_EQ(typesOf(id).back(), "attempt_succeeded");
}

TEST_F(EngineLoopTest, WhoIsToldThatTheLogFailedFindsItSaidInTheHealth) {
    log_.failNextAppend(AppendFault::kUnavailable);
    auto decided = decideSubmission({.destination = {kUrl, ""}, .payload = makeBytes("{}")},
                                    options_, "salt", clock_.now().wall);
    std::optional<EngineHealth> seen;
    put(SubmitCommand{newStreamId(kDeliveryPrefix, clock_.now().wall, entropy_),
                      std::move(decided).value(),
                      [&](const Result<Accepted>&) { seen = loop_->health(); }});
    loop_->tick(clock_.now());
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->ready);
    EXPECT_FALSE(seen->problem.empty());
}

TEST_F(EngineLoopTest, AnIndeterminateCommitThatWasKeptIsTakenUp) {
    log_.failNextAppend(AppendFault::kIndeterminateKept);
    ASSERT_FALSE(submit({.destination = {kUrl, ""}, .payload = makeBytes("{}")}).ok());
    pass(1s);
    // Its attempt_started survived too, but was never sent: the outcome is unknown to whoever reads
    // the log.
    const auto events = log_.readAll(0, 10);
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(typeName(events[2].event), "attempt_abandoned");
    pass(5s);
    EXPECT_EQ(wire_.onWire(), 1u);
}

TEST_F(EngineLoopTest, AttemptsOnTheWireOutliveTheLogsFailure) {
    const StreamId id = submitTo(kUrl);
    log_.failNextAppend(AppendFault::kUnavailable);
    log_.failNextReopens(2);
    ASSERT_FALSE(submit({.destination = {kUrl, ""}, .payload = makeBytes("{}")}).ok());
    wire_.finishOldest(answered(200));
    pass(1s);
    EXPECT_FALSE(loop_->health().ready);
    pass(1s);
    pass(1s);
    EXPECT_TRUE(loop_->health().ready);
    pass(0s);
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kDelivered) << "its outcome was kept";
    EXPECT_EQ(typesOf(id), (std::vector<std::string>{"delivery_accepted", "attempt_started",
                                                     "attempt_succeeded"}));
}

TEST_F(EngineLoopTest, LocalFaultsAndOneStaleConnectionDoNotCount) {
    const StreamId id = submitTo(kUrl);
    for (int i = 0; i < 6; ++i) {
        answerOldest(failed(FailureReason::kLocalFault));
        ASSERT_EQ(stateOf(id).status, DeliveryStatus::kPending);
        pass(1s);
    }
    answerOldest(failed(FailureReason::kStaleConnection));
    ASSERT_EQ(wire_.onWire(), 1u) << "due at once";
    EXPECT_TRUE(wire_.oldest().request.fresh_connection);
    EXPECT_EQ(stateOf(id).counted_in_round, 0u);
    answerOldest(failed(FailureReason::kStaleConnection));
    EXPECT_EQ(stateOf(id).counted_in_round, 1u) << "the second one does";
}

TEST_F(EngineLoopTest, OneIdempotencyKeyMakesOneDelivery) {
    Submission submission{.destination = {kUrl, ""}, .payload = makeBytes("{}")};
    submission.idempotency = IdempotencyKey{sha256("key"), sha256("body")};
    const auto first = submit(submission);
    const auto again = submit(submission);
    ASSERT_TRUE(first.ok() && again.ok());
    EXPECT_EQ(again->delivery.id, first->delivery.id);
    EXPECT_TRUE(again->replayed);
    submission.idempotency->body = sha256("another body");
    EXPECT_EQ(submit(submission).refusal().code, RefusalCode::kConflict);
    pass(24h);
    const auto later = submit(submission);
    ASSERT_TRUE(later.ok());
    EXPECT_NE(later->delivery.id, first->delivery.id);
}

TEST_F(EngineLoopTest, TwoSubmissionsWithOneKeyInOneBatchMakeOneDelivery) {
    Submission submission{.destination = {kUrl, ""}, .payload = makeBytes("{}")};
    submission.idempotency = IdempotencyKey{sha256("key"), sha256("body")};
    std::vector<StreamId> answers;
    for (const char* id : {"dlv_a", "dlv_b"}) {
        put(SubmitCommand{
            id, decideSubmission(submission, options_, "salt", {}).value(),
            [&](Result<Accepted> result) { answers.push_back(result->delivery.id); }});
    }
    loop_->tick(clock_.now());
    EXPECT_EQ(answers, (std::vector<StreamId>{"dlv_a", "dlv_a"}));
}

TEST_F(EngineLoopTest, AResponseAndItsCallbackAreRecordedTogether) {
    std::optional<Result<Response>> answer;
    const auto keep = [&](Result<Response> result) { answer = std::move(result); };
    put(CreateResponseCommand{
        {.id = "resp_1", .created = {.kind = "response", .client = "acme"}}, "salt", keep});
    loop_->tick(clock_.now());
    ASSERT_TRUE(answer->ok());
    put(CompleteResponseCommand{{.id = "resp_1",
                                 .object_id = "resp_1",
                                 .status = "completed",
                                 .object = makeBytes(R"({"id":"resp_1"})"),
                                 .callback = Destination{kUrl, ""}},
                                {},
                                "dlv_1",
                                "salt",
                                keep});
    const auto commits = loop_->health().commits;
    loop_->tick(clock_.now());
    ASSERT_TRUE(answer->ok());
    EXPECT_EQ((*answer)->state, ResponseState::kCompleted);
    EXPECT_EQ(loop_->health().commits, commits + 1);
    ASSERT_EQ(wire_.onWire(), 1u);
    EXPECT_EQ(*wire_.oldest().request.body, R"({"id":"resp_1"})");
    EXPECT_EQ(stateOf("dlv_1").subject, "resp_1");
    EXPECT_EQ(stateOf("dlv_1").client, "acme");
}

TEST_F(EngineLoopTest, DeletingAResponseErasesTheObjectAndCancelsItsCallback) {
    std::optional<Result<Response>> answer;
    const auto keep = [&](Result<Response> result) { answer = std::move(result); };
    put(CreateResponseCommand{
        {.id = "resp_1", .created = {.kind = "response", .client = "acme"}}, "salt", keep});
    put(CompleteResponseCommand{{.id = "resp_1",
                                 .object_id = "resp_1",
                                 .status = "completed",
                                 .object = makeBytes("{}"),
                                 .callback = Destination{kUrl, ""}},
                                {},
                                "dlv_1",
                                "salt",
                                keep});
    loop_->tick(clock_.now());
    ASSERT_TRUE(answer->ok()) << "created and completed in one batch";
    answerOldest(answered(500));
    const auto payload_position = (*answer)->payload_position;
    put(DeleteResponseCommand{{"resp_1", "client:acme", ""}, keep});
    loop_->tick(clock_.now());
    ASSERT_TRUE(answer->ok());
    EXPECT_EQ((*answer)->state, ResponseState::kDeleted);
    EXPECT_EQ(stateOf("dlv_1").status, DeliveryStatus::kCancelled);
    EXPECT_TRUE(stateOf("dlv_1").payload_erased);
    EXPECT_EQ(log_.readPayload(payload_position), nullptr);
    EXPECT_EQ(redeliver({"dlv_1", "operator:kim", "", {}, {}}).refusal().code,
              RefusalCode::kConflict);
    put(DeleteResponseCommand{{"resp_1", "client:acme", ""}, keep});
    loop_->tick(clock_.now());
    EXPECT_EQ(answer->refusal().code, RefusalCode::kNotFound);
}

TEST_F(EngineLoopTest, AStoredObjectIsSentLaterByOneDeliveryThatEndsWithItsResponse) {
    std::optional<Result<Delivery>> sent;
    const auto callBack = [&](const std::string& url, std::optional<std::string> token = {}) {
        put(LateCallbackCommand{{.response = "resp_1",
                                 .actor = "operator:Kim Lee",
                                 .reason = "the URL was wrong",
                                 .url = url,
                                 .token = token},
                                newStreamId(kDeliveryPrefix, clock_.now().wall, entropy_),
                                "salt",
                                [&](Result<Delivery> result) { sent = std::move(result); }});
        loop_->tick(clock_.now());
    };
    const auto ignore = [](const Result<Response>& result) { ASSERT_TRUE(result.ok()); };
    callBack(kUrl);
    EXPECT_EQ(sent->refusal().code, RefusalCode::kNotFound);
    put(CreateResponseCommand{
        {.id = "resp_1", .created = {.kind = "response", .client = "acme"}}, "salt", ignore});
    loop_->tick(clock_.now());
    callBack(kUrl);
    EXPECT_EQ(sent->refusal().code, RefusalCode::kConflict) << "it is being made";
    put(CompleteResponseCommand{
        {.id = "resp_1", .object_id = "resp_1", .status = "completed", .object = makeBytes("{}")},
        sha256("{}"),
        "dlv_unused",
        "salt",
        ignore});
    loop_->tick(clock_.now());
    callBack("http://127.0.0.1/");
    EXPECT_EQ(sent->refusal().param, "url");

    callBack(kUrl, "s3cret");
    ASSERT_TRUE(sent->ok()) << sent->refusal().message;
    const StreamId id = (*sent)->id;
    EXPECT_EQ(stateOf(id).subject, "resp_1");
    EXPECT_EQ(stateOf(id).client, "acme");
    EXPECT_EQ(log_.readStream(id).front().actor, "operator:Kim Lee");
    const RecordedEvent said = log_.readStream("resp_1").back();
    EXPECT_EQ(encodeData(said.event),
              R"({"delivery":")" + id + R"(","reason":"the URL was wrong"})");
    ASSERT_EQ(wire_.onWire(), 1u);
    EXPECT_EQ(*wire_.oldest().request.body, "{}");
    EXPECT_EQ(wire_.oldest().header("Authorization"), "Bearer s3cret");

    callBack(kUrl);
    EXPECT_NE(sent->refusal().message.find(id), std::string::npos) << "asked for twice, sent once";
    answerOldest(answered(500));
    callBack(kUrl);
    EXPECT_EQ(sent->refusal().code, RefusalCode::kConflict) << "it waits for its next attempt";
    callBack("http://other.example/");
    ASSERT_TRUE(sent->ok()) << sent->refusal().message;
    EXPECT_EQ((*sent)->id, id) << "a response has one delivery";
    EXPECT_EQ((*sent)->round, 2u);
    EXPECT_EQ(wire_.oldest().header("Authorization"), "") << "it is of another origin";
    answerOldest(answered(500));

    put(DeleteResponseCommand{{"resp_1", "client:acme", ""}, ignore});
    loop_->tick(clock_.now());
    EXPECT_EQ(stateOf(id).status, DeliveryStatus::kCancelled);
    EXPECT_TRUE(stateOf(id).payload_erased);
    callBack(kUrl);
    EXPECT_EQ(sent->refusal().code, RefusalCode::kErased);
}

TEST_F(EngineLoopTest, ACommandThatCannotBeRightLeavesNoEvent) {
    const StreamId id = submitTo(kUrl);
    answerOldest(answered(200));
    const auto events = loop_->health().events;
    EXPECT_EQ(redeliver({.delivery = id}).refusal().param, "actor");
    EXPECT_EQ(redeliver({.delivery = id, .actor = "operator:x\nengine"}).refusal().param, "actor");
    std::optional<Result<EndpointState>> paused;
    for (const char* endpoint : {"nonsense", "https://EXAMPLE.com"}) {
        put(PauseCommand{{endpoint, "operator:kim", ""},
                         [&](Result<EndpointState> result) { paused = std::move(result); }});
        loop_->tick(clock_.now());
        EXPECT_EQ(paused->refusal().param, "endpoint");
    }
    std::optional<Result<BulkRedelivery>> run;
    put(BulkCommand{{id, "operator:kim", BulkRedeliveryRequested{}},
                    [&](Result<BulkRedelivery> result) { run = std::move(result); }});
    loop_->tick(clock_.now());
    EXPECT_EQ(run->refusal().param, "id") << "and the engine has not failed on a delivery's stream";
    EXPECT_EQ(loop_->health().events, events);
    EXPECT_TRUE(loop_->health().ready);
}

TEST_F(EngineLoopTest, ATestOfADeliverysUrlCarriesItsProofsUnderAnIdOfItsOwn) {
    options_.signing_keys = {SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")};
    restart();
    const StreamId id = submitTo(kUrl);
    std::optional<Result<AttemptRequest>> asked;
    const auto ask = [&](const StreamId& delivery) {
        put(CheckRequestCommand{delivery, "chk_1", makeBytes("{}"),
                                [&](auto result) { asked = std::move(result); }});
        loop_->tick(clock_.now());
    };
    const auto events = loop_->health().events;
    ask(id);
    ASSERT_TRUE(asked->ok());
    const AttemptRequest& request = **asked;
    EXPECT_EQ(request.url, kUrl);
    const auto header = [&](std::string_view name) {
        for (const auto& [key, value] : request.headers)
            if (key == name) return value;
        return std::string();
    };
    EXPECT_EQ(header("Authorization"), "Bearer s3cret");
    EXPECT_EQ(header("webhook-id"), "chk_1") << "no receiver takes it for the callback";
    EXPECT_EQ(header("waybill-check"), "1");
    EXPECT_EQ(header("waybill-hops"), "1") << "no daemon takes it for a request";
    EXPECT_NE(header("webhook-signature").find(' '), std::string::npos) << "the key's and token's";
    EXPECT_EQ(loop_->health().events, events) << "nothing is recorded";
    ask("dlv_other");
    EXPECT_EQ(asked->refusal().code, RefusalCode::kNotFound);
}

TEST_F(EngineLoopTest, ABulkRedeliveryKnowsWhatMayHappenToItNext) {
    std::optional<Result<BulkRedelivery>> answer;
    const auto step = [&](auto event) {
        put(BulkCommand{{"blk_1", "operator:kim", std::move(event)},
                        [&](Result<BulkRedelivery> result) { answer = std::move(result); }});
        loop_->tick(clock_.now());
        return answer->ok();
    };
    EXPECT_FALSE(step(BulkRedeliveryPaused{}));
    EXPECT_EQ(answer->refusal().code, RefusalCode::kNotFound);
    EXPECT_TRUE(step(BulkRedeliveryRequested{.filter = R"({"status":"failed"})", .matched = 3}));
    EXPECT_FALSE(step(BulkRedeliveryRequested{})) << "an id is used once";
    EXPECT_FALSE(step(BulkRedeliveryResumed{})) << "it is not paused";
    EXPECT_TRUE(step(BulkRedeliveryPaused{}));
    EXPECT_FALSE(step(BulkRedeliveryPaused{}));
    EXPECT_TRUE(step(BulkRedeliveryResumed{}));
    EXPECT_TRUE(step(BulkRedeliveryFinished{.done = 3}));
    EXPECT_FALSE(step(BulkRedeliveryPaused{})) << "it is over";
}

TEST_F(EngineLoopTest, APausedEndpointsDeliveriesWaitAlsoAcrossARestart) {
    std::optional<Result<EndpointState>> answer;
    const auto keep = [&](Result<EndpointState> result) { answer = std::move(result); };
    const EndpointCommand command{"http://hooks.example:8080", "operator:kim", "migration"};
    put(PauseCommand{command, keep});
    loop_->tick(clock_.now());
    ASSERT_TRUE(answer->ok());
    submitTo(kUrl);
    EXPECT_EQ(wire_.sent(), 0u);
    restart();
    pass(1h);
    EXPECT_EQ(wire_.sent(), 0u);
    put(ResumeCommand{command, keep});
    loop_->tick(clock_.now());
    EXPECT_EQ(wire_.sent(), 1u);
}

TEST_F(EngineLoopTest, TheWireIsNeverFullerThanItsLimits) {
    options_.max_in_flight = 5;
    options_.max_in_flight_per_endpoint = 3;
    restart();
    for (int i = 0; i < 8; ++i)
        submitTo("http://one.example/");
    EXPECT_EQ(wire_.onWire(), 3u);
    for (int i = 0; i < 8; ++i)
        submitTo("http://two.example/");
    EXPECT_EQ(wire_.onWire(), 5u);
    for (int i = 0; i < 16; ++i) {
        ASSERT_LE(wire_.onWire(), 5u);
        answerOldest(answered(200));
    }
    EXPECT_EQ(wire_.sent(), 16u);
}

TEST_F(EngineLoopTest, WaitersAreToldWhenADeliveryIsFinished) {
    const StreamId id = submitTo(kUrl);
    std::optional<Delivery> seen;
    put(WatchCommand{id, [&](const Result<Delivery>& state) {
                         if (state) seen = state.value();
                     }});
    loop_->tick(clock_.now());
    EXPECT_FALSE(seen);
    answerOldest(answered(200));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->status, DeliveryStatus::kDelivered);
    seen.reset();
    put(WatchCommand{id, [&](const Result<Delivery>& state) {
                         if (state) seen = state.value();
                     }});
    loop_->tick(clock_.now());
    EXPECT_TRUE(seen) << "also for one that has been finished before";
}

TEST_F(EngineLoopTest, TheTickSaysWhenItIsNeededNext) {
    submitTo(kUrl);
    answerOldest(answered(500));
    clock_.advance(4500ms);
    EXPECT_EQ(loop_->tick(clock_.now()), clock_.now().monotonic + 500ms);
}

TEST_F(EngineLoopTest, TheTokenIsInNoEvent) {
    const StreamId id = submitTo(kUrl);
    AttemptOutcome echoing = answered(403);
    echoing.response_body = "bad token: s3cret";
    answerOldest(echoing);
    for (const RecordedEvent& event : log_.readStream(id)) {
        EXPECT_EQ(encodeData(event.event).find("s3cret"), std::string::npos);
        EXPECT_EQ(encodeData(event.event).find("/in?key"), std::string::npos);
    }
    const auto exchange = log_.readExchange(log_.head().global_position);
    ASSERT_TRUE(exchange);
    EXPECT_EQ(exchange->body, "bad token: ****");
}

}  // namespace
}  // namespace waybill::test
