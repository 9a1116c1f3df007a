// The index beside a log: everything it answers, the log itself answers the same, only slower.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "support/batch_builder.h"
#include "support/sqlite_shell.h"
#include "support/temporary_directory.h"
#include "support/varied_log.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/log_file_admin_api.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {

namespace {

using namespace std::chrono_literals;
using Ids = std::vector<StreamId>;

constexpr auto kLong = 60s;

void runSql(const std::string& file, const std::string& sql) {
    EXPECT_EQ(SqliteShell(file).run(sql), "");
}

std::vector<DeliveryFilter> manyDeliveryFilters() {
    return {{},
            {.status = "pending"},
            {.status = "attempting"},
            {.status = "failed"},
            {.status = "cancelled"},
            {.endpoint = "https://e3.example:443"},
            {.endpoint = "https://unknown.example:443"},
            {.client = "client 1"},
            {.status = "failed", .endpoint = "https://e1.example:443", .client = "client 2"},
            {.subject = "order 7919"},
            {.subject = "order"},
            {.reason = "connect"},
            {.reason = "http_status"},
            {.http_status = 404},
            {.http_status = 200},
            {.status = "delivered", .http_status = 500},
            {.since = epoch() + 900ms},
            {.until = epoch() + 900ms},
            {.since = epoch() + 300ms, .until = epoch() + 301ms},
            {.q = "dlv_"},
            {.q = "dlv_00012"},
            {.q = VariedLog::idOf(77)},
            {.q = "order 79"},
            {.q = "https://e2.example:443/hooks/1"},
            {.q = "https://e2.example:443/hooks/12"},
            {.status = "pending", .q = "https://e2"},
            {.q = "nothing like it"},
            {.q = std::string(300, 'x')}};
}

Ids idsOf(const Page<DeliveryView>& page) {
    Ids ids;
    for (const DeliveryView& view : page.data)
        ids.push_back(view.id);
    return ids;
}

/// The first pages, through their cursors.
Ids listed(const sqlite::ReadModel& model, const DeliveryFilter& filter, PageRequest request) {
    Ids ids;
    for (int page = 0; page < 3; ++page) {
        const auto found = model.deliveries(filter, request);
        if (!found) {
            ADD_FAILURE() << found.refusal().message;
            break;
        }
        for (const StreamId& id : idsOf(*found))
            ids.push_back(id);
        request.cursor = found->next_cursor;
        if (request.cursor.empty()) break;
    }
    return ids;
}

Ids walked(const sqlite::ReadModel& model, const DeliveryFilter& filter, std::int64_t before) {
    Ids ids;
    for (sqlite::WalkedDeliveries part; !part.done;) {
        part = model.walkDeliveries(filter, part.reached, before, 1000).value();
        for (const auto& delivery : part.found)
            ids.push_back(delivery.id);
    }
    return ids;
}

std::string describe(const DeliveryFilter& filter) {
    return "status=" + filter.status + " endpoint=" + filter.endpoint + " client=" + filter.client +
           " subject=" + filter.subject + " reason=" + filter.reason + " q=" + filter.q;
}

std::string figuresOf(const sqlite::ReadModel& model) {
    std::string text = toJson(model.stats(24h, 1h, epoch() + 12h).value());
    const auto page = model.endpoints(24h, epoch() + 12h);
    for (const EndpointView& endpoint : page.value().data)
        text += '\n' + toJson(endpoint);
    return text;
}

/// Asks both, of which only one may have an index.
void expectTheSame(const sqlite::ReadModel& one, const sqlite::ReadModel& other) {
    for (const DeliveryFilter& filter : manyDeliveryFilters()) {
        const std::string which = describe(filter);
        EXPECT_EQ(*one.countDeliveries(filter), *other.countDeliveries(filter)) << which;
        EXPECT_EQ(*one.endpointsOf(filter), *other.endpointsOf(filter)) << which;
        for (const DeliveryOrder order :
             {DeliveryOrder::kCreated, DeliveryOrder::kUpdated, DeliveryOrder::kNextAttempt}) {
            for (const bool reverse : {false, true}) {
                const PageRequest request{.limit = 40, .order = order, .reverse = reverse};
                EXPECT_EQ(listed(one, filter, request), listed(other, filter, request))
                    << which << " order " << static_cast<int>(order) << " reverse " << reverse;
            }
        }
    }
    const DeliveryFilter failed{.status = "failed"};
    EXPECT_EQ(walked(one, failed, 8000), walked(other, failed, 8000));
    EXPECT_EQ(figuresOf(one), figuresOf(other));
}

class IndexTest : public ::testing::Test {
protected:
    std::string file() const { return directory_ / "waybill.db"; }
    std::string indexFile() const { return directory_ / "index.db"; }
    const std::string& directory() const { return directory_.path(); }

