// Is a log file that was made to deceive refused in words or read to its end by everybody who reads
// logs?
#include <Poco/Exception.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/database.h"
#include "support/batch_builder.h"
#include "support/directory_contents.h"
#include "support/sqlite_shell.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/log_file_admin_api.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/rebuild.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT ";
constexpr std::size_t kPage = 8192;

/// A result that says something or refuses.
template <typename T>
void look(const Result<T>& result) {
    EXPECT_TRUE(result.ok() || !result.refusal().message.empty());
}

class HostileLogTest : public ::testing::Test {
protected:
    HostileLogTest() {
        {
            const auto log = sqlite::openLog({.directory = directory_.path()});
            BatchBuilder(*log)
                .accept(kOne, "{\"n\":1}", "a token")
                .start(kOne)
                .fail(kOne, 1, epoch() + 1h)
                .accept(kTwo)
                .start(kTwo)
                .succeed(kTwo)
                .add(kResponse, createdEvent())
                .add(kResponse, completedEvent("obj_1", "{}"), {.payload = makeBytes("{}")})
                .add(kEndpoint, EndpointPaused{"broken"})
                .add(kBulk, BulkRedeliveryRequested{.filter = "{}", .matched = 3})
                .commit();
            const sqlite::Indexer indexer({.directory = directory_.path(), .interval = 1ms});
            EXPECT_TRUE(indexer.waitFor(log->head().global_position, 60s));
        }
        sound_ = contentsOf(directory_.path());
    }

    void restore() const {
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
            std::filesystem::remove_all(entry.path());
        for (const auto& [name, bytes] : sound_)
            writeFile(directory_ / name, bytes);
    }

    void change(const std::string& name, const std::string& sql) const {
        restore();
        SqliteShell shell(directory_ / name);
        ASSERT_EQ(shell.run("PRAGMA writable_schema = ON; " + sql), "") << sql;
        ASSERT_EQ(shell.run("PRAGMA wal_checkpoint(TRUNCATE)"), "");
    }

    /// In place of a table: other SQL, of which the type is `type`.
    static std::string inPlaceOf(const std::string& table, const std::string& type,
                                 const std::string& sql) {
        std::string quoted;
        for (const char c : sql)
            quoted += c == '\'' ? "''" : std::string(1, c);
        return "UPDATE sqlite_schema SET type = '" + type + "', sql = '" + quoted + "'" +
               (type == "table" ? "" : ", rootpage = 0") + " WHERE name = '" + table + "'";
    }

    std::string file() const { return directory_ / "waybill.db"; }
    const std::string& directory() const { return directory_.path(); }

    using Reader = std::pair<const char*, std::function<void()>>;
    std::vector<Reader> readers() const {
        const auto api = [this] { return sqlite::makeLogFileAdminApi(file()); };
        return {{"verify", [this] { sqlite::verify({.file = file()}); }},
                {"info", [=] { look(api()->info()); }},
                {"deliveries",
                 [=] {
                     const auto page = api()->deliveries({}, 100, "");
                     for (const DeliveryView& delivery : page->data)
                         toJson(delivery);
                     look(api()->deliveries({.q = "example"}, 100, ""));
                 }},
                {"count", [=] { look(api()->countDeliveries({.status = "failed"})); }},
                {"delivery",
                 [=] {
                     const auto detail = api()->delivery(kOne);
                     if (detail.ok()) toJson(*detail);
                 }},
                {"events",
                 [=] {
                     const auto page = api()->events(0, 1000);
                     for (const EventView& event : page->data)
                         toJson(event);
                 }},
                {"events of one", [=] { look(api()->deliveryEvents(kOne)); }},
                {"payload", [=] { look(api()->payload(kOne)); }},
                {"responses", [=] { look(api()->responses({}, 100, "")); }},
                {"bulk runs", [=] { look(api()->bulkRedeliveries(100, "")); }},
                {"endpoints", [=] { look(api()->endpoints(24h)); }},
                {"stats", [=] { look(api()->stats(24h, 1h)); }},
                {"a start", [this] { sqlite::openLog({.directory = directory()}); }},
                {"an indexer",
                 [this] {
                     const auto log = sqlite::openLog({.directory = directory()});
                     const sqlite::Indexer indexer({.directory = directory(), .interval = 1ms});
                     indexer.waitFor(log->head().global_position, 50ms);
                 }},
                {"rebuild", [this] { sqlite::rebuild(file()); }}};
    }

    /// Calls every reader, on the files as they are now; those that refuse in words.
    std::vector<std::string> refusing() const {
        const auto files = contentsOf(directory());
        std::vector<std::string> names;
        for (const auto& [name, read] : readers()) {
            try {
                read();
            } catch (const Poco::Exception& error) {
                EXPECT_FALSE(error.message().empty()) << name;
                names.emplace_back(name);
            }
            for (const auto& [path, bytes] : files)
                writeFile(directory_ / path, bytes);
            for (const auto& entry : std::filesystem::directory_iterator(directory()))
                if (!files.contains(entry.path().filename()))
                    std::filesystem::remove_all(entry.path());
        }
        return names;
    }

