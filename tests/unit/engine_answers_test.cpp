// Is everybody who asks the ring answered exactly once, wherever it fails?
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <ostream>

#include "support/ring.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

/// One command of every kind, on a log that has something for each of them to read.
class EngineAnswersTest : public RingTest {
protected:
    /// What the log holds before the tick that is looked at; the ring has just started.
    void setTheScene() {
        start();
        delivered_ = submitTo("http://one.example/");
        answerOldest(answered(200));
        watched_ = submitTo("http://two.example/");
        answerOldest(answered(200));
        retrying_ = submitTo("http://three.example/");
        answerOldest(answered(500));
        Submission with_key = submissionTo("http://four.example/");
        with_key.idempotency = IdempotencyKey{sha256("key"), sha256("body")};
        Asked<Accepted> accepted;
        ring_->submit(with_key, into(accepted));
        ring_->tick();
        answerOldest(answered(200));
        Asked<Response> made;
        for (const char* id : {"resp_open", "resp_done", "resp_late"}) {
            ring_->createResponse({.id = id, .created = {.kind = "response", .client = "acme"}},
                                  into(made));
        }
        for (const char* id : {"resp_done", "resp_late"}) {
            ring_->completeResponse(
                {.id = id, .object_id = id, .status = "completed", .object = makeBytes("{}")},
                into(made));
        }
        ring_->tick();
        Asked<BulkRedelivery> bulk;
        ring_->recordBulk({"blk_run", kActor, BulkRedeliveryRequested{.filter = "{}"}}, into(bulk));
        ring_->tick();
        start();  // whose memory is cold
        flying_ = submitTo("http://five.example/");
        EXPECT_EQ(wire_.onWire(), 1u);
        wire_.finishOldest(answered(200));  // for the tick that is looked at
    }

    /// Asks for everything at once. `hook` is called in each answer.
    void askForEverything(const std::function<void()>& hook = [] {}) {
        hook_ = hook;
        Submission again = submissionTo("http://four.example/");
        again.idempotency = IdempotencyKey{sha256("key"), sha256("body")};
        ring_->submit(again, counted<Accepted>("submit with a known key"));
        again.idempotency = IdempotencyKey{sha256("another key"), sha256("body")};
        ring_->submit(again, counted<Accepted>("submit with a key"));
        ring_->submit(submissionTo("http://six.example/"), counted<Accepted>("submit"));
        ring_->redeliver({.delivery = delivered_, .actor = kActor}, counted<Delivery>("redeliver"));
        ring_->cancel({retrying_, kActor, ""}, counted<Delivery>("cancel"));
        ring_->createResponse({.id = "resp_new", .created = {.kind = "response", .client = "a"}},
                              counted<Response>("create"));
        ring_->completeResponse({.id = "resp_open",
                                 .object_id = "resp_open",
                                 .status = "completed",
                                 .object = makeBytes("{}"),
                                 .callback = Destination{"http://seven.example/", ""}},
                                counted<Response>("complete"));
        ring_->deleteResponse({"resp_done", kActor, ""}, counted<Response>("delete"));
        ring_->callResponseBack(
            {.response = "resp_late", .actor = kActor, .url = "http://eight.example/"},
            counted<Delivery>("call back"));
        ring_->recordBulk({"blk_run", kActor, BulkRedeliveryPaused{}},
                          counted<BulkRedelivery>("bulk"));
        ring_->pause({"http://nine.example:80", kActor, ""}, counted<EndpointState>("pause"));
        ring_->resume({"http://nine.example:80", kActor, ""}, counted<EndpointState>("resume"));
        ring_->checkRequest(watched_, counted<AttemptRequest>("check"));
        ring_->watch(watched_, counted<Delivery>("watch what is finished"));
        ring_->watch(retrying_, counted<Delivery>("watch what waits"));
    }

