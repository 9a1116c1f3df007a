// Which is due first?
#include "engine/due_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>
#include <vector>

#include "waybill/time.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr MonotonicTime at(Duration since_start) {
    return MonotonicTime(since_start);
}

struct Item : Queued {};
using Queue = DueQueue<Item, MonotonicTime>;

TEST(DueQueue, YieldsInOrderAndOnlyWhenDue) {
    std::array<Item, 3> items;
    Queue queue;
    EXPECT_EQ(queue.next(), std::nullopt);
    queue.set(items[0], at(30s));
    queue.set(items[1], at(10s));
    queue.set(items[2], at(20s));
    EXPECT_EQ(queue.next(), at(10s));
    EXPECT_EQ(queue.popDue(at(9s)), nullptr);
    EXPECT_EQ(queue.popDue(at(25s)), &items[1]);
    EXPECT_EQ(queue.popDue(at(25s)), &items[2]);
    EXPECT_EQ(queue.popDue(at(25s)), nullptr);
    EXPECT_EQ(queue.next(), at(30s));
}

TEST(DueQueue, ItemsMoveAndLeave) {
    std::array<Item, 2> items;
    Queue queue;
    queue.set(items[0], at(10s));
    queue.set(items[1], at(20s));
    queue.set(items[0], at(30s));
    EXPECT_EQ(queue.next(), at(20s));
    queue.set(items[0], at(5s));
    EXPECT_EQ(queue.next(), at(5s));
    queue.remove(items[0]);
    queue.remove(items[0]);
    EXPECT_EQ(queue.next(), at(20s));
    queue.remove(items[1]);
    EXPECT_EQ(queue.next(), std::nullopt);
}

TEST(DueQueue, KeepsItsOrderThroughAnyChanges) {
    constexpr std::size_t kCount = 200;
    std::array<Item, kCount> items;
    Queue queue;
    std::vector<std::optional<MonotonicTime>> expected(kCount);
    std::mt19937 random(20261121);
    for (int step = 0; step < 20000; ++step) {
        const std::size_t i = random() % kCount;
        if (random() % 3 == 0) {
            queue.remove(items[i]);
            expected[i].reset();
        } else {
            expected[i] = at(Duration(random() % 1000));
            queue.set(items[i], *expected[i]);
        }
        std::optional<MonotonicTime> first;
        for (const auto& time : expected) {
            if (time && (!first || *time < *first)) first = time;
        }
        ASSERT_EQ(queue.next(), first) << "step " << step;
    }
}

}  // namespace
}  // namespace waybill::test
