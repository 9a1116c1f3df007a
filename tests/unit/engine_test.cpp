// Does the engine keep its word to threads that call it?
#include "waybill/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "support/fake_transport.h"
#include "support/memory_log.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

Submission submission() {
    return {.destination = {"http://hooks.example/in", ""}, .payload = makeBytes("{}")};
}

TEST(EngineTest, RefusesBeforeStartAndAfterStop) {
    MemoryLog log;
    FakeTransport wire;
    Engine engine(log, wire, {});
    EXPECT_EQ(engine.submit(submission()).refusal().code, RefusalCode::kUnavailable);
    engine.start();
    EXPECT_TRUE(engine.submit(submission()).ok());
    engine.stop();
    EXPECT_EQ(engine.submit(submission()).refusal().code, RefusalCode::kUnavailable);
    engine.stop();
}

TEST(EngineTest, AReplyThatThrowsIsItsHostsOwnAffair) {
    MemoryLog log;
    FakeTransport wire;
    Engine engine(log, wire, {});
    engine.start();
    std::promise<void> called;
    engine.submit(submission(), [&](const Result<Accepted>&) {
        called.set_value();
        throw 7;
    });
    called.get_future().wait();
    EXPECT_TRUE(engine.submit(submission()).ok());
    EXPECT_TRUE(engine.health().ready);
}

TEST(EngineTest, MayBeStoppedBeforeItWasStarted) {
    MemoryLog log;
    FakeTransport wire;
    Engine engine(log, wire, {});
    engine.stop();
    engine.start();
    EXPECT_FALSE(engine.submit(submission()).ok());
}

TEST(EngineTest, ManyThreadsSubmitAndEveryDeliveryIsDelivered) {
    MemoryLog log;
    FakeTransport wire;
    wire.answerAllWith(answered(200));
    Engine engine(log, wire, {});
    engine.start();
    std::atomic<int> delivered = 0;
    std::vector<std::thread> hosts;
    for (int host = 0; host < 4; ++host) {
        hosts.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                const auto accepted = engine.submit(submission());
                ASSERT_TRUE(accepted.ok());
                const auto finished = engine.waitUntilFinished(accepted->delivery.id, 10s);
                ASSERT_TRUE(finished.has_value());
                if (finished->status == DeliveryStatus::kDelivered) ++delivered;
            }
        });
    }
    for (auto& host : hosts)
        host.join();
    EXPECT_EQ(delivered, 200);
    engine.stop();
    EXPECT_EQ(engine.health().in_flight, 0u);
}

TEST(EngineTest, StopWaitsForWhatIsOnTheWire) {
    MemoryLog log;
    FakeTransport wire;
    Engine engine(log, wire, {});
    engine.start();
    const auto accepted = engine.submit(submission());
    ASSERT_TRUE(accepted.ok());
    while (wire.onWire() == 0)
        std::this_thread::yield();
    std::thread stopping([&] { engine.stop(10s); });
    while (engine.redeliver({}).refusal().code != RefusalCode::kUnavailable) {
        std::this_thread::yield();
    }
    wire.finishOldest(answered(200));
    stopping.join();
    EXPECT_EQ(log.findDelivery(accepted->delivery.id)->status, DeliveryStatus::kDelivered);
}

TEST(EngineTest, WaitingGivesUpInTimeAndForWhatDoesNotExist) {
    MemoryLog log;
    FakeTransport wire;
    Engine engine(log, wire, {});
    engine.start();
    const auto accepted = engine.submit(submission());
    EXPECT_FALSE(engine.waitUntilFinished(accepted->delivery.id, 10ms));
    EXPECT_FALSE(engine.waitUntilFinished("dlv_unknown", 10s));
}

TEST(EngineTest, AFullInboxRefusesWithOverloaded) {
    MemoryLog log;
    FakeTransport wire;
    EngineOptions options;
    options.max_waiting_commands = 0;
    Engine engine(log, wire, options);
    engine.start();
    EXPECT_EQ(engine.submit(submission()).refusal().code, RefusalCode::kOverloaded);
}

}  // namespace
}  // namespace waybill::test
