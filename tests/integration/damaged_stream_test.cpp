// Damage in one place of a log: it costs what lies there, and nothing else stops.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "llm/recovery.h"
#include "support/batch_builder.h"
#include "support/sqlite_shell.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/rebuild.h"

namespace waybill::test {

namespace {

using namespace std::chrono_literals;

const std::vector<StreamId> kDeliveries = {"dlv_a", "dlv_b", "dlv_c"};
const std::vector<StreamId> kStoredResponses = {"resp_a", "resp_b", "resp_c"};
const std::vector<StreamId> kOpen = {"resp_d", "resp_e"};
const std::vector<StreamId> kBulks = {"blk_a", "blk_b"};

class DamagedStreamTest : public ::testing::Test {
protected:
    std::string file() const { return directory_ / "waybill.db"; }

    std::unique_ptr<EventLog> open() {
        return sqlite::openLog(
            {.directory = directory_.path(),
             .on_notice = [this](const std::string& notice) { notices_.push_back(notice); }});
    }

    /// Several of each kind, so that the one in the middle can be damaged.
    void make() {
        const auto log = open();
        BatchBuilder batch(*log);
        for (const StreamId& id : kDeliveries)
            batch.accept(id).start(id).fail(id, 1, std::nullopt);
        for (const StreamId& id : kStoredResponses)
            batch.add(id, createdEvent())
                .add(id, completedEvent("obj_" + id, "{}"), {.payload = makeBytes("{}")});
        for (const StreamId& id : kOpen)
            batch.add(id, createdEvent());
        for (const StreamId& id : kBulks)
            batch.add(id, BulkRedeliveryRequested{.filter = "{}"});
        batch.commit();
    }

    /// Every event of a stream becomes what is no JSON.
    void damage(const StreamId& stream) {
        SqliteShell shell(file());
        const std::string guard = shell.query(
            "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema "
            "WHERE type = 'trigger'");
        const std::string triggers =
            shell.query("SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type = 'trigger'");
        ASSERT_EQ(shell.run(guard), "");
        ASSERT_EQ(shell.run("UPDATE event_log SET data = replace(data, '\":', '\"') WHERE stream = "
                            "(SELECT stream FROM streams WHERE id = '" +
                            stream + "')"),
                  "");
        ASSERT_EQ(shell.run(triggers), "");
    }

    /// Of what lies there now, with a write-ahead log, in another place.
    void expectStartAfterAKill() {
        const TemporaryDirectory elsewhere;
        for (const char* name : {"waybill.db", "waybill.db-wal", "waybill.head", "secrets.key"})
            if (std::filesystem::exists(directory_ / name))
                std::filesystem::copy_file(directory_ / name, elsewhere / name);
        std::vector<std::string> notices;
        const auto log = sqlite::openLog(
            {.directory = elsewhere.path(),
             .on_notice = [&](const std::string& notice) { notices.push_back(notice); }});
        ASSERT_EQ(notices.size(), 1u);
        EXPECT_NE(notices[0].find("dlv_b"), std::string::npos) << notices[0];
    }

