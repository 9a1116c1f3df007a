// An open log whose files somebody takes away, and derived rows that somebody changed.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <tuple>

#include "support/batch_builder.h"
#include "support/one_of_each.h"
#include "support/open_deliveries.h"
#include "support/sqlite_shell.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/rebuild.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {

namespace {

class LogInPlaceTest : public ::testing::Test {
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

// ---- the files lose their names

class FilesOfAnOpenLog : public LogInPlaceTest {
protected:
    void SetUp() override { BatchBuilder(open()).accept(kOne).commit(); }

    /// The next append and the housekeeping fail, in words; nothing is acknowledged.
    void expectRefused(const std::string& words) {
        try {
            log().maintain(false);  // what was seen with the last append counts once more
            log().maintain(false);
            FAIL() << "it was not noticed";
        } catch (const StoreUnavailable& refusal) {
            EXPECT_NE(refusal.message().find(words), std::string::npos) << refusal.message();
        }
        EXPECT_THROW(log().reopen(), StoreUnavailable);
        Batch batch;
        EXPECT_THROW(log().append(batch, {}), StoreUnavailable);
    }

    void move(const std::string& from, const std::string& to) { std::filesystem::rename(from, to); }
};

TEST_F(FilesOfAnOpenLog, AreMissedInTheAppendThatFollows) {
    Batch batch = BatchBuilder(log()).accept(kTwo).take();
    std::filesystem::remove(file());
    EXPECT_THROW(log().append(batch, log().head()), StoreIndeterminate);
    EXPECT_THROW(log().append(batch, {}), StoreUnavailable);
    EXPECT_THROW(log().reopen(), StoreUnavailable);
}

TEST_F(FilesOfAnOpenLog, AreMissedWhileNothingIsAppended) {
    std::filesystem::remove(file());
    expectRefused(file() + " is gone");
}

TEST_F(FilesOfAnOpenLog, CountAgainOnceTheyAreBack) {
    move(file(), file() + ".away");
    expectRefused("is gone");
    move(file() + ".away", file());
    log().reopen();
    BatchBuilder(log()).accept(kTwo).commit();
    expectSound();
}

TEST_F(FilesOfAnOpenLog, AreNotAnotherLog) {
    std::filesystem::copy(file(), file() + ".copy");
    move(file() + ".copy", file());
    expectRefused("is another file than the one that is open");
}

TEST_F(FilesOfAnOpenLog, AreTheLockToo) {
    std::filesystem::remove(std::filesystem::path(file()).parent_path() / "waybill.lock");
    expectRefused("waybill.lock is gone");
}

TEST_F(FilesOfAnOpenLog, LoseNothingWithTheirWriteAheadLog) {
    for (const char* side : {"-wal", "-shm"}) {
        BatchBuilder(open()).accept(std::string("dlv_") + side).commit();
        std::filesystem::remove(file() + side);
        expectRefused(file() + side + " is gone");
    }
    EXPECT_EQ(open().head().global_position, 3u);
    expectSound();
}

// ---- derived rows that somebody changed

struct RowDamage {
    const char* sql;
    const char* what;
};

class DamagedRows : public LogInPlaceTest, public ::testing::WithParamInterface<RowDamage> {};

TEST_P(DamagedRows, AreNotBelievedAndStopNobody) {
    appendOneOfEach(open());
    const auto startsFrom = [](EventLog& log) {
        return std::tuple(openDeliveries(log), log.openResponses(), log.pausedEndpoints(),
                          log.findDelivery(kTwo), log.findByIdempotencyKey(sha256("key"))->body);
    };
    const auto before = startsFrom(log());
    const auto response = sqlite::ReadModel(file()).findResponse(kResponse);
    close();
    {
        SqliteShell shell(file());
        ASSERT_EQ(shell.run(GetParam().sql), "");
    }
    int met = 0;
    const auto count = [&](std::string_view, const StreamId&) { ++met; };
    sqlite::LogOptions counting = options();
    counting.on_damaged_row = count;
    counting.on_notice = [&](const std::string&) { ++met; };  // and all rows were made anew
    {
        const auto log = sqlite::openLog(counting);
        EXPECT_EQ(startsFrom(*log), before);
        sqlite::tellReadersDamagedRows(count);
        const sqlite::ReadModel model(file());
        EXPECT_EQ(model.findDelivery(kTwo), std::get<3>(before));
        EXPECT_EQ(model.findResponse(kResponse), response);
        EXPECT_TRUE(model.bulkRedelivery(kBulk)->requested);
        EXPECT_GE(model.deliveries({}, PageRequest{}).value().data.size(), 2u)
            << "one may have no row";
        EXPECT_GT(met, 0);
        sqlite::tellReadersDamagedRows(nullptr);
        BatchBuilder(*log)
            .start(kOne, 2, AttemptCause::kRetry)
            .succeed(kOne, 2)
            .add(kResponse, completedEvent("resp_x", "{}"), {.payload = makeBytes("{}")})
            .add(kEndpoint, EndpointResumed{"mended"})
            .add(kBulk, BulkRedeliveryFinished{})
            .commit();
    }
    sqlite::rebuild(file());
    expectSound();
}

TEST_F(LogInPlaceTest, AnEndpointStaysPausedThoughItsRowIsGone) {
    BatchBuilder(open())
        .add(kEndpoint, EndpointPaused{"broken"})
        .add("http://127.0.0.1:1", EndpointPaused{"broken too"})
        .commit();
    close();
    {
        SqliteShell shell(file());
        ASSERT_EQ(shell.run("DELETE FROM derived_endpoint WHERE stream = 1"), "");
    }
    const auto paused = open().pausedEndpoints();
    ASSERT_EQ(paused.size(), 2u);
    EXPECT_EQ(paused[0].id, kEndpoint);
}

INSTANTIATE_TEST_SUITE_P(
    WhenTheyAre, DamagedRows,
    ::testing::Values(
        RowDamage{"UPDATE derived_response SET state = 'bogus'", "of no state"},
        RowDamage{"UPDATE derived_response SET client = 'another'", "of another owner"},
        RowDamage{"UPDATE derived_response SET object_id = x'00ff'", "of another type"},
        RowDamage{"UPDATE derived_delivery SET status = 'bogus'", "of no status"},
        RowDamage{"UPDATE derived_delivery SET status = 'pending' WHERE status = 'delivered'",
                  "of another status"},
        RowDamage{"UPDATE derived_delivery SET payload_digest = x'00'", "of half a digest"},
        RowDamage{"UPDATE derived_delivery SET policy = '3;abc'", "of no policy"},
        RowDamage{"UPDATE derived_delivery SET destination_position = 1", "of another URL"},
        RowDamage{"UPDATE derived_delivery SET next_attempt_at = NULL", "of no due time"},
        RowDamage{"UPDATE derived_delivery SET attempts = 'many', round = 7", "of other counts"},
        RowDamage{"DELETE FROM derived_delivery WHERE stream = 2", "gone"},
        RowDamage{"UPDATE derived_delivery SET stream = 99 WHERE stream = 2", "under another key"},
        RowDamage{"UPDATE derived_endpoint SET paused = 0, reason = 'x'", "of no pause"},
        RowDamage{"UPDATE derived_bulk_redelivery SET finished = 1", "of another end"},
        RowDamage{"UPDATE derived_idempotency SET body = x'00'", "of another body"},
        RowDamage{"UPDATE derived_idempotency SET stream = 1", "of another delivery"},
        RowDamage{"UPDATE derived_idempotency SET stream = 4711", "of none"}));

}  // namespace waybill::test
