// Who is woken first?
#include "http/timer_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace waybill::http {
namespace {

using namespace std::chrono_literals;

constexpr MonotonicTime at(Duration since_start) {
    return MonotonicTime(since_start);
}

// The queue never looks at the owners.
std::vector<std::unique_ptr<Timer>> makeTimers(std::size_t count) {
    std::vector<std::unique_ptr<Timer>> timers(count);
    for (auto& timer : timers)
        timer = std::make_unique<Timer>(nullptr);
    return timers;
}

TEST(TimerQueue, WakesInOrderAndOnlyWhenDue) {
    const auto timers = makeTimers(3);
    TimerQueue queue;
    EXPECT_EQ(queue.next(), std::nullopt);
    queue.set(*timers[0], at(30s));
    queue.set(*timers[1], at(10s));
    queue.set(*timers[2], at(20s));
    EXPECT_EQ(queue.next(), at(10s));
    EXPECT_EQ(queue.popDue(at(9s)), nullptr);
    EXPECT_EQ(queue.popDue(at(25s)), timers[1].get());
    EXPECT_EQ(queue.popDue(at(25s)), timers[2].get());
    EXPECT_EQ(queue.popDue(at(25s)), nullptr);
    EXPECT_EQ(queue.next(), at(30s));
}

TEST(TimerQueue, TimersMoveAndLeave) {
    const auto timers = makeTimers(2);
    TimerQueue queue;
    queue.set(*timers[0], at(10s));
    queue.set(*timers[1], at(20s));
    queue.set(*timers[0], at(30s));
    EXPECT_EQ(queue.next(), at(20s));
    queue.set(*timers[0], at(5s));
    EXPECT_EQ(queue.next(), at(5s));
    queue.cancel(*timers[0]);
    queue.cancel(*timers[0]);
    EXPECT_EQ(queue.next(), at(20s));
    queue.cancel(*timers[1]);
    EXPECT_EQ(queue.next(), std::nullopt);
}

TEST(TimerQueue, KeepsItsOrderThroughAnyChanges) {
    constexpr std::size_t kCount = 200;
    const auto timers = makeTimers(kCount);
    TimerQueue queue;
    std::vector<std::optional<MonotonicTime>> expected(kCount);
    std::mt19937 random(20261121);
    for (int step = 0; step < 20000; ++step) {
        const std::size_t i = random() % kCount;
        if (random() % 3 == 0) {
            queue.cancel(*timers[i]);
            expected[i].reset();
        } else {
            expected[i] = at(Duration(random() % 1000));
            queue.set(*timers[i], *expected[i]);
        }
        std::optional<MonotonicTime> first;
        for (const auto& time : expected) {
            if (time && (!first || *time < *first)) first = time;
        }
        ASSERT_EQ(queue.next(), first) << "step " << step;
    }
}

}  // namespace
}  // namespace waybill::http
