// The log on SQLite: what a person with a shell can do to it and see in it.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/batch_builder.h"
#include "support/directory_contents.h"
#include "support/one_of_each.h"
#include "support/open_deliveries.h"
#include "support/sqlite_shell.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {

namespace {

class SqliteLogTest : public ::testing::Test {
protected:
    std::string file() const { return directory_ / "waybill.db"; }
    sqlite::LogOptions options() const { return {.directory = directory_.path()}; }

    EventLog& open() {
        log_.reset();
        log_ = sqlite::openLog(options());
        return *log_;
    }
    void close() { log_.reset(); }
    EventLog& log() { return *log_; }

    void expectSound() {
        const auto report = sqlite::verify({.file = file()});
        for (const auto& finding : report.findings)
            ADD_FAILURE() << finding.global_position << ' ' << finding.stream << ": "
                          << finding.rule;
    }

private:
    TemporaryDirectory directory_;
    std::unique_ptr<EventLog> log_;
};

}  // namespace

// ---- append-only

TEST_F(SqliteLogTest, NobodyCanChangeWhatWasRecorded) {
    appendOneOfEach(open());
    SqliteShell shell(file());
    const std::string before = shell.query("SELECT * FROM event_log; SELECT * FROM streams");
    for (const char* attempt : {
             "UPDATE event_log SET actor = 'nobody' WHERE global_position = 1",
             "UPDATE OR REPLACE event_log SET global_position = 2 WHERE global_position = 1",
             "DELETE FROM event_log",
             "DELETE FROM event_log WHERE global_position = 10",
             "REPLACE INTO event_log SELECT * FROM event_log WHERE global_position = 1",
             "INSERT OR REPLACE INTO event_log SELECT 99, stream, position, type, recorded_at, "
             "actor, data, hash FROM event_log WHERE global_position = 1",
             "INSERT INTO event_log(global_position, stream, position, type, recorded_at, actor, "
             "data, hash) SELECT 99, stream, position, type, 0, '', '', x'' FROM event_log "
             "WHERE global_position = 1 ON CONFLICT DO UPDATE SET actor = 'nobody'",
             "UPDATE streams SET id = 'another' WHERE stream = 1",
             "DELETE FROM streams",
             "REPLACE INTO streams VALUES(1, 'another')",
         }) {
        EXPECT_NE(shell.run(attempt).find("append-only"), std::string::npos) << attempt;
    }
    EXPECT_EQ(shell.query("SELECT * FROM event_log; SELECT * FROM streams"), before);
}

// ---- what a person sees

TEST_F(SqliteLogTest, TheShellReadsEventsUnderTheirNames) {
    appendOneOfEach(open());
    SqliteShell shell(file());
    EXPECT_EQ(shell.query("SELECT global_position, stream, position, type, recorded_at, actor, "
                          "json_extract(data, '$.reason'), length(hash) FROM events "
                          "WHERE global_position = 3"),
              "3|" + kOne + "|3|attempt_failed|2026-01-01T00:00:00.002000Z|engine|connect|64\n");
    EXPECT_EQ(shell.query("SELECT hash FROM events ORDER BY global_position DESC LIMIT 1"),
              toHex(log().head().hash) + '\n');
}

TEST_F(SqliteLogTest, TheShellReadsDeliveriesAndAttempts) {
    appendOneOfEach(open());
    SqliteShell shell(file());
    EXPECT_EQ(shell.query("SELECT id, status, url, attempts, next_attempt_at, last_reason "
                          "FROM deliveries WHERE id = '" +
                          kOne + "'"),
              kOne +
                  "|pending|https://example.com/hook?key=in-the-query|1|"
                  "2026-01-01T00:00:05.000000Z|connect\n");
    EXPECT_EQ(shell.query("SELECT delivery, attempt, round, cause, status, http_status, reason "
                          "FROM attempts ORDER BY delivery"),
              kOne + "|1|1|first|failed||connect\n" + kTwo + "|1|1|first|succeeded|200|\n");
    EXPECT_EQ(shell.query("SELECT id, state, background FROM responses"),
              kResponse + "|created|1\n");
}

