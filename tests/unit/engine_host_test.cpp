// Does what a host does wrong (throw, call back into the engine, wait for ever, fork) harm nobody?
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <mutex>
#include <thread>

#include "support/heap.h"
#include "support/ring.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

/// Counts the calls of a host's code, and throws in one of them something that is no exception.
struct HostFault {
    std::uint64_t throws_in = 0;
    bool thrown = false;

    void call() {
        if (throws_in == 0 || --throws_in > 0) return;
        thrown = true;
        throw 7;
    }
};

class FaultyEntropy : public SteadyEntropy {
public:
    explicit FaultyEntropy(HostFault& fault) : fault_(fault) {}
    void fill(std::span<std::uint8_t> out) override {
        fault_.call();
        SteadyEntropy::fill(out);
    }

private:
    HostFault& fault_;
};

class FaultyWire : public CountingWire {
public:
    explicit FaultyWire(HostFault& fault) : fault_(fault) {}
    void send(AttemptRequest request, Completion done) override {
        fault_.call();
        CountingWire::send(std::move(request), std::move(done));
    }

private:
    HostFault& fault_;
};

/// One tick in which every kind of a host's code is called.
class ThrowingHostTest : public RingTest {
protected:
    ThrowingHostTest() {
        options_.on_event = [this](const RecordedEvent&) { fault_.call(); };
        options_.on_commit = [this](std::size_t, Duration) { fault_.call(); };
        options_.on_start = [this](Duration) { fault_.call(); };
        options_.on_problem = [this](const std::string& problem) { problems_.push_back(problem); };
    }

    void start() override {
        ring_.reset();
        faulty_wire_.forgetAll();
        ring_ = std::make_unique<Ring>(*log_, faulty_wire_, options_, clock_, faulty_entropy_);
        ring_->recover();
        ring_->tick();
    }

    HostFault fault_;
    FaultyEntropy faulty_entropy_{fault_};
    FaultyWire faulty_wire_{fault_};
    std::vector<std::string> problems_;
};

TEST_F(ThrowingHostTest, HarmsNobodyIsCountedAndIsNamed) {
    constexpr std::uint64_t kMostCalls = 200;
    std::uint64_t nth = 1;
    for (; nth < kMostCalls && !HasFailure(); ++nth) {
        const std::string when = "in call " + std::to_string(nth);
        forgetTheLog();
        problems_.clear();
        fault_ = {};
        start();
        const StreamId flying = submitTo("http://one.example/");
        const StreamId failing = submitTo("http://two.example/");
        ASSERT_EQ(faulty_wire_.onWire(), 2u);
        faulty_wire_.finishOldest(answered(200));
        faulty_wire_.finishOldest(answered(500));
        std::array<int, 4> answers{};
        for (int& count : answers) {
            ring_->submit(submissionTo("http://three.example/"),
                          [this, &count](const Result<Accepted>&) {
                              ++count;
                              fault_.call();
                          });
        }
        fault_.throws_in = nth;
        ring_->tick();
        const bool it_came_to_that = fault_.thrown;
        fault_ = {};
        ring_->passInSteps(3s);

        for (const int count : answers)
            EXPECT_EQ(count, 1) << when;
        EXPECT_TRUE(ring_->health().ready) << when << ": " << ring_->health().problem;
        EXPECT_EQ(typesOf(flying).back(), "attempt_succeeded") << when;
        const std::vector<std::string> failed_once = {"delivery_accepted", "attempt_started",
                                                      "attempt_failed"};
        EXPECT_EQ(typesOf(failing), failed_once) << when;
        EXPECT_EQ(ring_->health().host_exceptions, it_came_to_that ? 1u : 0u) << when;
        if (it_came_to_that) {
            ASSERT_FALSE(problems_.empty()) << when;
            EXPECT_NE(problems_.front().find("host"), std::string::npos) << problems_.front();
        }
        ring_->passInSteps(10s);
        EXPECT_EQ(ring_->health().in_flight, faulty_wire_.onWire()) << when;
        if (!it_came_to_that) break;
    }
    EXPECT_GT(nth, 10u) << "there were many calls";
    EXPECT_LT(nth, kMostCalls);
}

