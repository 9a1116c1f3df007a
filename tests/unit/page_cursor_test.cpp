// Where a page of a listing begins.
#include "read/page_cursor.h"

#include <gtest/gtest.h>

namespace waybill::test {

using sqlite::cursorOf;
using sqlite::Place;
using sqlite::placeFrom;

TEST(PageCursor, ComesBackAsItWent) {
    EXPECT_EQ(cursorOf(DeliveryOrder::kCreated, {0, 123}), "c123");
    EXPECT_EQ(placeFrom(DeliveryOrder::kCreated, "c123"), (Place{0, 123}));
    EXPECT_EQ(cursorOf(DeliveryOrder::kUpdated, {17, 4}), "u17.4");
    EXPECT_EQ(placeFrom(DeliveryOrder::kUpdated, "u17.4"), (Place{17, 4}));
    EXPECT_EQ(placeFrom(DeliveryOrder::kNextAttempt, "n17.4"), (Place{17, 4}));
}

TEST(PageCursor, OneOfAnotherOrderOrOfNoneIsNotTaken) {
    EXPECT_FALSE(placeFrom(DeliveryOrder::kUpdated, "c123"));
    EXPECT_FALSE(placeFrom(DeliveryOrder::kCreated, "u17.4"));
    for (const char* text : {"", "c", "123", "c1x", "c 1", "u17", "u17.", "u.4", "u1.2.3",
                             "c99999999999999999999", "c007", "u1.02", "c-0"}) {
        EXPECT_FALSE(placeFrom(DeliveryOrder::kCreated, text)) << text;
        EXPECT_FALSE(placeFrom(DeliveryOrder::kUpdated, text)) << text;
    }
}

TEST(PageCursor, WhatIsDueSoonestAndWhatIsNewestComesFirst) {
    EXPECT_FALSE(sqlite::ascends({.order = DeliveryOrder::kCreated}));
    EXPECT_FALSE(sqlite::ascends({.order = DeliveryOrder::kUpdated}));
    EXPECT_TRUE(sqlite::ascends({.order = DeliveryOrder::kNextAttempt}));
    EXPECT_TRUE(sqlite::ascends({.order = DeliveryOrder::kCreated, .reverse = true}));
}

}  // namespace waybill::test