// ---- secrets

TEST_F(SqliteLogTest, ASecretIsNowhereInPlainBytes) {
    const std::string token = "a-token-that-is-easy-to-find";
    const std::string client_key = "a-client-key-that-is-easy-to-find";
    BatchBuilder(open())
        .accept(kOne, "{}", token)
        .add(kResponse, createdEvent(true),
             {.destination = Destination{"https://example.com/", token},
              .request = StoredRequest{.body = "{}", .client_key = client_key}})
        .commit();
    const auto expectNowhere = [&] {
        const auto directory = std::filesystem::path(file()).parent_path();
        for (const auto& [name, bytes] : contentsOf(directory)) {
            EXPECT_EQ(bytes.find(token), std::string::npos) << name;
            EXPECT_EQ(bytes.find(client_key), std::string::npos) << name;
        }
    };
    expectNowhere();
    close();
    expectNowhere();
    EXPECT_EQ(open().readDestination(1)->token, token);
    EXPECT_EQ(log().readRequest(2)->client_key, client_key);
}

TEST_F(SqliteLogTest, ASealedTokenDoesNotOpenInAnotherPlace) {
    BatchBuilder(open()).accept(kOne, "{}", "first").accept(kTwo, "{}", "second").commit();
    SqliteShell shell(file());
    ASSERT_EQ(shell.run("UPDATE destinations SET token = (SELECT token FROM destinations "
                        "WHERE global_position = 1) WHERE global_position = 2"),
              "");
    EXPECT_THROW(log().readDestination(2), DamagedBytes);
    EXPECT_EQ(log().readDestination(1)->token, "first");
}

TEST_F(SqliteLogTest, AnErasedPayloadIsNotInTheFileAnyMore) {
    const std::string payload = "a payload that is easy to find";
    BatchBuilder(open()).accept(kOne, payload).start(kOne).succeed(kOne).commit();
    BatchBuilder(log()).add(kOne, PayloadErased{}, {.erase_payload = true}).commit();
    close();
    EXPECT_EQ(readFile(file()).find(payload), std::string::npos);
    expectSound();
}

// ---- derived tables

/// What a start reads.
std::string startsFrom(const EventLog& log) {
    std::string text;
    for (const Delivery& delivery : openDeliveries(log)) {
        text += delivery.id + ' ' + std::to_string(delivery.accepted_position) + ' ' +
                (delivery.next_attempt_at ? formatTimestamp(*delivery.next_attempt_at) : "-") +
                '\n';
    }
    for (const StreamId& response : log.openResponses())
        text += response + '\n';
    for (const EndpointState& endpoint : log.pausedEndpoints())
        text += endpoint.id + ' ' + endpoint.reason + '\n';
    const auto match = log.findByIdempotencyKey(sha256("key"));
    return text + (match ? match->delivery : "no key");
}

class DerivedTables : public SqliteLogTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(DerivedTables, AreMadeAgainFromTheEvents) {
    appendOneOfEach(open());
    const std::string before = startsFrom(log());
    close();
    {
        SqliteShell shell(file());
        ASSERT_EQ(shell.run(GetParam()), "");
    }
    open();
    EXPECT_EQ(startsFrom(log()), before);
    expectSound();
    BatchBuilder(log()).start(kOne, 2, AttemptCause::kRetry).succeed(kOne, 2).commit();
    expectSound();
}

const char* const kDropAll =
    "DROP TABLE derived_delivery; DROP TABLE derived_response; DROP TABLE derived_endpoint; "
    "DROP TABLE derived_bulk_redelivery; DROP TABLE derived_idempotency; DROP TABLE derived_state";

