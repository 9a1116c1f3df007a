// The numbers of a block, and filters on them.
#include "index/block_filter.h"

#include <gtest/gtest.h>

#include "index/text_run.h"

namespace waybill::test {

namespace {

using sqlite::index::at;
using sqlite::index::Bits;
using sqlite::index::Block;
using sqlite::index::Column;
using sqlite::index::Condition;
using sqlite::index::kRows;
using sqlite::index::Values;

Values valuesOf(std::uint64_t number) {
    Values values{};
    at(values, Column::kStatus) = 1 + number % 3;
    at(values, Column::kHttpStatus) = 65535 - number % 2;
    at(values, Column::kEndpoint) = number % 100;
    at(values, Column::kCreated) = 1'767'225'600'000'000 + number;
    return values;
}

Bits narrowed(Block& block, const Condition& condition) {
    Bits bits = Bits::all();
    condition.narrow(block.bytes(static_cast<std::size_t>(condition.column)), bits);
    return bits;
}

}  // namespace

TEST(Block, RowsComeBackAsTheyWentAndOnlyChangesAreWritten) {
    Block block;
    block.put(5, valuesOf(5));
    block.put(9, valuesOf(9));
    EXPECT_EQ(block.get(5), valuesOf(5));
    EXPECT_EQ(block.get(6), Values{});
    const auto change = block.change(static_cast<std::size_t>(Column::kCreated));
    EXPECT_EQ(change.offset, 5u * 8);
    EXPECT_EQ(change.bytes.size(), 5u * 8);
    block.clean();
    block.put(5, valuesOf(5));
    EXPECT_TRUE(block.change(static_cast<std::size_t>(Column::kCreated)).bytes.empty())
        << "nothing was changed";
}

TEST(Condition, HoldsForTheRowsItNames) {
    Block block;
    for (std::size_t row = 0; row < static_cast<std::size_t>(kRows); row += 2)
        block.put(row, valuesOf(row));
    const std::vector<Condition> conditions = {
        {Column::kStatus, 2, 2},
        {Column::kStatus, 1},
        {Column::kHttpStatus, 65535, 65535},
        {Column::kEndpoint, 42, 42},
        {Column::kCreated, 1'767'225'600'000'100, 1'767'225'600'000'200},
        {Column::kCreated, 1'767'225'600'000'100},
        {Column::kCreated, 0, 0}};
    for (const Condition& condition : conditions) {
        const Bits bits = narrowed(block, condition);
        for (std::size_t row = 0; row < static_cast<std::size_t>(kRows); ++row) {
            const std::uint64_t value = at(block.get(row), condition.column);
            ASSERT_EQ(bits.has(row), condition.least <= value && value <= condition.most) << row;
        }
    }
}

TEST(Condition, ABlockThatCannotMatchIsTold) {
    Block block;
    block.put(1, valuesOf(42));
    const auto zones = block.zones();
    const auto mayHold = [&](const Condition& condition) {
        return condition.mayHold(zones[static_cast<std::size_t>(condition.column)]);
    };
    EXPECT_TRUE(mayHold({Column::kEndpoint, 42, 42}));
    EXPECT_FALSE(mayHold({Column::kEndpoint, 43, 43}));
    EXPECT_TRUE(mayHold({Column::kCreated, 5}));
    EXPECT_FALSE(mayHold({Column::kCreated, 0, 5}));
    for (const auto& zone : Block().zones())
        EXPECT_FALSE(zone.mayHold(0)) << "there is no delivery in it";
}

TEST(Bits, AreCountedAndVisited) {
    Bits bits;
    EXPECT_TRUE(bits.none());
    for (const std::size_t row : {0, 63, 64, 16383})
        bits.set(row);
    EXPECT_EQ(bits.count(), 4u);
    bits.clear(64);
    std::vector<std::size_t> rows;
    bits.forEach([&](std::size_t row) { rows.push_back(row); });
    EXPECT_EQ(rows, (std::vector<std::size_t>{0, 63, 16383}));
}

TEST(TextRun, BoundsTellWhetherAPrefixMayBeThere) {
    using sqlite::index::mayBegin;
    EXPECT_TRUE(mayBegin("order 1", "order 9", "order"));
    EXPECT_TRUE(mayBegin("order 1", "order 9", "order 5"));
    EXPECT_TRUE(mayBegin("order 12", "order 9", "order 1"));
    EXPECT_FALSE(mayBegin("order 2", "order 9", "order 1"));
    EXPECT_FALSE(mayBegin("order 1", "order 2", "order 3"));
    EXPECT_FALSE(mayBegin("", "", "order"));
}

TEST(TextRun, EqualTextsAreKeptOnce) {
    const auto one = sqlite::index::encodeRun({{1, "same"}});
    const auto three = sqlite::index::encodeRun({{1, "same"}, {2, "same"}, {3, "same"}});
    EXPECT_EQ(three.bytes.size(), one.bytes.size() + 2 * sizeof(std::uint16_t));
    EXPECT_EQ(three.least, "same");
    EXPECT_EQ(sqlite::index::encodeRun({{1, std::string(5000, 'x')}}).most.size(),
              sqlite::index::kTextBytes);
}

}  // namespace waybill::test
