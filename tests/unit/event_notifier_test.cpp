// Is whoever waits for the log to grow woken, and by nothing else?
#include "waybill/server/event_notifier.h"

#include <gtest/gtest.h>

#include <thread>

namespace waybill::server {
namespace {

using namespace std::chrono_literals;

TEST(EventNotifier, KnowsWhatIsThereAlready) {
    EventNotifier notifier;
    EXPECT_FALSE(notifier.waitBeyond(0, 0ms));
    notifier.recorded(5);
    EXPECT_TRUE(notifier.waitBeyond(4, 0ms));
    EXPECT_FALSE(notifier.waitBeyond(5, 1ms));
}

TEST(EventNotifier, WakesEveryoneOnceThereIsMore) {
    EventNotifier notifier;
    std::vector<std::thread> readers;
    std::atomic<int> woken{0};
    for (int i = 0; i < 4; ++i) {
        readers.emplace_back([&] {
            for (std::uint64_t seen = 0; seen < 2000; ++seen)
                if (!notifier.waitBeyond(seen, 10s)) return;
            ++woken;
        });
    }
    for (std::uint64_t position = 1; position <= 2000; ++position)
        notifier.recorded(position);
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_EQ(woken, 4);
}

}  // namespace
}  // namespace waybill::server
