// Does a verification find what was done to a log, and nothing where nothing was done?
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "support/batch_builder.h"
#include "support/directory_contents.h"
#include "support/sqlite_shell.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {

namespace {

/// A closed log of ten events, which a test tampers with as somebody could who has the file.
class VerifyTest : public ::testing::Test {
protected:
    VerifyTest() {
        const auto log = sqlite::openLog({.directory = directory_.path()});
        DeliveryAccepted of_response = acceptedEvent("{}");
        of_response.payload_stream = kResponse;
        of_response.idempotency = IdempotencyKey{sha256("key"), sha256("body")};
        BatchBuilder(*log)
            .accept(kOne, "{\"first\":1}")
            .start(kOne)
            .fail(kOne, 1, epoch() + std::chrono::seconds(5))
            .add(kResponse, createdEvent())
            .add(kResponse, completedEvent("obj_1", "{}"), {.payload = makeBytes("{}")})
            .add(kTwo, of_response,
                 {.destination = Destination{"https://example.com/hook?key=in-the-query", {}},
                  .salt = "0123456789abcdef"})
            .start(kTwo)
            .succeed(kTwo)
            .start(kOne, 2, AttemptCause::kRetry)
            .succeed(kOne, 2)
            .commit();
        head_ = log->head().hash;
    }

    std::string file() const { return directory_ / "waybill.db"; }
    const Digest& head() const { return head_; }

    /// As somebody does who knows about the triggers.
    void tamper(const std::string& sql) const {
        SqliteShell shell(file());
        ASSERT_EQ(shell.run("DROP TRIGGER event_log_is_never_updated; "
                            "DROP TRIGGER event_log_is_never_deleted; "
                            "DROP TRIGGER streams_is_never_updated"),
                  "");
        ASSERT_EQ(shell.run(sql), "");
        ASSERT_EQ(shell.run("PRAGMA wal_checkpoint(TRUNCATE)"), "");
    }