    TemporaryDirectory directory_;
    decltype(contentsOf("")) sound_;
};

}  // namespace

TEST_F(HostileLogTest, ASoundOneIsReadByEverybody) {
    EXPECT_EQ(refusing(), std::vector<std::string>());
}

TEST_F(HostileLogTest, WhatIsNotATableOfOursIsRefusedByEverybodyBeforeARowIsRead) {
    const std::string tables[] = {"event_log", "streams",  "payloads", "destinations",
                                  "exchanges", "requests", "log_info"};
    for (const std::string& table : tables) {
        for (const std::string& sql :
             {inPlaceOf(table, "view",
                        "CREATE VIEW " + table + " AS " + kEndless +
                            "i AS global_position, i AS stream, i AS position, "
                            "'x' AS type, i AS recorded_at, 'engine' AS actor, "
                            "'{}' AS data, x'00' AS hash, i AS id FROM n"),
              inPlaceOf(table, "table",
                        "CREATE TABLE " + table +
                            "(global_position INTEGER PRIMARY KEY, stream INTEGER, id TEXT, data "
                            "TEXT AS (printf('%.*c', 900000000, 'x')) VIRTUAL)"),
              inPlaceOf(table, "table", "CREATE VIRTUAL TABLE " + table + " USING fts5(data)")}) {
            change("waybill.db", sql);
            const auto names = refusing();
            EXPECT_EQ(names.size(), readers().size()) << sql;
        }
    }
}

TEST_F(HostileLogTest, ADerivedTableThatIsAnotherIsReadByNobodyAndMadeAnewByAStart) {
    for (const std::string table : {"derived_delivery", "derived_response", "derived_endpoint"}) {
        for (const std::string& other :
             {"TABLE " + table +
                  "(stream INTEGER PRIMARY KEY, status TEXT AS (printf('%.*c', 900000000, 'x')))",
              "VIEW " + table + " AS " + kEndless + "i AS stream FROM n"}) {
            change("waybill.db", "DROP TABLE " + table + "; CREATE " + other);
            EXPECT_THROW(look(sqlite::makeLogFileAdminApi(file())->deliveries({}, 100, "")),
                         StoreUnavailable);
            EXPECT_FALSE(sqlite::verify({.file = file()}).sound());
            for (const bool by_start : {true, false}) {
                change("waybill.db", "DROP TABLE " + table + "; CREATE " + other);
                if (by_start)
                    sqlite::openLog({.directory = directory()}).reset();
                else
                    sqlite::rebuild(file());
                EXPECT_TRUE(sqlite::verify({.file = file()}).sound()) << other;
            }
        }
    }
}

TEST_F(HostileLogTest, AnIndexThatIsAnotherIsNotUsed) {
    for (const std::string& sql :
         {inPlaceOf("derived_block", "view",
                    std::string("CREATE VIEW derived_block AS ") + kEndless +
                        "i AS block, x'00' AS zones FROM n"),
          inPlaceOf("derived_index", "view",
                    std::string("CREATE VIEW derived_index AS ") + kEndless +
                        "'x' AS log_id, i AS position, x'00' AS hash, 1 AS newest_key FROM n"),
          std::string("CREATE TRIGGER t AFTER UPDATE ON derived_streak BEGIN DELETE FROM "
                      "derived_block; END")}) {
        change("index.db", sql);
        EXPECT_EQ(refusing(), std::vector<std::string>()) << sql;
        EXPECT_EQ(*sqlite::ReadModel(file()).countDeliveries({}), 2u);
    }
}

TEST_F(HostileLogTest, OtherTriggersAndViewsAreNeverRun) {
    change("waybill.db",
           "CREATE TABLE theirs(x); CREATE TRIGGER t AFTER INSERT ON event_log BEGIN "
           "DELETE FROM payloads; END; CREATE TRIGGER u AFTER INSERT ON streams BEGIN "
           "INSERT INTO theirs VALUES(1); END; DROP VIEW events; CREATE VIEW events "
           "AS " +
               std::string(kEndless) + "i AS global_position FROM n");
    EXPECT_EQ(refusing(), std::vector<std::string>());
    {
        const auto log = sqlite::openLog({.directory = directory()});
        BatchBuilder(*log).accept(kThree).commit();
    }
    EXPECT_EQ(SqliteShell(file()).query("SELECT count(*) FROM theirs"), "0\n");
    EXPECT_NE(SqliteShell(file()).query("SELECT count(*) FROM payloads"), "0\n");
}

