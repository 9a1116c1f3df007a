// Does everything that is put in come out, in order and within the limit, and does the one who
// waits wake up?
#include "engine/inbox.h"

#include <gtest/gtest.h>

#include <thread>

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

Command watch(const StreamId& delivery) {
    return WatchCommand{delivery, {}, 0};
}

Inbox::Offer offer(Inbox& inbox, const StreamId& delivery) {
    Command command = watch(delivery);
    return inbox.offer(command);
}

Inbox::Contents takeFrom(Inbox& inbox, std::size_t max_commands) {
    Inbox::Contents contents;
    inbox.take(max_commands, SIZE_MAX, contents);
    return contents;
}

std::vector<StreamId> idsOf(const Inbox::Contents& contents) {
    std::vector<StreamId> ids;
    for (const auto& command : contents.commands)
        ids.push_back(std::get<WatchCommand>(*command).delivery);
    return ids;
}

MonotonicTime in(Duration time) {
    return std::chrono::floor<Duration>(std::chrono::steady_clock::now()) + time;
}

/// How long a wait took that should have ended at once; a minute would be a miss.
bool wakesBefore(Inbox& inbox, Duration limit) {
    const auto began = std::chrono::steady_clock::now();
    inbox.wait(in(1min));
    return std::chrono::steady_clock::now() - began < limit;
}

TEST(Inbox, CommandsComeOutInOrderAndInPortions) {
    Inbox inbox(10);
    for (const char* id : {"a", "b", "c"})
        EXPECT_EQ(offer(inbox, id), Inbox::Offer::kTaken);
    EXPECT_EQ(inbox.waiting(), 3u);

    EXPECT_EQ(idsOf(takeFrom(inbox, 2)), (std::vector<StreamId>{"a", "b"}));
    EXPECT_EQ(inbox.waiting(), 1u);
    EXPECT_EQ(idsOf(takeFrom(inbox, 2)), (std::vector<StreamId>{"c"}));
    EXPECT_TRUE(takeFrom(inbox, 2).empty());
    EXPECT_EQ(inbox.waiting(), 0u);
}

TEST(Inbox, OutcomesWaitAsCommandsDo) {
    Inbox inbox(10);
    offer(inbox, "a");
    inbox.push({"b", 1, {}});
    EXPECT_EQ(inbox.waiting(), 2u);
}

TEST(Inbox, AFullOneTakesWhatMustNotBeRefusedUntilItIsClosed) {
    Inbox inbox(1);
    offer(inbox, "a");
    inbox.push(watch("b"));
    inbox.close();
    inbox.push(watch("c"));
    EXPECT_EQ(idsOf(takeFrom(inbox, 10)), (std::vector<StreamId>{"a", "b"}));
}

TEST(Inbox, AFullOneRefusesCommandsAndNoOutcome) {
    Inbox inbox(2);
    offer(inbox, "a");
    offer(inbox, "b");
    Command third = watch("c");
    EXPECT_EQ(inbox.offer(third), Inbox::Offer::kFull);
    EXPECT_EQ(std::get<WatchCommand>(third).delivery, "c") << "what was not taken is still whole";
    for (std::uint32_t attempt = 1; attempt <= 5; ++attempt)
        inbox.push({"d", attempt, {}});

    const Inbox::Contents contents = takeFrom(inbox, 1);
    EXPECT_EQ(idsOf(contents), (std::vector<StreamId>{"a"}));
    ASSERT_EQ(contents.outcomes.size(), 5u) << "all of them, whatever the portion";
    EXPECT_EQ(contents.outcomes[4].attempt, 5u);
    EXPECT_EQ(inbox.offer(third), Inbox::Offer::kTaken) << "there is room again";
}

TEST(Inbox, AClosedOneRefusesCommandsAndNoOutcome) {
    Inbox inbox(10);
    offer(inbox, "a");
    inbox.close();
    EXPECT_EQ(offer(inbox, "b"), Inbox::Offer::kClosed);
    inbox.push({"c", 1, {}});
    const Inbox::Contents contents = takeFrom(inbox, 10);
    EXPECT_EQ(idsOf(contents), (std::vector<StreamId>{"a"})) << "what came before is answered";
    EXPECT_EQ(contents.outcomes.size(), 1u);
}