    std::unique_ptr<sqlite::Indexer> startIndexer() const {
        return std::make_unique<sqlite::Indexer>(
            sqlite::IndexerOptions{.directory = directory(), .interval = 1ms});
    }
    /// Brings the index up to the log and ends.
    void indexAll() const {
        const auto indexer = startIndexer();
        const std::uint64_t head = sqlite::ReadModel(file()).head().global_position;
        ASSERT_TRUE(indexer->waitFor(head, kLong)) << indexer->problem();
    }
    [[noreturn]] void deliverUntilKilled(int first) const {
        try {
            VariedLog log(directory());
            const auto indexer = startIndexer();
            for (int begin = first;; begin += 500)
                log.deliver(begin, begin + 500);
        } catch (const Poco::Exception& error) {
            std::fprintf(stderr, "%s\n", error.displayText().c_str());
        }
        std::_Exit(1);
    }
    /// The same log in another place, where it has no index.
    std::string copyOfLog() const {
        const std::string copy = directory_ / "copy.db";
        std::filesystem::remove(copy);
        runSql(file(), "VACUUM INTO '" + copy + "'");
        return copy;
    }

private:
    TemporaryDirectory directory_;
};

}  // namespace

TEST_F(IndexTest, EveryQuestionIsAnsweredAsTheLogAnswersIt) {
    VariedLog log(directory());
    log.deliver(1, 17'000);
    indexAll();
    const sqlite::ReadModel indexed(file());
    const sqlite::ReadModel plain(copyOfLog());
    ASSERT_EQ(indexed.indexPosition(), log.log().head().global_position);
    ASSERT_EQ(plain.indexPosition(), std::nullopt);
    expectTheSame(indexed, plain);
}

TEST_F(IndexTest, WhatIsNewerThanTheIndexIsAnsweredFromTheLog) {
    VariedLog log(directory());
    log.deliver(1, 9'000);
    indexAll();
    log.deliver(9'000, 9'500);
    BatchBuilder batch(log.log());
    // Three that were finished, and are no more.
    for (const int number : {3, 14, 8'990 - 8'990 % 11 + 3}) {
        batch.add(VariedLog::idOf(number), RedeliveryRequested{.round = 2, .due_at = epoch() + 1h});
    }
    batch.commit();
    const sqlite::ReadModel indexed(file());
    ASSERT_LT(indexed.indexPosition(), log.log().head().global_position);
    expectTheSame(indexed, sqlite::ReadModel(copyOfLog()));
}

TEST_F(IndexTest, ItFollowsALogThatGrows) {
    VariedLog log(directory());
    const auto indexer = startIndexer();
    const sqlite::ReadModel model(file());
    for (int begin = 1; begin < 3000; begin += 500) {
        log.deliver(begin, begin + 500);
        EXPECT_EQ(*model.countDeliveries({}), static_cast<std::uint64_t>(begin + 499))
            << "no answer is behind the log";
    }
    ASSERT_TRUE(indexer->waitFor(log.log().head().global_position, kLong));
    expectTheSame(model, sqlite::ReadModel(copyOfLog()));
}

TEST_F(IndexTest, ReadersThatAskWhileItIsMadeAreNotInItsWay) {
    VariedLog log(directory());
    log.deliver(1, 20);
    const auto ask = [&](const std::stop_token& stop) {
        const sqlite::ReadModel model(file());
        while (!stop.stop_requested())
            EXPECT_EQ(*model.countDeliveries({}), 19u);
    };
    std::vector<std::jthread> readers;
    for (int i = 0; i < 4; ++i)
        readers.emplace_back(ask);
    for (int round = 0; round < 12; ++round) {
        std::filesystem::remove(indexFile());
        const auto indexer = startIndexer();
        while (!indexer->waitFor(log.log().head().global_position, 1ms))
            ASSERT_EQ(indexer->problem(), "") << "round " << round;
    }
}

TEST_F(IndexTest, AKilledDaemonLeavesAnIndexThatGoesOn) {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "ThreadSanitizer refuses threads in a fork of a process that had some";
#endif
    for (int round = 0; round < 3; ++round) {
        const pid_t child = ::fork();
        if (child == 0) deliverUntilKilled(1 + round * 100'000);
        const auto position = [&] {
            return std::filesystem::exists(indexFile())
                       ? sqlite::ReadModel(file()).indexPosition().value_or(0)
                       : 0;
        };
        const std::uint64_t before = position();
        while (position() < before + 5'000)
            ASSERT_EQ(::waitpid(child, nullptr, WNOHANG), 0) << "it ended by itself";
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    VariedLog log(directory());
    indexAll();
    expectTheSame(sqlite::ReadModel(file()), sqlite::ReadModel(copyOfLog()));
}

TEST_F(IndexTest, WhatIsNoIndexOfThisLogIsReplaced) {
    VariedLog log(directory());
    log.deliver(1, 100);
    const auto expectReplaced = [&](const char* what) {
        EXPECT_EQ(sqlite::ReadModel(file()).indexPosition(), std::nullopt) << what;
        EXPECT_EQ(*sqlite::ReadModel(file()).countDeliveries({}), 99u) << what;
        indexAll();
        EXPECT_EQ(sqlite::ReadModel(file()).indexPosition(), log.log().head().global_position)
            << what;
    };
    expectReplaced("none yet");
    runSql(indexFile(), "UPDATE derived_index SET log_id = 'another'");
    expectReplaced("of another log");
    runSql(indexFile(), "UPDATE derived_index SET position = 1000000");
    expectReplaced("ahead of the log");
    runSql(indexFile(), "UPDATE derived_index SET hash = zeroblob(32)");
    expectReplaced("of a log that went on otherwise");
    runSql(indexFile(), "PRAGMA user_version = 77");
    expectReplaced("of another version");
    std::ofstream(indexFile(), std::ios::trunc) << "this is no database, and was never one";
    expectReplaced("no index at all");
}

TEST_F(IndexTest, AnIndexThatLosesABlockIsNotBelieved) {
    VariedLog log(directory());
    log.deliver(1, 100);
    indexAll();
    runSql(indexFile(), "DELETE FROM derived_column");
    EXPECT_EQ(*sqlite::ReadModel(file()).countDeliveries({}), 99u);
    EXPECT_EQ(sqlite::ReadModel(file()).deliveries({}, 50, {})->data.size(), 50u);
}

TEST_F(IndexTest, AVerificationFindsAnIndexThatSaysSomethingElse) {
    VariedLog log(directory());
    log.deliver(1, 100);
    indexAll();
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
    log.deliver(100, 200);
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound()) << "an index may be behind";
    runSql(indexFile(), "UPDATE derived_name SET name = 'somebody else' WHERE name = 'client 2'");
    const auto report = sqlite::verify({.file = file()});
    ASSERT_FALSE(report.sound());
    EXPECT_EQ(report.findings[0].stream, VariedLog::idOf(2));
}

TEST_F(IndexTest, AVerificationFindsEveryTableOfTheIndexThatSaysSomethingElse) {
    VariedLog log(directory());
    log.deliver(1, 9'000);
    indexAll();
    std::filesystem::copy_file(indexFile(), directory() + "/untouched");
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
    for (const char* change :
         {"DELETE FROM derived_column WHERE key = 0",
          "UPDATE derived_block SET zones = zeroblob(9)",
          "UPDATE derived_text SET least = 'a' || least WHERE key = 0",
          "UPDATE derived_text SET bytes = zeroblob(length(bytes)) WHERE key = 1 << 40",
          "UPDATE derived_name SET number = 99 WHERE number = 1",
          "INSERT INTO derived_name VALUES(9, 'nobody')",
          "UPDATE derived_figures SET delivered = delivered + 1 WHERE span = 0",
          "UPDATE derived_figures SET latency = x'' WHERE span = 3",
          "DELETE FROM derived_figures WHERE span = 1",
          "UPDATE derived_streak SET newest = newest + 1",
          "UPDATE derived_index SET newest_key = 1",
          "CREATE TRIGGER t AFTER INSERT ON derived_streak BEGIN SELECT 1; END",
          "UPDATE derived_streak SET newest = CAST(newest AS BLOB)"}) {
        runSql(indexFile(), change);
        EXPECT_FALSE(sqlite::verify({.file = file()}).sound()) << change;
        for (const char* side : {"-wal", "-shm"})
            std::filesystem::remove(indexFile() + side);
        std::filesystem::copy_file(directory() + "/untouched", indexFile(),
                                   std::filesystem::copy_options::overwrite_existing);
    }
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
    runSql(indexFile(), "UPDATE derived_index SET log_id = 'another'");
    const auto report = sqlite::verify({.file = file()});
    EXPECT_TRUE(report.sound());
    EXPECT_TRUE(std::ranges::any_of(report.unchecked, [](const sqlite::Unchecked& unchecked) {
        return unchecked.what == "index of another version or another log, not used";
    }));
}

TEST_F(IndexTest, TheFiguresOfACorrectedUrlAreLeftUncheckedAndAllOthersAreNot) {
    VariedLog log(directory());
    log.deliver(1, 100);
    indexAll();
    BatchBuilder(log.log())
        .add(VariedLog::idOf(3),
             RedeliveryRequested{.round = 2,
                                 .endpoint = VariedLog::endpointOf(4),
                                 .url_digest = saltedSha256("salt", VariedLog::urlOf(4)),
                                 .due_at = epoch()},
             {.destination = Destination{VariedLog::urlOf(4), {}}, .salt = "salt"})
        .commit();
    indexAll();
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
    runSql(indexFile(),
           "UPDATE derived_streak SET newest = newest + 1 WHERE endpoint = (SELECT number FROM "
           "derived_name WHERE name = 'https://e0.example:443')");
    EXPECT_FALSE(sqlite::verify({.file = file()}).sound());
}

TEST_F(IndexTest, AnErasedUrlLeavesTheIndexToo) {
    VariedLog log(directory());
    log.deliver(1, 9'000);
    const int erased = 16;
    const std::string salt = "salt";
    BatchBuilder(log.log())
        .add(
            VariedLog::idOf(erased),
            RedeliveryRequested{.round = 2,
                                .endpoint = "https://moved.example:443",
                                .url_digest = saltedSha256(salt, "x"),
                                .due_at = epoch()},
            {.destination = Destination{"https://moved.example:443/secret-path", {}}, .salt = salt})
        .add(VariedLog::idOf(erased), DeliveryCancelled{})
        .commit();
    indexAll();
    const sqlite::ReadModel model(file());
    EXPECT_EQ(idsOf(*model.deliveries({.q = "https://moved.example:443/sec"}, 50, {})),
              Ids{VariedLog::idOf(erased)});

    runSql(file(), "DELETE FROM destinations WHERE url LIKE '%secret-path'");
    BatchBuilder(log.log())
        .add(VariedLog::idOf(erased), PayloadErased{}, {.erase_payload = true})
        .commit();
    indexAll();
    EXPECT_EQ(idsOf(*model.deliveries({.q = "https://moved.example:443/sec"}, 50, {})), Ids{});
    runSql(indexFile(), "PRAGMA wal_checkpoint(TRUNCATE)");
    std::ifstream stream(indexFile(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(bytes.find("secret-path"), std::string::npos);
}

TEST_F(IndexTest, ALogFileWithoutADaemonIsReadWithItsIndex) {
    {
        VariedLog log(directory());
        log.deliver(1, 200);
        indexAll();
    }
    const auto api = sqlite::makeLogFileAdminApi(directory());
    EXPECT_EQ(*api->countDeliveries({.status = "failed"}), 18u);
    const PageRequest soonest{.limit = 500, .order = DeliveryOrder::kNextAttempt};
    EXPECT_EQ(api->deliveries({.q = "order"}, soonest)->data.size(), 31u);
    EXPECT_EQ(api->info()->source, "log file");
    EXPECT_EQ(api->stats(1h, 1min)->finally_failed, 18u);
    EXPECT_EQ(api->endpoints(1h)->data.size(), 5u);
}

}  // namespace waybill::test
