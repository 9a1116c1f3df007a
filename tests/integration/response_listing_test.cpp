// Listings of stored responses: with an index and without one they are the same.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/batch_builder.h"
#include "support/sqlite_shell.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {

namespace {

using namespace std::chrono_literals;

constexpr auto kLong = 60s;

std::string numbered(const char* prefix, int number) {
    const std::string digits = std::to_string(number);
    return prefix + std::string(8 - digits.size(), '0') + digits;
}

std::vector<ResponseFilter> manyResponseFilters() {
    std::vector<ResponseFilter> filters = {{},
                                           {.client = "client 1"},
                                           {.client = "nobody"},
                                           {.status = "completed", .client = "client 2"},
                                           {.since = epoch() + 800ms},
                                           {.until = epoch() + 800ms},
                                           {.until = epoch()},
                                           {.since = epoch() + 300ms, .until = epoch() + 310ms}};
    for (const std::string_view status : responseStatuses())
        filters.push_back({.status = std::string(status)});
    return filters;
}

std::vector<std::string> listed(const sqlite::ReadModel& model, const ResponseFilter& filter) {
    std::vector<std::string> rows;
    std::string cursor;
    for (int pages = 0; pages < 4; ++pages) {
        const auto page = model.responses(filter, 40, cursor);
        if (!page) {
            ADD_FAILURE() << page.refusal().message;
            break;
        }
        for (const ResponseView& view : page->data)
            rows.push_back(toJson(view));
        cursor = page->next_cursor;
        if (cursor.empty()) break;
    }
    return rows;
}

std::vector<StreamId> settled(const sqlite::ReadModel& model, Timestamp before) {
    std::vector<StreamId> all;
    for (sqlite::WalkedResponses stretch; !stretch.done;) {
        stretch = model.settledResponses(before, stretch.reached, 100);
        all.insert(all.end(), stretch.found.begin(), stretch.found.end());
    }
    return all;
}

class ResponseListingTest : public ::testing::Test {
protected:
    /// Responses of every kind, mixed by their number, between deliveries.
    void make(int from, int to) {
        for (int begin = from; begin < to; begin += 500) {
            BatchBuilder batch(*log_);
            for (int number = begin; number < std::min(begin + 500, to); ++number)
                add(batch, number);
            batch.commit();
        }
    }

    void indexAll() const {
        const sqlite::Indexer indexer({.directory = directory_.path(), .interval = 1ms});
        ASSERT_TRUE(indexer.waitFor(log_->head().global_position, kLong)) << indexer.problem();
    }

    std::string file() const { return directory_ / "waybill.db"; }
    std::string indexFile() const { return directory_ / "index.db"; }

    /// The same log in another place, where it has no index.
    std::string copyOfLog() const {
        const std::string copy = directory_ / "copy.db";
        std::filesystem::remove(copy);
        EXPECT_EQ(SqliteShell(file()).run("VACUUM INTO '" + copy + "'"), "");
        return copy;
    }

    void expectTheSameWithoutAnIndex() const {
        const sqlite::ReadModel indexed(file());
        const sqlite::ReadModel plain(copyOfLog());
        ASSERT_TRUE(indexed.indexPosition());
        ASSERT_FALSE(plain.indexPosition());
        for (const ResponseFilter& filter : manyResponseFilters()) {
            const std::string which = "status " + filter.status + ", " + filter.client;
            EXPECT_EQ(listed(indexed, filter), listed(plain, filter)) << which;
            EXPECT_EQ(*indexed.countResponses(filter), *plain.countResponses(filter)) << which;
        }
        for (const Timestamp before : {epoch(), epoch() + 700ms, epoch() + 1h})
            EXPECT_EQ(settled(indexed, before), settled(plain, before));
        const DeliveryFilter of_client{.client = "tester"};
        EXPECT_EQ(*indexed.countDeliveries(of_client), *plain.countDeliveries(of_client));
        EXPECT_EQ(*indexed.countDeliveries({}), *plain.countDeliveries({}));
    }