TEST_F(HostileLogTest, ValuesOfOtherTypesAreRefusedOrReadAndFoundByVerify) {
    const char* const changes[] = {
        "data = CAST(data AS BLOB)",
        "actor = CAST(actor AS BLOB)",
        "type = CAST(type AS BLOB)",
        "recorded_at = 1e300",
        "recorded_at = -1e300",
        "recorded_at = 9223372036854775807",
        "recorded_at = -9223372036854775808",
        "recorded_at = 'noon'",
        "position = position + 0.5",
        "position = -position",
        "hash = CAST(hex(hash) AS TEXT)",
        "hash = x'00'",
        "data = 'x'",
        "data = '[' || data || ']'",
        "data = replace(hex(zeroblob(5000)), '0', '[')",
        "stream = 9223372036854775807 - global_position",
    };
    for (const std::string set : changes) {
        change("waybill.db",
               "DROP TRIGGER event_log_is_never_updated; UPDATE event_log SET " + set);
        refusing();
        EXPECT_FALSE(sqlite::verify({.file = file()}).sound()) << set;
    }
    for (const char* sql :
         {"DROP TRIGGER streams_is_never_updated; UPDATE streams SET id = CAST(id AS BLOB)",
          "UPDATE payloads SET bytes = 1e300", "UPDATE destinations SET url = x'ff', salt = 7",
          "UPDATE exchanges SET head = 'x', body = 7.5", "UPDATE derived_delivery SET status = 7.5",
          "UPDATE log_info SET value = zeroblob(1000000) WHERE name = 'log_id'"}) {
        change("waybill.db", sql);
        refusing();
        EXPECT_FALSE(sqlite::verify({.file = file()}).sound()) << sql;
    }
}

namespace {

void putNumber(std::string& bytes, std::size_t at, std::uint64_t value, int width) {
    for (int i = 0; i < width; ++i)
        bytes[at + static_cast<std::size_t>(i)] =
            static_cast<char>(value >> (8 * (width - 1 - i)) & 0xff);
}

/// An interior page of a table (https://www.sqlite.org/fileformat2.html section 1.6) with hundreds
/// of cells that all lead to one page.
std::string pageLeadingTo(std::uint64_t child) {
    constexpr std::size_t kCells = 400;
    constexpr std::size_t kCell = 5;
    std::string page(kPage, '\0');
    page[0] = 5;
    putNumber(page, 3, kCells, 2);
    putNumber(page, 5, kPage - kCells * kCell, 2);
    putNumber(page, 8, child, 4);
    for (std::size_t cell = 0; cell < kCells; ++cell) {
        const std::size_t at = kPage - (cell + 1) * kCell;
        putNumber(page, 12 + 2 * cell, at, 2);
        putNumber(page, at, child, 4);
        page[at + 4] = 1;
    }
    return page;
}

/// The rows of a table again and again: 400^5 times as many.
std::string endless(std::string bytes, std::uint64_t root) {
    constexpr int kLevels = 5;
    const std::size_t place = (root - 1) * kPage;
    const std::string leaf = bytes.substr(place, kPage);
    std::uint64_t next = bytes.size() / kPage + 1;
    bytes.replace(place, kPage, pageLeadingTo(next));
    for (int level = 1; level < kLevels; ++level)
        bytes += pageLeadingTo(++next);
    bytes += leaf;
    putNumber(bytes, 28, bytes.size() / kPage, 4);
    return bytes;
}

}  // namespace

TEST_F(HostileLogTest, PagesThatLeadToOneAnotherAreATableWithAnEnd) {
    for (const std::string table :
         {"event_log", "streams", "payloads", "exchanges", "derived_delivery", "derived_state"}) {
        restore();
        const std::string root = SqliteShell(file()).query(
            "SELECT rootpage FROM sqlite_schema WHERE name = '" + table + "'");
        writeFile(file(), endless(readFile(file()), std::stoull(root)));
        bool refused_verify = false;
        try {
            refused_verify = !sqlite::verify({.file = file()}).sound();
        } catch (const StoreUnavailable& error) {
            refused_verify = true;
        }
        EXPECT_TRUE(refused_verify) << table;
        refusing();
    }
}

TEST_F(HostileLogTest, AQuestionWithoutEndIsEndedWithAllStatementsInsideIt) {
    sqlite::Database database(file(), sqlite::OpenMode::kReadOnly);
    const auto isEndless = [](const sqlite::SqliteError& error) {
        return error.isEndless() && error.isDamage() &&
               error.message().find("more steps than a sound file") != std::string::npos;
    };
    try {
        database.number(std::string(kEndless) + "count(1) FROM n");
        FAIL() << "it ended";
    } catch (const sqlite::SqliteError& error) {
        EXPECT_TRUE(isEndless(error)) << error.message();
    }
    EXPECT_EQ(database.number("SELECT 7"), 7) << "each question has its own steps";
    sqlite::Statement outer(database, std::string(kEndless) + "i FROM n");
    sqlite::Query query(outer);
    try {
        while (query.next())
            EXPECT_EQ(database.number("SELECT 7"), 7);
        FAIL() << "it ended";
    } catch (const sqlite::SqliteError& error) {
        EXPECT_TRUE(isEndless(error)) << error.message();
    }
}

}  // namespace waybill::test
