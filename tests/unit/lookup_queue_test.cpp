// Is every client's turn its own, whatever the others want?
#include "http/lookup_queue.h"

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

using Strings = std::vector<std::string>;

class LookupQueueTest : public testing::Test {
protected:
    LookupQueue::Ticket add(const std::string& client, const std::string& host) {
        ++last_;
        EXPECT_TRUE(queue_.add(last_, host, client, {nullptr, last_}));
        return last_;
    }

    void addMany(const std::string& client, int names) {
        for (int i = 0; i < names; ++i)
            add(client, client + std::to_string(i));
    }

    /// What may begin now, in this order; nothing of it ends.
    Strings startAll() {
        Strings hosts;
        while (auto* name = queue_.start({})) {
            running_.push_back(name);
            hosts.push_back(LookupQueue::hostOf(*name));
        }
        return hosts;
    }

    /// Ends the look-up that has run for longest; the exchanges that waited for it.
    std::vector<std::uint64_t> finishFirst(bool quick = false) {
        const auto finished = queue_.finish(*running_.front());
        running_.erase(running_.begin());
        queue_.remember(finished.host(), quick);
        std::vector<std::uint64_t> exchanges;
        finished.forEachWaiter([&](const auto& waiter) { exchanges.push_back(waiter.exchange); });
        return exchanges;
    }

    LookupQueue queue_{
        {.at_once = 8, .at_once_per_client = 2, .waiting_per_client = 1000, .remembered = 2}};
    std::vector<LookupQueue::Running*> running_;
    LookupQueue::Ticket last_ = 0;
};

TEST_F(LookupQueueTest, AClientHasNoMoreThanItsShareHoweverManyNamesItWants) {
    addMany("hostile", 1000);
    EXPECT_EQ(startAll(), (Strings{"hostile0", "hostile1"}));
    add("other", "other.example");
    EXPECT_EQ(startAll(), (Strings{"other.example"}));
    EXPECT_EQ(queue_.waiting(), 998u);
    EXPECT_EQ(queue_.running(), 3u);
}

TEST_F(LookupQueueTest, ManyClientsWhoseLookUpsHangLeaveRoomForOneMore) {
    for (const std::string client : {"a", "b", "c", "d"})
        addMany(client, 100);
    EXPECT_EQ(startAll().size(), 7u);
    add("other", "other.example");
    EXPECT_EQ(startAll(), (Strings{"other.example"}));
    // Now they have all of them; the next that ends is for who has none.
    addMany("e", 100);
    EXPECT_EQ(startAll(), Strings{});
    finishFirst();
    EXPECT_EQ(startAll(), (Strings{"e0"}));
}

TEST_F(LookupQueueTest, ClientsTakeTurns) {
    addMany("a", 4);
    addMany("b", 2);
    EXPECT_EQ(startAll(), (Strings{"a0", "b0", "a1", "b1"}));
    finishFirst();
    EXPECT_EQ(startAll(), (Strings{"a2"}));
}

TEST_F(LookupQueueTest, ANameThatTwoWantBeginsWithTheFirstOfTheirTurnsAndAnswersBoth) {
    addMany("hostile", 10);
    const auto first = add("hostile", "shared.example");
    const auto second = add("other", "shared.example");
    EXPECT_EQ(startAll(), (Strings{"hostile0", "shared.example", "hostile1"}));
    const auto third = add("third", "shared.example");
    EXPECT_EQ(startAll(), Strings{}) << "it runs";
    finishFirst();
    EXPECT_EQ(finishFirst(), (std::vector<std::uint64_t>{first, second, third}));
    add("other", "shared.example");
    EXPECT_EQ(startAll(), (Strings{"hostile2", "shared.example"})) << "it has ended: a new one";
}

TEST_F(LookupQueueTest, WhatNobodyWantsAnyMoreIsForgotten) {
    addMany("a", 100);
    for (LookupQueue::Ticket ticket = 1; ticket <= 100; ++ticket)
        queue_.forget(ticket, "a" + std::to_string(ticket - 1), "a");
    EXPECT_EQ(queue_.waiting(), 0u);
    EXPECT_EQ(queue_.clients(), 0u);
    EXPECT_EQ(startAll(), Strings{});

    const auto gone = add("a", "shared.example");
    add("b", "shared.example");
    queue_.forget(gone, "shared.example", "a");
    EXPECT_EQ(queue_.clients(), 1u);
    EXPECT_EQ(startAll(), (Strings{"shared.example"}));
    queue_.forget(last_, "shared.example", "b");
    EXPECT_EQ(finishFirst(), std::vector<std::uint64_t>{});
    EXPECT_EQ(queue_.clients(), 0u);
    EXPECT_EQ(queue_.running(), 0u);
}

TEST_F(LookupQueueTest, AFullQueueRefusesItsOwnClientOnly) {
    addMany("a", 1000);
    EXPECT_FALSE(queue_.add(5000, "one-more.example", "a", {}));
    EXPECT_EQ(queue_.waiting(), 1000u);
    EXPECT_TRUE(queue_.add(5001, "a0", "a", {})) << "it waits already";
    EXPECT_TRUE(queue_.add(5002, "one-more.example", "b", {}));
    EXPECT_FALSE(queue_.add(5003, "one-more.example", "a", {}));
    EXPECT_EQ(startAll(), (Strings{"a0", "one-more.example", "a1"}));
    EXPECT_TRUE(queue_.add(5004, "one-more.example", "a", {})) << "it runs already";
}

TEST_F(LookupQueueTest, NamesThatWereQuickDoNotWaitForOthers) {
    add("a", "quick.example");
    startAll();
    finishFirst(true);
    for (const std::string client : {"a", "b", "c", "d", "e", "f", "g", "h", "i"})
        addMany(client, 10);
    EXPECT_EQ(startAll().size(), 8u);
    add("a", "quick.example");
    EXPECT_EQ(startAll(), (Strings{"quick.example"}));
    queue_.finish(*running_.back());
    queue_.remember("quick.example", false);
    add("a", "quick.example");
    EXPECT_EQ(startAll(), Strings{}) << "this time it was not";
}

TEST_F(LookupQueueTest, OnlySoManyQuickNamesAreRemembered) {
    for (const std::string host : {"one", "two", "three"})
        queue_.remember(host, true);
    for (const std::string client : {"a", "b", "c", "d", "e", "f", "g", "h"})
        add(client, client);
    EXPECT_EQ(startAll().size(), 8u);
    for (const std::string host : {"one", "two", "three"})
        add("i", host);
    EXPECT_EQ(startAll().size(), 2u);
}

TEST_F(LookupQueueTest, ItKnowsForHowLongWhatRunsHasRun) {
    using namespace std::chrono_literals;
    add("a", "old");
    queue_.start(MonotonicTime(1s));
    add("a", "new");
    queue_.start(MonotonicTime(10s));
    EXPECT_EQ(queue_.runningSince(MonotonicTime(500ms)), 0u);
    EXPECT_EQ(queue_.runningSince(MonotonicTime(5s)), 1u);
    EXPECT_EQ(queue_.runningSince(MonotonicTime(10s)), 2u);
}

}  // namespace
}  // namespace waybill::http
