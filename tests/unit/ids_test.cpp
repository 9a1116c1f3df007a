// Are ids what the manual says: unguessable, in order, safe to show and to type?
#include "waybill/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kMadeAt = Timestamp(std::chrono::seconds(1'795'000'000));
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

class ConstantEntropy : public Entropy {
public:
    explicit ConstantEntropy(std::uint8_t byte) : byte_(byte) {}
    void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), byte_); }

private:
    std::uint8_t byte_;
};

TEST(Ids, HavePrefixAndTwentySixCharactersOfBase32) {
    for (const std::string_view prefix : {kDeliveryPrefix, kResponsePrefix, kBulkPrefix}) {
        const StreamId id = newStreamId(prefix, kMadeAt, systemEntropy());
        EXPECT_TRUE(id.starts_with(prefix)) << id;
        EXPECT_EQ(id.size(), prefix.size() + 26) << id;
        EXPECT_EQ(id.find_first_not_of(kAlphabet, prefix.size()), std::string::npos) << id;
    }
}

TEST(Ids, AreTheMillisecondsAndThenChance) {
    ConstantEntropy zeros(0);
    ConstantEntropy ones(0xFF);
    EXPECT_EQ(newStreamId("", Timestamp{}, zeros), std::string(26, '0'));
    EXPECT_EQ(newStreamId("", Timestamp{} + 1ms, zeros), "0000000001" + std::string(16, '0'));
    EXPECT_EQ(newStreamId("", Timestamp{} + 32ms, ones), "0000000010" + std::string(16, 'z'));
    EXPECT_EQ(
        newStreamId("", Timestamp(std::chrono::milliseconds((std::int64_t{1} << 48) - 1)), zeros),
        "7zzzzzzzzz" + std::string(16, '0'));
}

TEST(Ids, MadeLaterSortLater) {
    ConstantEntropy zeros(0);
    ConstantEntropy ones(0xFF);
    StreamId last = newStreamId("", kMadeAt - 1ms, ones);
    for (const Duration later : std::initializer_list<Duration>{0ms, 1ms, 2ms, 1s, 1h, 24h * 365}) {
        const StreamId id = newStreamId("", kMadeAt + later, zeros);
        EXPECT_LT(last, id);
        last = id;
    }
}

TEST(Ids, OfOneMillisecondDiffer) {
    std::set<StreamId> ids;
    for (int i = 0; i < 10'000; ++i)
        ids.insert(newStreamId(kDeliveryPrefix, kMadeAt, systemEntropy()));
    EXPECT_EQ(ids.size(), 10'000u);
}

TEST(Chance, IsSpreadEvenlyBetweenMinusOneAndOne) {
    ConstantEntropy lowest(0);
    ConstantEntropy highest(0xFF);
    EXPECT_EQ(lowest.symmetricUnit(), -1.0);
    EXPECT_LT(highest.symmetricUnit(), 1.0);
    EXPECT_GT(highest.symmetricUnit(), 0.999);

    double sum = 0;
    for (int i = 0; i < 10'000; ++i) {
        const double value = systemEntropy().symmetricUnit();
        ASSERT_GE(value, -1.0);
        ASSERT_LT(value, 1.0);
        sum += value;
    }
    // The mean of 10,000 has a standard deviation of 0.0058: this fails once in 10^17 runs.
    EXPECT_LT(std::abs(sum / 10'000), 0.05);
}

}  // namespace
}  // namespace waybill::test