    TemporaryDirectory directory_;
    std::vector<std::string> notices_;
};

std::vector<StreamId> without(std::vector<StreamId> ids, std::size_t index) {
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(index));
    return ids;
}

std::vector<StreamId> walked(const sqlite::ReadModel& model) {
    std::vector<StreamId> ids;
    const auto walk = model.walkDeliveries({.status = "failed"}, 0, 0, 100);
    for (const auto& delivery : walk.value().found)
        ids.push_back(delivery.id);
    return ids;
}

TEST_F(DamagedStreamTest, AWalkOverManyPassesItAndReachesAllOthers) {
    make();
    for (const StreamId& id : {kDeliveries[1], kStoredResponses[1], kBulks[0]})
        damage(id);
    const sqlite::ReadModel model(file());
    EXPECT_EQ(walked(model), without(kDeliveries, 1));
    EXPECT_EQ(model.settledResponses(epoch() + 1h, 0, 100).found, without(kStoredResponses, 1));
    const auto bulks = model.unfinishedBulkRedeliveries();
    ASSERT_EQ(bulks.size(), 1u);
    EXPECT_EQ(bulks[0].id, kBulks[1]);
    EXPECT_TRUE(model.responses({}, 10, {}));
    EXPECT_EQ(model.bulkProgress(kBulks[1]).redelivered, 0u);
    EXPECT_TRUE(model.endpoints(1h, epoch() + 1min));
}

TEST_F(DamagedStreamTest, APageOfAListingIsFilledByOthersInItsPlace) {
    make();
    damage(kDeliveries[1]);
    // So that the events are asked.
    ASSERT_EQ(SqliteShell(file()).run("UPDATE derived_delivery SET client = 'x'"), "");
    const sqlite::ReadModel model(file());
    std::vector<StreamId> listed;
    std::string cursor;
    do {
        const auto page = model.deliveries({}, 1, cursor);
        ASSERT_TRUE(page);
        for (const DeliveryView& view : page->data)
            listed.insert(listed.begin(), view.id);
        cursor = page->next_cursor;
    } while (!cursor.empty());
    EXPECT_EQ(listed, without(kDeliveries, 1));
}

TEST_F(DamagedStreamTest, AnOpenResponseIsLeftAloneAndAllOthersAreCompleted) {
    make();
    const auto log = open();
    damage(kOpen[0]);
    std::vector<std::string> told;
    const auto open_responses = server::readOpenResponses(
        *log, 1, [&](const CorruptLog& e) { told.push_back(e.stream()); });
    EXPECT_EQ(told, std::vector<std::string>{kOpen[0]});
    ASSERT_EQ(open_responses.to_complete.size(), 1u);
    EXPECT_EQ(open_responses.to_complete[0].id, kOpen[1]);
}

TEST_F(DamagedStreamTest, ARebuildNamesItAndMakesAllOtherRows) {
    make();
    damage(kDeliveries[1]);
    const auto report = sqlite::rebuild(file());
    ASSERT_EQ(report.left_out.size(), 1u);
    EXPECT_NE(report.left_out[0].find(kDeliveries[1]), std::string::npos) << report.left_out[0];
    EXPECT_EQ(walked(sqlite::ReadModel(file())), without(kDeliveries, 1));
}

TEST_F(DamagedStreamTest, AnOpenDeliveryThatARebuildLeavesOutIsToldAtEveryStart) {
    {
        const auto log = open();
        BatchBuilder(*log).accept("dlv_a").accept("dlv_b").accept("dlv_c").start("dlv_c").commit();
        BatchBuilder(*log).succeed("dlv_c").commit();
    }
    damage("dlv_a");
    damage("dlv_c");  // which is over, by the types of its events
    EXPECT_EQ(sqlite::rebuild(file()).left_out.size(), 2u);
    for (int start = 0; start < 2; ++start) {
        const auto log = open();
        std::vector<StreamId> told;
        std::vector<StreamId> visited;
        log->visitOpenDeliveries(
            0, 10, [&](const Delivery& delivery) { visited.push_back(delivery.id); },
            [&](const CorruptLog& error) { told.push_back(error.stream()); });
        EXPECT_EQ(visited, std::vector<StreamId>{"dlv_b"});
        EXPECT_EQ(told, std::vector<StreamId>{"dlv_a"});
    }
}

/// Every page of the database that holds only bytes `Z` behind its link to the next: the pages of a
/// large payload that are not its first. The link of each leads nowhere then.
int breakPagesOfZ(const std::string& file) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    std::string all((std::istreambuf_iterator<char>(bytes)), {});
    constexpr std::size_t kPage = 8192;
    const std::string filled(2000, 'Z');
    int broken = 0;
    for (std::size_t page = 0; page + kPage <= all.size(); page += kPage) {
        if (all.compare(page + 4, filled.size(), filled) != 0) continue;
        bytes.seekp(static_cast<std::streamoff>(page));
        bytes.write("\x7f\xff\xff\xff", 4);
        ++broken;
    }
    return broken;
}

TEST_F(DamagedStreamTest, ADamagedPageOfAPayloadCostsThatPayloadAlone) {
    const std::string large = '"' + std::string(100'000, 'Z') + '"';
    {
        const auto log = open();
        BatchBuilder(*log).accept("dlv_a").accept("dlv_b", large).accept("dlv_c").commit();
    }
    ASSERT_GT(breakPagesOfZ(file()), 2);
    {
        const auto log = open();
        EXPECT_TRUE(log->readPayload(1));
        EXPECT_THROW(log->readPayload(2), DamagedBytes);
        EXPECT_TRUE(log->readPayload(3));
        EXPECT_THROW(sqlite::ReadModel(file()).payload("dlv_b"), DamagedBytes);
        BatchBuilder(*log).start("dlv_b").commit();
        expectStartAfterAKill();
        BatchBuilder(*log)
            .succeed("dlv_b")
            .add("dlv_b", PayloadErased{}, {.erase_payload = true})
            .accept("dlv_d", large)
            .commit();
    }
    const auto log = open();
    EXPECT_TRUE(log->readPayload(3));
    EXPECT_TRUE(log->readPayload(7)) << "no page is used twice";
}

}  // namespace

}  // namespace waybill::test