    sqlite::Finding firstFinding(std::optional<Digest> expect_head = std::nullopt) const {
        const auto report = sqlite::verify({.file = file(), .expect_head = expect_head});
        if (report.sound()) {
            ADD_FAILURE() << "nothing was found";
            return {};
        }
        return report.findings.front();
    }

private:
    TemporaryDirectory directory_;
    Digest head_{};
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_F(VerifyTest, AnUntouchedLogIsSound) {
    const auto report = sqlite::verify({.file = file(), .expect_head = head()});
    EXPECT_TRUE(report.sound());
    EXPECT_EQ(report.events, 10u);
    EXPECT_EQ(report.streams, 3u);
    EXPECT_EQ(report.payloads, 2u);
    EXPECT_EQ(report.head, head());
}

TEST_F(VerifyTest, ItIsSoundWhileADaemonWrites) {
    const auto log = sqlite::openLog({.directory = std::filesystem::path(file()).parent_path()});
    BatchBuilder(*log).accept("dlv_while_verifying").start("dlv_while_verifying").commit();
    const auto report = sqlite::verify({.file = file()});
    EXPECT_TRUE(report.sound());
    EXPECT_EQ(report.head, log->head().hash);
    BatchBuilder(*log).succeed("dlv_while_verifying").commit();
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
}

TEST_F(VerifyTest, AVerificationChangesNothing) {
    const std::string before = readFile(file());
    sqlite::verify({.file = file()});
    EXPECT_EQ(readFile(file()), before);
}

TEST_F(VerifyTest, OneChangedByteInTheFileIsNamed) {
    std::string bytes = readFile(file());
    const std::size_t place = bytes.find("connection refused");
    ASSERT_NE(place, std::string::npos);
    bytes[place] = 'C';
    writeFile(file(), bytes);
    const auto finding = firstFinding();
    EXPECT_EQ(finding.global_position, 3u);
    EXPECT_EQ(finding.stream, kOne);
    EXPECT_EQ(finding.position, 3u);
    EXPECT_FALSE(finding.rule.empty());
}

TEST_F(VerifyTest, EveryColumnOfAnEventIsCovered) {
    for (const char* change :
         {"actor = 'client:somebody'", "recorded_at = recorded_at + 1", "type = 'attempt_failed'",
          "data = replace(data, '200', '201')", "hash = zeroblob(32)"}) {
        const std::string untouched = readFile(file());
        tamper(std::string("UPDATE event_log SET ") + change + " WHERE global_position = 8");
        EXPECT_EQ(firstFinding().global_position, 8u) << change;
        writeFile(file(), untouched);
    }
}

TEST_F(VerifyTest, ARenamedStreamIsNamed) {
    tamper("UPDATE streams SET id = 'dlv_another' WHERE id = '" + kTwo + "'");
    const auto finding = firstFinding();
    EXPECT_EQ(finding.global_position, 6u);
    EXPECT_EQ(finding.stream, "dlv_another");
}

TEST_F(VerifyTest, ADeletedEventIsNamed) {
    tamper("DELETE FROM event_log WHERE global_position = 4");
    EXPECT_EQ(firstFinding().global_position, 4u);
}

TEST_F(VerifyTest, TheNewestEventDeletedShowsInTheDerivedTables) {
    tamper("DELETE FROM event_log WHERE global_position = 10");
    const auto finding = firstFinding();
    EXPECT_EQ(finding.stream, kOne);
    EXPECT_TRUE(contains(finding.rule, "derived_delivery: column status")) << finding.rule;
}

TEST_F(VerifyTest, TheNewestEventDeletedWithItsDerivedRowsShowsAgainstAnExpectedHead) {
    const auto directory = std::filesystem::path(file()).parent_path();
    tamper("DELETE FROM event_log WHERE global_position = 10; DROP TABLE derived_delivery");
    sqlite::openLog({.directory = directory}).reset();  // makes the derived tables anew
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
    const auto finding = firstFinding(head());
    EXPECT_EQ(finding.global_position, 9u);
    EXPECT_TRUE(contains(finding.rule, "expected head")) << finding.rule;
}

TEST_F(VerifyTest, TwoSwappedEventsAreNamed) {
    tamper(
        "UPDATE event_log SET global_position = 99 WHERE global_position = 5; "
        "UPDATE event_log SET global_position = 5 WHERE global_position = 7; "
        "UPDATE event_log SET global_position = 7 WHERE global_position = 99");
    EXPECT_EQ(firstFinding().global_position, 5u);
}

TEST_F(VerifyTest, AForgedEventWithARightHashIsStillOneThatCannotFollow) {
    // Rebuilt with hashes that fit, as somebody could who knows the log's id.
    TemporaryDirectory forged;
    const auto log = sqlite::openLog({.directory = forged.path()});
    BatchBuilder(*log).accept(kOne).start(kOne).commit();
    {
        SqliteShell shell(forged / "waybill.db");
        ASSERT_EQ(shell.run("DROP TRIGGER event_log_is_never_updated; "
                            "UPDATE event_log SET position = 3 WHERE global_position = 2"),
                  "");
    }
    const auto report = sqlite::verify({.file = forged / "waybill.db"});
    ASSERT_GE(report.findings.size(), 2u);
    EXPECT_TRUE(contains(report.findings[1].rule, "positions in a stream have no gap"));
}

TEST_F(VerifyTest, EveryDerivedTableIsHeldAgainstTheEvents) {
    const struct {
        const char* change;
        const char* words;
    } cases[] = {
        {"UPDATE derived_delivery SET round = 7 WHERE stream = 1", "column round holds 7"},
        {"UPDATE derived_delivery SET status = 'lost' WHERE stream = 1", "status"},
        {"UPDATE derived_response SET model = 'another'", "column model"},
        {"DELETE FROM derived_delivery WHERE stream = 1", "there is none in derived_delivery"},
        {"DELETE FROM derived_idempotency", "does not know this stream's key"},
        {"UPDATE derived_idempotency SET accepted_at = 1", "not what the event says"},
        {"INSERT INTO derived_idempotency VALUES(x'00', 1, x'00', 1)", "derived_idempotency has 2"},
        {"DROP TABLE derived_endpoint", "derived_endpoint is missing"},
    };
    for (const auto& [change, words] : cases) {
        const std::string untouched = readFile(file());
        tamper(change);
        EXPECT_TRUE(contains(firstFinding().rule, words)) << change << ": " << firstFinding().rule;
        writeFile(file(), untouched);
    }
}

TEST_F(VerifyTest, TheBytesBesideTheLogAreHeldAgainstTheirDigests) {
    const struct {
        const char* change;
        const char* words;
        std::uint64_t global_position;
    } cases[] = {
        {"UPDATE payloads SET bytes = x'00' WHERE global_position = 1", "the payload has", 1},
        {"DELETE FROM payloads WHERE global_position = 5", "the payload is there", 5},
        {"INSERT INTO payloads VALUES(77, x'00')", "payloads has 3 rows", 0},
        {"UPDATE destinations SET url = 'https://example.net/' WHERE global_position = 1",
         "the URL beside", 1},
        {"UPDATE exchanges SET body = 'no' WHERE global_position = 8", "the answer beside", 8},
    };
    for (const auto& [change, words, global_position] : cases) {
        const std::string untouched = readFile(file());
        tamper(change);
        const auto finding = firstFinding();
        EXPECT_TRUE(contains(finding.rule, words)) << change << ": " << finding.rule;
        EXPECT_EQ(finding.global_position, global_position) << change;
        writeFile(file(), untouched);
    }
}

TEST_F(VerifyTest, AtMostTwentyFindingsAreKept) {
    tamper("UPDATE event_log SET hash = randomblob(32)");
    const auto report = sqlite::verify({.file = file()});
    EXPECT_GT(report.findings.size(), 1u);
    EXPECT_LE(report.findings.size(), 20u);
    EXPECT_EQ(report.findings.front().global_position, 1u);
}

TEST_F(VerifyTest, WhatIsNoLogIsRefused) {
    writeFile(file(), "not a database at all");
    EXPECT_THROW(sqlite::verify({.file = file()}), ConfigError);
    std::filesystem::remove(file());
    EXPECT_THROW(sqlite::verify({.file = file()}), StoreUnavailable);
}

}  // namespace waybill::test