TEST_F(ThrowingHostTest, AProblemReportThatThrowsIsNoWorse) {
    options_.on_problem = [](const std::string&) { throw 7; };
    start();
    Asked<Accepted> accepted;
    ring_->submit(submissionTo("http://one.example/"), into(accepted));
    fault_.throws_in = 1;
    ring_->pass(2s);
    EXPECT_TRUE(fault_.thrown);
    EXPECT_TRUE(accepted.ok());
    EXPECT_TRUE(ring_->health().ready);
    EXPECT_EQ(ring_->health().in_flight, faulty_wire_.onWire());
}

// ---- the public engine, on threads

/// What a test of threads needs. Lives on the heap: where an engine hangs, it is left behind.
struct Host {
    explicit Host(EngineOptions options = {}, Clock& clock = systemClock())
        : engine(log, wire, std::move(options), clock) {}

    static Submission submission() {
        return {.destination = {"http://hooks.example/in", ""}, .payload = makeBytes("{}")};
    }

    MemoryLog memory;
    FaultyLog log{memory};
    FakeTransport wire;
    Engine engine;
};

/// Runs `step` on a thread of its own; false when it does not return, which leaves `host` behind
/// and fails the test.
bool returns(std::unique_ptr<Host>& host, const std::string& what, std::function<void()> step) {
    std::packaged_task<void()> task(std::move(step));
    auto done = task.get_future();
    std::thread thread(std::move(task));
    if (done.wait_for(10s) == std::future_status::ready) {
        thread.join();
        done.get();
        return true;
    }
    thread.detach();
    static_cast<void>(host.release());
    ADD_FAILURE() << what << " does not return";
    return false;
}

bool isRefusal(const Refusal& refusal) {
    return refusal.code == RefusalCode::kInvalid || refusal.code == RefusalCode::kConflict;
}

TEST(EngineHost, ABlockingCallFromAReplyIsRefusedAtOnceInWords) {
    auto host = std::make_unique<Host>();
    host->engine.start();
    Engine& engine = host->engine;
    std::promise<std::vector<Refusal>> refusals;
    engine.submit(Host::submission(), [&](const Result<Accepted>& accepted) {
        ASSERT_TRUE(accepted.ok());
        const StreamId id = accepted->delivery.id;
        std::vector<Refusal> said;
        const auto hear = [&](const auto& result) {
            said.push_back(result.ok() ? Refusal{RefusalCode::kUnavailable, "granted", {}}
                                       : result.refusal());
        };
        hear(engine.submit(Host::submission()));
        hear(engine.redeliver({.delivery = id, .actor = "operator:kim"}));
        hear(engine.cancel({id, "operator:kim", ""}));
        hear(engine.createResponse({.id = "resp_1", .created = {.kind = "response"}}));
        hear(engine.completeResponse({.id = "resp_1"}));
        hear(engine.deleteResponse({"resp_1", "operator:kim", ""}));
        hear(engine.callResponseBack({.response = "resp_1", .actor = "operator:kim"}));
        hear(engine.recordBulk({"blk_1", "operator:kim", BulkRedeliveryPaused{}}));
        hear(engine.pauseEndpoint({"*", "operator:kim", ""}));
        hear(engine.resumeEndpoint({"*", "operator:kim", ""}));
        hear(engine.checkRequest(id, makeBytes("{}")));
        EXPECT_FALSE(engine.waitUntilFinished(id, 10s));
        refusals.set_value(said);
    });
    auto future = refusals.get_future();
    if (future.wait_for(10s) != std::future_status::ready) {
        static_cast<void>(host.release());
        FAIL() << "the engine's thread waits for itself";
    }
    for (const Refusal& refusal : future.get()) {
        EXPECT_TRUE(isRefusal(refusal)) << refusal.message;
        EXPECT_NE(refusal.message.find("thread"), std::string::npos) << refusal.message;
    }
    EXPECT_TRUE(engine.submit(Host::submission()).ok()) << "others are served";
}

TEST(EngineHost, ABlockingCallFromOnEventIsRefusedAtOnceInWords) {
    EngineOptions options;
    Engine* engine = nullptr;
    std::promise<Refusal> refusal;
    std::atomic<bool> asked = false;
    options.on_event = [&](const RecordedEvent&) {
        if (asked.exchange(true)) return;
        const auto result = engine->submit(Host::submission());
        refusal.set_value(result.ok() ? Refusal{RefusalCode::kUnavailable, "granted", {}}
                                      : result.refusal());
    };
    auto host = std::make_unique<Host>(std::move(options));
    engine = &host->engine;
    engine->start();
    engine->submit(Host::submission(), [](const Result<Accepted>&) {});
    auto future = refusal.get_future();
    if (future.wait_for(10s) != std::future_status::ready) {
        static_cast<void>(host.release());
        FAIL() << "the engine's thread waits for itself";
    }
    EXPECT_TRUE(isRefusal(future.get()));
}

