// Is everything that waits found by its key, whatever comes and leaves?
#include "engine/waiting_list.h"

#include <gtest/gtest.h>

#include <iterator>
#include <unordered_map>
#include <vector>

#include "support/chance.h"

namespace waybill::test {
namespace {

struct Lane {};
using List = WaitingList<Lane>;

MonotonicTime dueOf(std::uint64_t key) {
    return MonotonicTime(Duration(static_cast<Duration::rep>(key % 1'000)));
}

/// A list, and its keys by index.
struct Checked {
    List list;
    std::vector<std::uint64_t> keys;

    void add(std::uint64_t key) {
        ASSERT_EQ(list.add({key, dueOf(key), nullptr, 0, false}), keys.size());
        keys.push_back(key);
    }
    void removeAt(std::size_t index) {
        list.remove(static_cast<List::Index>(index));
        keys[index] = keys.back();
        keys.pop_back();
    }
    void check() const {
        ASSERT_EQ(list.size(), keys.size());
        for (std::size_t index = 0; index < keys.size(); ++index) {
            ASSERT_EQ(list.find(keys[index]), index);
            const List::Waiting& waiting = list[static_cast<List::Index>(index)];
            ASSERT_EQ(waiting.key, keys[index]);
            ASSERT_EQ(waiting.due, dueOf(keys[index]));
        }
    }
};

TEST(WaitingList, FindsWhatIsInAndNothingElse) {
    List list;
    EXPECT_EQ(list.find(7), std::nullopt);
    list.add({7, dueOf(7), nullptr, 0, false});
    EXPECT_EQ(list.find(7), 0u);
    EXPECT_EQ(list.find(0), std::nullopt);
    list.remove(0);
    EXPECT_EQ(list.find(7), std::nullopt);
}

TEST(WaitingList, FindsAllThroughGrowingAndEmptying) {
    for (const std::uint64_t distance : {1U, 3U, 64U, 1U << 24}) {
        SCOPED_TRACE(distance);
        Chance chance(distance);
        Checked checked;
        std::uint64_t key = 0;
        // Half as many leave as come, and then twice as many.
        for (int step = 0; step < 30'000; ++step) {
            if (chance.below(3) > 0) checked.add(key += distance);
            if (chance.below(3) == 0 && !checked.keys.empty())
                checked.removeAt(chance.below(checked.keys.size()));
        }
        checked.check();
        while (!checked.keys.empty()) {
            checked.removeAt(chance.below(checked.keys.size()));
            if (checked.keys.size() % 5'000 == 0) checked.check();
            if (HasFatalFailure()) return;
        }
    }
}

}  // namespace
}  // namespace waybill::test