INSTANTIATE_TEST_SUITE_P(
    WhenTheyAre, DerivedTables,
    ::testing::Values(kDropAll, "DROP TABLE derived_delivery", "DROP TABLE derived_response",
                      "DROP TABLE derived_endpoint", "DROP TABLE derived_bulk_redelivery",
                      "DROP TABLE derived_idempotency", "DROP TABLE derived_state",
                      "DELETE FROM derived_delivery", "DELETE FROM derived_response",
                      "DELETE FROM derived_endpoint", "DELETE FROM derived_bulk_redelivery",
                      "DELETE FROM derived_idempotency", "DELETE FROM derived_state",
                      "UPDATE derived_state SET value = 0 WHERE name = 'version'",
                      "ALTER TABLE derived_delivery ADD COLUMN extra",
                      "DROP INDEX derived_delivery_open", "DROP VIEW events"));

TEST_F(SqliteLogTest, AStartReadsWhatIsOpenAndNotTheWholeLog) {
    open();
    SqliteShell shell(file());
    const std::string plan = shell.query(
        "EXPLAIN QUERY PLAN SELECT s.id, d.status FROM derived_delivery d "
        "JOIN streams s ON s.stream = d.stream "
        "WHERE d.next_attempt_at IS NOT NULL OR d.attempt_open ORDER BY d.stream");
    EXPECT_NE(plan.find("derived_delivery_open"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
}

TEST_F(SqliteLogTest, ARowDeletedByHandComesBackWithTheNextEvent) {
    BatchBuilder(open()).accept(kOne).accept(kTwo).commit();
    close();
    {
        SqliteShell shell(file());
        ASSERT_EQ(shell.run("DELETE FROM derived_delivery WHERE stream = 1"), "");
    }
    BatchBuilder(open()).start(kOne).commit();
    expectSound();
}

// ---- beside other programs

TEST_F(SqliteLogTest, AReaderSeesEveryCommitAndNeverHalfOfOne) {
    BatchBuilder(open()).accept(kOne).commit();
    const sqlite::ReadModel model(file());
    for (int i = 0; i < 50; ++i) {
        const std::string id = "dlv_0000000000000000000000" + std::to_string(1000 + i);
        BatchBuilder(log()).accept(id).start(id).succeed(id).commit();
        log().maintain(false);
        ASSERT_EQ(model.head(), log().head());
        ASSERT_EQ(model.delivery(id)->status, "delivered");
        ASSERT_EQ(model.streamEvents(id).size(), 3u);
    }
    expectSound();
}

TEST_F(SqliteLogTest, AProgramThatReadsAnOldStateKeepsNobodyFromOpening) {
    BatchBuilder(open()).accept(kOne).commit();
    SqliteShell reader(file());
    ASSERT_EQ(reader.run("BEGIN; SELECT count(*) FROM event_log"), "");
    BatchBuilder(log()).accept(kTwo).commit();
    EXPECT_EQ(open().head().global_position, 2u);
    BatchBuilder(log()).accept(kThree).commit();
    EXPECT_EQ(reader.query("SELECT count(*) FROM event_log"), "1\n");
    log().reopen();
    EXPECT_EQ(log().head().global_position, 3u);
    ASSERT_EQ(reader.run("ROLLBACK"), "");
    EXPECT_EQ(open().head().global_position, 3u);
    expectSound();
}

TEST_F(SqliteLogTest, OpeningWaitsForAWritersLockAsLongAsItIsToldTo) {
    BatchBuilder(open()).accept(kOne).commit();
    close();
    SqliteShell other(file());
    ASSERT_EQ(other.run("BEGIN IMMEDIATE"), "");
    sqlite::LogOptions patient = options();
    patient.lock_timeout = std::chrono::milliseconds(10);
    EXPECT_THROW(sqlite::openLog(patient), StoreUnavailable);
    std::vector<std::string> problems;
    patient.on_locked = [&](const std::string& problem) {
        problems.push_back(problem);
        EXPECT_THROW(sqlite::openLog(options()), StoreUnavailable) << "the directory is taken";
        if (problems.size() == 3) {
            EXPECT_EQ(other.run("ROLLBACK"), "");
        }
        return true;
    };
    EXPECT_EQ(sqlite::openLog(patient)->head().global_position, 1u);
    ASSERT_EQ(problems.size(), 3u);
    EXPECT_NE(problems[0].find(file() + " is locked by"), std::string::npos) << problems[0];
    ASSERT_EQ(other.run("BEGIN IMMEDIATE"), "");
    patient.on_locked = [](const std::string&) { return false; };
    EXPECT_THROW(sqlite::openLog(patient), StoreUnavailable);
}

TEST_F(SqliteLogTest, WhoKeepsTheWriteAheadLogGrowingIsTold) {
    sqlite::LogOptions told = options();
    std::vector<std::string> notices;
    told.on_notice = [&](const std::string& notice) { notices.push_back(notice); };
    const auto log = sqlite::openLog(told);
    SqliteShell reader(file());
    ASSERT_EQ(reader.run("BEGIN; SELECT count(*) FROM event_log"), "");
    const std::string payload(8 << 20, 'x');
    for (int i = 0; i < 10; ++i) {
        BatchBuilder(*log).accept("dlv_large" + std::to_string(i), payload).commit();
        log->maintain(false);
    }
    ASSERT_EQ(notices.size(), 1u) << "once for each doubling";
    EXPECT_NE(notices[0].find("waybill.db-wal has grown to"), std::string::npos) << notices[0];
}

TEST_F(SqliteLogTest, AWriterThatIsKeptOutWritesNothingAndGoesOnLater) {
    BatchBuilder(open()).accept(kOne).commit();
    SqliteShell other(file());
    ASSERT_EQ(other.run("BEGIN IMMEDIATE"), "");
    Batch batch = BatchBuilder(log()).accept(kTwo).take();
    EXPECT_THROW(log().append(batch, log().head()), StoreUnavailable);
    ASSERT_EQ(other.run("ROLLBACK"), "");
    EXPECT_EQ(log().append(batch, log().head()).global_position, 2u);
    expectSound();
}

TEST_F(SqliteLogTest, HousekeepingBoundsTheWriteAheadLog) {
    sqlite::LogOptions small = options();
    small.checkpoint_idle_bytes = 64 * 1024;
    small.checkpoint_busy_bytes = 512 * 1024;
    const auto log = sqlite::openLog(small);
    const auto growth = [&](bool busy) {
        std::uintmax_t most = 0;
        for (int i = 0; i < 60; ++i) {
            const std::string id = "dlv_0000000000000000" + std::string(busy ? "busy" : "idle") +
                                   std::to_string(100000 + i);
            BatchBuilder(*log).accept(id, std::string(20'000, 'x')).commit();
            log->maintain(busy);
            most = std::max(most, std::filesystem::file_size(file() + "-wal"));
        }
        return most;
    };
    EXPECT_LT(growth(false), 256u * 1024);
    EXPECT_LT(growth(true), 1024u * 1024);
}

// ---- when the disk fails

/// No file of this process can grow beyond a size: what a full disk is to the log.
class FileSizeLimit {
public:
    explicit FileSizeLimit(std::uintmax_t bytes) {
        previous_handler_ = std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &previous_);
        rlimit limit = previous_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &previous_);
        std::signal(SIGXFSZ, previous_handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit previous_{};
    void (*previous_handler_)(int) = nullptr;
};

TEST_F(SqliteLogTest, AfterAFailedCommitNothingIsBelievedUntilTheLogWasReopened) {
    BatchBuilder(open()).accept(kOne).commit();
    const LogHead before = log().head();
    Batch batch = BatchBuilder(log()).accept(kTwo, std::string(1'000'000, 'x')).take();
    {
        const FileSizeLimit full(std::filesystem::file_size(file() + "-wal") + 100'000);
        EXPECT_THROW(log().append(batch, before), StoreIndeterminate);
        EXPECT_THROW(log().append(batch, before), StoreUnavailable);
        EXPECT_THROW(log().readAll(0, 10), StoreUnavailable);
    }
    EXPECT_THROW(openDeliveries(log()), StoreUnavailable);
    log().reopen();
    EXPECT_EQ(log().head(), before);
    EXPECT_EQ(log().append(batch, before).global_position, 2u);
    expectSound();
}

}  // namespace waybill::test