TEST(EngineHost, AStopFromTheEnginesOwnThreadDoesNotHang) {
    auto host = std::make_unique<Host>();
    host->engine.start();
    std::promise<void> stopped;
    host->engine.submit(Host::submission(), [&](const Result<Accepted>&) {
        contained(nullptr, "", [&] { host->engine.stop(); });
        stopped.set_value();
    });
    if (stopped.get_future().wait_for(10s) != std::future_status::ready) {
        static_cast<void>(host.release());
        FAIL() << "stop waits for the thread it is called on";
    }
    returns(host, "the stop of another thread", [&] { host->engine.stop(); });
}

TEST(EngineHost, TheLongestDurationIsForEver) {
    auto host = std::make_unique<Host>();
    host->engine.start();
    const auto accepted = host->engine.submit(Host::submission());
    ASSERT_TRUE(accepted.ok());
    auto watching = std::async(std::launch::async, [&] {
        return host->engine.waitUntilFinished(accepted->delivery.id, Duration::max());
    });
    while (watching.wait_for(1ms) != std::future_status::ready) {
        while (host->wire.onWire() > 0)
            host->wire.finishOldest(answered(200));
    }
    const auto finished = watching.get();
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->status, DeliveryStatus::kDelivered);

    ASSERT_TRUE(host->engine.submit(Host::submission()).ok());
    auto stopping = std::async(std::launch::async, [&] { host->engine.stop(Duration::max()); });
    // No command is taken any more; then the engine goes on for as long as something is on the
    // wire.
    while (host->engine.submit(Host::submission()).ok())
        std::this_thread::yield();
    const auto end = std::chrono::steady_clock::now() + 10s;
    for (int turns = 0; turns < 3; ++turns) {
        const Timestamp before = host->engine.health().last_tick;
        while (host->engine.health().last_tick == before) {
            if (std::chrono::steady_clock::now() > end) FAIL() << "the engine does not go on";
            std::this_thread::yield();
        }
    }
    EXPECT_EQ(stopping.wait_for(0s), std::future_status::timeout);
    while (host->wire.onWire() > 0)
        host->wire.finishOldest(answered(200));
    ASSERT_EQ(stopping.wait_for(10s), std::future_status::ready);
}

TEST(EngineHost, StopAnswersWhoStillWaits) {
    auto host = std::make_unique<Host>();
    host->engine.start();
    const auto accepted = host->engine.submit(Host::submission());
    auto watching = std::async(std::launch::async, [&] {
        return host->engine.waitUntilFinished(accepted->delivery.id, Duration::max());
    });
    if (!returns(host, "stop", [&] { host->engine.stop(); })) return;
    ASSERT_EQ(watching.wait_for(10s), std::future_status::ready);
    EXPECT_FALSE(watching.get());
}

/// Threads that wait for an answer get one, and nobody keeps a stop waiting.
TEST(EngineHost, AReadThatThrowsLeavesNoThreadWaitingAndNoStop) {
    for (const Thrown thrown : {Thrown::kUnavailable, Thrown::kNoMemory, Thrown::kForeign}) {
        auto host = std::make_unique<Host>();
        Engine& engine = host->engine;
        engine.start();
        const auto accepted = engine.submit(Host::submission());
        ASSERT_TRUE(accepted.ok());
        const StreamId id = accepted->delivery.id;
        host->log.failRead(2, thrown);
        std::vector<std::future<bool>> asked;
        for (int i = 0; i < 4; ++i) {
            asked.push_back(std::async(std::launch::async, [&engine, id] {
                return engine.cancel({"dlv_none", "operator:kim", ""}).ok() ||
                       engine.redeliver({.delivery = id, .actor = "operator:kim"}).ok() ||
                       engine.pauseEndpoint({"http://one.example:80", "operator:kim", ""}).ok();
            }));
        }
        bool all = true;
        for (auto& one : asked)
            all = one.wait_for(10s) == std::future_status::ready && all;
        if (!all) {
            static_cast<void>(host.release());
            // Their destructors would wait for ever.
            new std::vector<std::future<bool>>(std::move(asked));
            FAIL() << "somebody still waits after " << nameOf(thrown);
        }
        if (!returns(host, "stop", [&] { engine.stop(); })) return;
    }
}