    /// Lets time pass, answers what is on the wire, and holds everybody against the promise.
    void expectEverybodyAnsweredOnce(const std::string& when) {
        for (int i = 0; i < 5; ++i)
            ring_->pass(1s);
        EXPECT_TRUE(ring_->health().ready) << when << ": " << ring_->health().problem;
        for (const auto& [who, answers] : answers_)
            EXPECT_EQ(answers, who.starts_with("watch") ? std::min(answers, 1) : 1)
                << who << ", " << when;
        answerEverything(answered(200));
        ring_->pass(1s);
        answerEverything(answered(200));
        EXPECT_EQ(ring_->health().in_flight, 0u) << when;
        ring_->abort();
        for (const auto& [who, answers] : answers_)
            EXPECT_EQ(answers, 1) << who << ", " << when;
    }

    void expectTheOutcomeOnRecord(const std::string& when) {
        EXPECT_EQ(
            typesOf(flying_),
            (std::vector<std::string>{"delivery_accepted", "attempt_started", "attempt_succeeded"}))
            << when;
        EXPECT_EQ(wire_.sendsOf(flying_, 1), 1) << when;
    }

    StreamId delivered_;
    StreamId watched_;
    StreamId retrying_;
    StreamId flying_;
    std::map<std::string, int> answers_;

private:
    template <typename T>
    Engine::Reply<T> counted(const std::string& who) {
        int& answers = answers_[who] = 0;
        return [this, &answers](const Result<T>&) {
            ++answers;
            hook_();
        };
    }
    std::function<void()> hook_;
};

class EveryCallThatThrows : public EngineAnswersTest,
                            public ::testing::WithParamInterface<Thrown> {};

/// The first call of the log in a tick throws, then in another world the second, and so on to the
/// last.
TEST_P(EveryCallThatThrows, LeavesNobodyUnansweredAndNoOutcomeUnrecorded) {
    constexpr std::uint64_t kMostCalls = 1000;
    std::uint64_t nth = 1;
    for (; nth < kMostCalls && !HasFailure(); ++nth) {
        const std::string when =
            std::string(nameOf(GetParam())) + " in call " + std::to_string(nth);
        forgetTheLog();
        setTheScene();
        askForEverything();
        log_->failCall(nth, GetParam());
        ring_->tick();
        const bool it_came_to_that = log_->hasFailed();
        const bool it_misread_that = log_->misreadStream() == flying_;
        log_->calm();
        expectEverybodyAnsweredOnce(when);
        // What cannot be read at all is set aside, with its outcome.
        if (!it_misread_that) expectTheOutcomeOnRecord(when);
        answers_.clear();
        if (!it_came_to_that) break;
    }
    EXPECT_GT(nth, 1u) << "there was something to throw";
    EXPECT_LT(nth, kMostCalls);
}

INSTANTIATE_TEST_SUITE_P(EngineAnswersTest, EveryCallThatThrows,
                         ::testing::Values(Thrown::kUnavailable, Thrown::kCorrupt, Thrown::kDamaged,
                                           Thrown::kNoMemory, Thrown::kForeign),
                         [](const auto& tested) {
                             switch (tested.param) {
                                 case Thrown::kUnavailable:
                                     return "StoreUnavailable";
                                 case Thrown::kCorrupt:
                                     return "CorruptLog";
                                 case Thrown::kDamaged:
                                     return "DamagedBytes";
                                 case Thrown::kNoMemory:
                                     return "BadAlloc";
                                 default:
                                     return "SomethingElse";
                             }
                         });

TEST_F(EngineAnswersTest, WithoutAFaultEverythingIsGranted) {
    setTheScene();
    askForEverything();
    ring_->tick();
    expectEverybodyAnsweredOnce("without a fault");
    expectTheOutcomeOnRecord("without a fault");
}

/// As `stop` does it.
TEST_F(EngineAnswersTest, AnAbortAnswersWhatNoTickHasTaken) {
    setTheScene();
    askForEverything();
    ring_->abort();
    for (const auto& [who, answers] : answers_)
        EXPECT_EQ(answers, 1) << who;
}

TEST_F(EngineAnswersTest, ARingThatIsDestroyedHasAnsweredEverybody) {
    setTheScene();
    askForEverything();
    ring_.reset();
    for (const auto& [who, answers] : answers_)
        EXPECT_EQ(answers, 1) << who;
}

}  // namespace
}  // namespace waybill::test
