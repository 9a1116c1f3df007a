// Is what requests keep within what all of them share?
#include "waybill/server/request_memory.h"

#include <gtest/gtest.h>

#include "http/client_memories.h"

namespace waybill::server {
namespace {

TEST(RequestMemory, CountsUntilItIsGone) {
    const auto budget = std::make_shared<ByteBudget>(100);
    {
        RequestMemory request(budget);
        EXPECT_TRUE(request.growTo(30));
        EXPECT_TRUE(request.growTo(20)) << "less than there is";
        EXPECT_TRUE(request.add(10));
        EXPECT_EQ(budget->used(), 40U);
        request.shrinkTo(5);
        EXPECT_EQ(budget->used(), 5U);
        request.shrinkTo(0);
        EXPECT_EQ(budget->used(), 0U);
        EXPECT_TRUE(request.add(7));
        EXPECT_EQ(budget->used(), 7U);
    }
    EXPECT_EQ(budget->used(), 0U);
}

TEST(RequestMemory, WhatDoesNotFitChangesNothing) {
    const auto budget = std::make_shared<ByteBudget>(100);
    RequestMemory one(budget);
    RequestMemory other(budget);
    EXPECT_TRUE(one.growTo(60));
    EXPECT_TRUE(other.growTo(40));
    EXPECT_FALSE(one.add(1));
    EXPECT_EQ(one.bytes(), 60U);
    EXPECT_EQ(budget->used(), 100U);
    other.shrinkTo(39);
    EXPECT_TRUE(one.add(1));
}

TEST(RequestMemory, MayBeLargerThanTheBudgetWhileItIsAlone) {
    const auto budget = std::make_shared<ByteBudget>(100);
    RequestMemory large(budget);
    EXPECT_TRUE(large.growTo(1));
    EXPECT_TRUE(large.growTo(1000)) << "it must not be refused for ever";
    RequestMemory other(budget);
    EXPECT_FALSE(other.growTo(1));
    large.shrinkTo(0);
    EXPECT_TRUE(other.growTo(1));
    EXPECT_FALSE(large.growTo(1000)) << "it is not alone";
}

TEST(RequestMemory, OneClientsRequestsLeaveRoomForOthers) {
    const auto budget = std::make_shared<ByteBudget>(100);
    ClientMemories clients(50);
    RequestMemory mine(budget);
    RequestMemory mine_too(budget);
    RequestMemory others(budget);
    mine.belongTo(clients.of("me"));
    mine_too.belongTo(clients.of("me"));
    others.belongTo(clients.of("other"));
    EXPECT_TRUE(mine.growTo(40));
    EXPECT_FALSE(mine_too.growTo(20));
    EXPECT_EQ(budget->used(), 40U);
    EXPECT_TRUE(mine_too.growTo(10));
    EXPECT_TRUE(others.growTo(50));
    EXPECT_FALSE(others.growTo(51)) << "there is no room, whosever it is";
    mine.shrinkTo(0);
    EXPECT_EQ(clients.of("me")->used(), 10U);
    EXPECT_TRUE(others.growTo(90)) << "one that is alone may be larger";
    EXPECT_EQ(clients.of("other")->used(), 90U);
}

TEST(RequestMemory, AClientWithoutRequestsIsForgotten) {
    const auto budget = std::make_shared<ByteBudget>(100);
    ClientMemories clients(50);
    std::weak_ptr<ClientMemory> known;
    {
        RequestMemory request(budget);
        const auto client = clients.of("me");
        known = client;
        request.belongTo(client);
        EXPECT_TRUE(request.growTo(20));
    }
    EXPECT_TRUE(known.expired());
    EXPECT_EQ(clients.of("me")->used(), 0U);
    EXPECT_EQ(clients.of(""), nullptr) << "nobody's";
    EXPECT_EQ(ClientMemories(0).of("me"), nullptr) << "no limit";
}

TEST(RequestMemory, IsWithoutALimitWhereNobodyCounts) {
    RequestMemory request(nullptr);
    EXPECT_TRUE(request.growTo(SIZE_MAX / 2));
    request.shrinkTo(1);
    EXPECT_EQ(request.bytes(), 1U);
    EXPECT_TRUE(holds(nullptr, SIZE_MAX));
}

}  // namespace
}  // namespace waybill::server