TEST(Inbox, NobodyWaitsForWhatIsThere) {
    Inbox inbox(10);
    offer(inbox, "a");
    EXPECT_TRUE(wakesBefore(inbox, 30s));
    takeFrom(inbox, 10);
    inbox.push({"a", 1, {}});
    EXPECT_TRUE(wakesBefore(inbox, 30s));
}

TEST(Inbox, ACallToWakeIsNotLostWhileNobodyWaits) {
    Inbox inbox(10);
    inbox.wake();
    takeFrom(inbox, 10);
    EXPECT_TRUE(wakesBefore(inbox, 30s));

    const auto began = std::chrono::steady_clock::now();
    inbox.wait(in(20ms));
    EXPECT_GE(std::chrono::steady_clock::now() - began, 20ms) << "it is heeded once";
}

TEST(Inbox, ADeadlineThatHasPassedIsNotWaitedFor) {
    Inbox inbox(10);
    inbox.wait(in(-1s));
    EXPECT_TRUE(takeFrom(inbox, 1).empty());
}

TEST(Inbox, WhoWaitsIsWokenByCommandOutcomeAndCall) {
    for (const auto& stir :
         std::vector<std::function<void(Inbox&)>>{[](Inbox& inbox) { offer(inbox, "a"); },
                                                  [](Inbox& inbox) {
                                                      inbox.push({"a", 1, {}});
                                                  },
                                                  [](Inbox& inbox) { inbox.wake(); }}) {
        Inbox inbox(10);
        std::thread other([&] { stir(inbox); });
        EXPECT_TRUE(wakesBefore(inbox, 30s));
        other.join();
    }
}

TEST(Inbox, NothingIsLostBetweenManyThreads) {
    constexpr int kThreads = 4;
    constexpr std::uint32_t kEach = 2'000;
    const auto inbox = std::make_shared<Inbox>(64);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([inbox] {
            for (std::uint32_t n = 1; n <= kEach; ++n) {
                inbox->push({"a", n, {}});
                while (offer(*inbox, "a") == Inbox::Offer::kFull)
                    std::this_thread::yield();
            }
        });
    }
    std::size_t commands = 0;
    std::size_t outcomes = 0;
    const MonotonicTime deadline = in(30s);
    while ((commands < kThreads * kEach || outcomes < kThreads * kEach) && in(0s) < deadline) {
        const Inbox::Contents contents = takeFrom(*inbox, 16);
        commands += contents.commands.size();
        outcomes += contents.outcomes.size();
        if (contents.empty()) inbox->wait(deadline);
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(commands, kThreads * kEach);
    EXPECT_EQ(outcomes, kThreads * kEach);
}

Inbox::Offer submit(Inbox& inbox, const std::string& client, std::size_t bytes) {
    Decided accepted;
    DeliveryAccepted event;
    event.client = client;
    accepted.event = event;
    accepted.attachments.payload = makeBytes(std::string(bytes, 'x'));
    Command command = SubmitCommand{"dlv_1", std::move(accepted), {}};
    return inbox.offer(command);
}

TEST(Inbox, AClientThatFillsItsHalfLeavesOthersTheirs) {
    Inbox inbox(10, 1000, true);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(submit(inbox, "loud", 1), Inbox::Offer::kTaken);
    EXPECT_EQ(submit(inbox, "loud", 1), Inbox::Offer::kShareFull);
    EXPECT_EQ(submit(inbox, "other", 495), Inbox::Offer::kTaken);
    EXPECT_EQ(submit(inbox, "other", 495), Inbox::Offer::kShareFull);
    EXPECT_EQ(offer(inbox, "no submission"), Inbox::Offer::kTaken);
    EXPECT_EQ(inbox.refusedShares(), 2u);

    EXPECT_EQ(takeFrom(inbox, 3).commands.size(), 3u);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(submit(inbox, "loud", 1), Inbox::Offer::kTaken);
    EXPECT_EQ(submit(inbox, "loud", 1), Inbox::Offer::kShareFull);
}

TEST(Inbox, WithOneClientNothingIsKeptForOthers) {
    Inbox inbox(10, 1000);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(submit(inbox, "only", 100), Inbox::Offer::kTaken);
    EXPECT_EQ(submit(inbox, "only", 1), Inbox::Offer::kFull);
}

}  // namespace
}  // namespace waybill::test
