// A search that cannot be understood finds nothing, and nothing is done to what it finds.
#include "screen.h"

namespace waybill::gui {
namespace {

class UnclearSearch : public ::testing::TestWithParam<const char*> {
protected:
    UnclearSearch() : screen_({.view = "deliveries"}) {
        first_ = screen_.value("row.0");
        rows_ = screen_.seen()->list->size();
        screen_.key(U'/');
        screen_.paste(GetParam());
        screen_.press(Key::kEscape);
        screen_.frames(3);
    }

    Screen screen_;
    std::string first_;
    std::size_t rows_ = 0;
};

TEST_P(UnclearSearch, LeavesTheListAndSaysWhatIsWrong) {
    EXPECT_FALSE(screen_.value("search.problem").empty());
    ASSERT_EQ(screen_.seen()->list->size(), rows_);
    EXPECT_EQ(screen_.value("row.0"), first_);
    EXPECT_NE(screen_.value("deliveries.note").find(screen_.value("search.problem")),
              std::string::npos);
}

TEST_P(UnclearSearch, HasNoAllThatMatch) {
    for (const char* what : {"tick.all", "export"})
        EXPECT_FALSE(screen_.find(what)->enabled) << what;
    for (const char32_t action : {U'r', U'e'}) {
        screen_.key(U'a', true);
        screen_.key(action);
        EXPECT_FALSE(screen_.state().all_matching);
        EXPECT_FALSE(screen_.has("dialog.accept"));
    }
    screen_.key(U'a', true);
    screen_.press(Key::kDelete);
    screen_.press(Key::kEnter);
    EXPECT_FALSE(screen_.has("dialog.accept"));
    EXPECT_FALSE(screen_.has("bulk.redeliver"));
    EXPECT_TRUE(screen_.world->requests.empty());
}

TEST_P(UnclearSearch, IsNoCommand) {
    screen_.key(U'y');
    EXPECT_EQ(screen_.clipboard(), "");
    EXPECT_NE(screen_.value("toast.0").find(screen_.value("search.problem")), std::string::npos);
}

TEST_P(UnclearSearch, WhateverAsksTheControllerNothingIsSent) {
    Controller& controller = screen_.dashboard->impl().controller;
    for (const Intent& intent :
         Intents{intent::TickAll{}, intent::AskRedeliver{}, intent::Accept{}, intent::TickAll{},
                 intent::AskCancel{}, intent::Accept{}, intent::AskExport{}, intent::Accept{}})
        controller.apply(intent);
    screen_.frames(3);
    EXPECT_TRUE(screen_.world->requests.empty());
    EXPECT_TRUE(screen_.seen()->runs.empty());
}

INSTANTIATE_TEST_SUITE_P(Mistakes, UnclearSearch,
                         ::testing::Values("clinet:acme status:failed", "clinet:acme",
                                           "status:failed client:", "status:lost", "code:600",
                                           "code:5xx client:acme", "subject:\"order 7",
                                           "since:yesterday status:failed", "reason:tiemout",
                                           "client:acme client:globex", "Status:failed"));

TEST(Search, AMistakeTypedAfterAllWereChosenUnchoosesThem) {
    Screen screen({.view = "deliveries"});
    screen.click("chip.failed");
    screen.key(U'a', true);
    ASSERT_TRUE(screen.has("bulk.redeliver"));
    screen.key(U'/');
    screen.type("clinet:x");
    EXPECT_FALSE(screen.has("bulk.redeliver"));
    screen.press(Key::kEscape);
    screen.key(U'r');
    EXPECT_FALSE(screen.has("dialog.accept"));
}

TEST(Search, PutRightItFindsAgain) {
    Screen screen({.view = "deliveries"});
    screen.key(U'/');
    screen.type("code:50");
    EXPECT_TRUE(screen.has("search.problem"));
    screen.type("3");
    EXPECT_FALSE(screen.has("search.problem"));
    const auto& list = *screen.seen()->list;
    ASSERT_GT(list.size(), 0u);
    EXPECT_EQ(list.at(0)->last_attempt.http_status, 503);
    EXPECT_TRUE(screen.find("tick.all")->enabled);
}

TEST(Search, ACountOfAnotherSearchIsNeverShown) {
    Screen screen({.view = "deliveries"});
    const std::uint64_t all = screen.world->entries.size();
    ASSERT_EQ(countOf(*screen.seen(), {}), all);
    DeliveryFilter other;
    other.client = "globex";
    EXPECT_EQ(countOf(*screen.seen(), other), std::nullopt);
}

}  // namespace
}  // namespace waybill::gui