    EventLog& log() { return *log_; }

private:
    static void add(BatchBuilder& batch, int number) {
        const StreamId stream = numbered("resp_", number);
        ResponseCreated created = createdEvent(number % 3 == 0);
        created.client = "client " + std::to_string(number % 4);
        batch.add(stream, created);
        ResponseCompleted completed = completedEvent("obj_" + std::to_string(number), "{}");
        const Attachments object{.payload = makeBytes("{}")};
        switch (number % 11) {
            case 0:
                return;  // being made
            case 1:
                batch.add(stream, ResponseCompleted{.status = "error"});
                return;
            case 2:
                completed.status = "incomplete";
                break;
            case 3:
                completed.status = "thinking it over";  // a word of the backend's own
                break;
            case 4:
                completed.status = "cancelled";
                break;
            case 5:
            case 6: {
                completed.delivery = numbered("dlv_", number);
                batch.add(stream, completed, object).accept(completed.delivery);
                if (number % 11 == 6) batch.start(completed.delivery).succeed(completed.delivery);
                return;
            }
            case 7:
                batch.add(stream, completed, object)
                    .add(stream, ResponseDeleted{})
                    .add(stream, PayloadErased{}, {.erase_payload = true});
                return;
            default:
                break;
        }
        batch.add(stream, completed, object);
    }

    TemporaryDirectory directory_;
    std::unique_ptr<EventLog> log_ = sqlite::openLog({.directory = directory_.path()});
};

}  // namespace

TEST_F(ResponseListingTest, TheIndexSaysWhatTheLogSays) {
    make(1, 20'000);  // over two blocks of the index
    indexAll();
    expectTheSameWithoutAnIndex();
}

TEST_F(ResponseListingTest, WhatIsNewerThanTheIndexIsReadFromTheLog) {
    make(1, 3'000);
    indexAll();
    make(3'000, 3'300);
    BatchBuilder(log())
        .add(numbered("resp_", 11), ResponseCompleted{.status = "error"})
        .add(numbered("resp_", 9), ResponseDeleted{})
        .add(numbered("resp_", 9), PayloadErased{}, {.erase_payload = true})
        .commit();
    expectTheSameWithoutAnIndex();
}

TEST_F(ResponseListingTest, ALogWithoutResponsesHasAnEmptyPage) {
    BatchBuilder(log()).accept("dlv_1").commit();
    indexAll();
    const sqlite::ReadModel model(file());
    EXPECT_TRUE(model.responses({}, 50, "")->data.empty());
    EXPECT_EQ(*model.countResponses({}), 0u);
    EXPECT_EQ(*model.countDeliveries({}), 1u);
}

TEST_F(ResponseListingTest, WhatOwesACallbackIsNotSettled) {
    make(1, 12);
    const sqlite::ReadModel model(file());
    const auto streams = settled(model, epoch() + 1h);
    const auto has = [&](int number) {
        return std::find(streams.begin(), streams.end(), numbered("resp_", number)) !=
               streams.end();
    };
    EXPECT_FALSE(has(5)) << "its callback is underway";
    EXPECT_TRUE(has(6)) << "its callback was delivered";
    EXPECT_TRUE(has(8)) << "it owes none";
    EXPECT_FALSE(has(11)) << "it is being made";
    EXPECT_FALSE(has(7)) << "it was deleted";
}

TEST_F(ResponseListingTest, ABadFilterOrCursorIsRefused) {
    const sqlite::ReadModel model(file());
    EXPECT_EQ(model.responses({.status = "done"}, 50, "").refusal().param, "status");
    EXPECT_EQ(model.countResponses({.status = "done"}).refusal().param, "status");
    EXPECT_EQ(model.responses({}, 0, "").refusal().param, "limit");
    EXPECT_EQ(model.responses({}, 501, "").refusal().param, "limit");
    for (const char* cursor : {"c1", "r", "r-1", "r1x", "1"})
        EXPECT_EQ(model.responses({}, 50, cursor).refusal().param, "cursor") << cursor;
}

TEST_F(ResponseListingTest, AVerificationFindsAnIndexThatSaysSomethingElse) {
    make(1, 100);
    indexAll();
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
    EXPECT_EQ(SqliteShell(indexFile())
                  .run("UPDATE derived_name SET name = 'somebody' WHERE name = 'client 2'"),
              "");
    const auto report = sqlite::verify({.file = file()});
    ASSERT_FALSE(report.sound());
    EXPECT_EQ(report.findings[0].stream, numbered("resp_", 2));
}

}  // namespace waybill::test
