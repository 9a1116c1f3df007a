#include "waybill/entropy.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>
#include <vector>

namespace waybill {
namespace {

using Piece = std::array<std::uint8_t, 16>;

Piece take() {
    Piece piece{};
    systemEntropy().fill(piece);
    return piece;
}

TEST(SystemEntropy, NeverGivesAPieceTwice) {
    std::set<Piece> pieces;
    for (int i = 0; i < 10'000; ++i)
        pieces.insert(take());
    EXPECT_EQ(pieces.size(), 10'000u);
}

TEST(SystemEntropy, GivesEachThreadItsOwn) {
    std::vector<Piece> pieces(8);
    std::vector<std::thread> threads;
    for (Piece& piece : pieces)
        threads.emplace_back([&piece] { piece = take(); });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(std::set<Piece>(pieces.begin(), pieces.end()).size(), pieces.size());
}

TEST(SystemEntropy, FillsMoreThanItKeepsInReserve) {
    std::vector<std::uint8_t> large(5000);
    systemEntropy().fill(large);
    const std::set<std::uint8_t> values(large.begin(), large.end());
    EXPECT_GT(values.size(), 200u);
    EXPECT_TRUE(std::any_of(large.end() - 32, large.end(), [](auto byte) { return byte != 0; }));
}

TEST(SystemEntropy, GivesAForkedProcessOthersThanItsParent) {
    take();  // so that there is something in reserve
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const Piece piece = take();
        _exit(write(ends[1], piece.data(), piece.size()) == 16 ? 0 : 1);
    }
    Piece of_child{};
    ASSERT_EQ(read(ends[0], of_child.data(), of_child.size()), 16);
    int status = 0;
    waitpid(child, &status, 0);
    close(ends[0]);
    close(ends[1]);
    EXPECT_NE(of_child, take());
}

TEST(SystemEntropy, ItsSymmetricUnitStaysWithinItsBoundsAndUsesThem) {
    double least = 1;
    double most = -1;
    for (int i = 0; i < 10'000; ++i) {
        const double value = systemEntropy().symmetricUnit();
        least = std::min(least, value);
        most = std::max(most, value);
    }
    EXPECT_GE(least, -1.0);
    EXPECT_LT(most, 1.0);
    EXPECT_LT(least, -0.99);
    EXPECT_GT(most, 0.99);
}

}  // namespace
}  // namespace waybill