/// Says which thread asks.
class FaultyClock : public Clock {
public:
    Instant now() override {
        if (std::this_thread::get_id() != host_ && throws_ > 0) {
            --throws_;
            throw 7;
        }
        return systemClock().now();
    }
    std::atomic<int> throws_ = 0;  ///< so often, on a thread other than the one that made it

private:
    const std::thread::id host_ = std::this_thread::get_id();
};

TEST(EngineHost, AClockThatThrowsStopsNoEngine) {
    FaultyClock clock;
    std::mutex mutex;
    std::string problem;
    EngineOptions options;
    options.on_problem = [&](const std::string& told) {
        const std::lock_guard lock(mutex);
        problem += told;
    };
    auto host = std::make_unique<Host>(std::move(options), clock);
    host->engine.start();
    ASSERT_TRUE(host->engine.submit(Host::submission()).ok());
    clock.throws_ = 3;
    std::promise<bool> answer;
    host->engine.submit(Host::submission(),
                        [&](const Result<Accepted>& result) { answer.set_value(result.ok()); });
    auto answered_in_time = answer.get_future();
    if (answered_in_time.wait_for(10s) != std::future_status::ready) {
        static_cast<void>(host.release());
        FAIL() << "the engine's thread is gone";
    }
    EXPECT_TRUE(answered_in_time.get());
    EXPECT_GE(host->engine.health().host_exceptions, 1u);
    EXPECT_TRUE(returns(host, "stop", [&] { host->engine.stop(); }));
    const std::lock_guard lock(mutex);
    EXPECT_NE(problem.find("host"), std::string::npos) << problem;
}

TEST(EngineHost, AReplyThatThrowsIsCountedAndNamed) {
    std::mutex mutex;
    std::string problem;
    EngineOptions options;
    options.on_problem = [&](const std::string& told) {
        const std::lock_guard lock(mutex);
        problem += told;
    };
    auto host = std::make_unique<Host>(std::move(options));
    host->engine.start();
    for (int i = 0; i < 3; ++i)
        host->engine.submit(Host::submission(), [](const Result<Accepted>&) { throw 7; });
    EXPECT_TRUE(host->engine.submit(Host::submission()).ok());
    EXPECT_TRUE(returns(host, "stop", [&] { host->engine.stop(); }));
    EXPECT_EQ(host->engine.health().host_exceptions, 3u);
    const std::lock_guard lock(mutex);
    EXPECT_NE(problem.find("host"), std::string::npos) << problem;
}

/// A process that forked has the engine's memory and not its thread.
TEST(EngineHost, AfterAForkTheChildIsRefusedAndEnds) {
    auto host = std::make_unique<Host>();
    host->engine.start();
    const auto accepted = host->engine.submit(Host::submission());
    ASSERT_TRUE(accepted.ok());
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        alarm(20);  // ends it where it hangs
        const auto refused = host->engine.submit(Host::submission());
        const bool watched =
            host->engine.waitUntilFinished(accepted->delivery.id, Duration::max()).has_value();
        const bool good =
            !refused.ok() && refused.refusal().code == RefusalCode::kUnavailable && !watched;
        host.reset();
        _exit(good ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_FALSE(WIFSIGNALED(status)) << "the child hung or crashed: signal " << WTERMSIG(status);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
    EXPECT_TRUE(host->engine.submit(Host::submission()).ok()) << "the parent goes on";
}

/// Memory that a poll leaves behind would be seen here as a growing heap.
TEST(EngineHost, AWaitThatTimedOutLeavesNothingBehind) {
    auto host = std::make_unique<Host>();
    host->engine.start();
    const auto accepted = host->engine.submit(Host::submission());
    ASSERT_TRUE(accepted.ok());
    const auto poll = [&](int times) {
        for (int i = 0; i < times; ++i)
            EXPECT_FALSE(host->engine.waitUntilFinished(accepted->delivery.id, Duration::zero()));
        // In turn behind all of them.
        EXPECT_FALSE(host->engine.cancel({"dlv_none", "operator:kim", ""}).ok());
    };
    poll(1000);
    const std::size_t before = heapInUse();
    poll(10'000);
    const std::size_t after = heapInUse();
    EXPECT_LT(after, before + 100'000) << "bytes, after 10,000 polls";
}

}  // namespace
}  // namespace waybill::test
