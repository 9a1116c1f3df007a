// Does a verification find what was done to a log, and nothing where nothing was done?
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "log/schema.h"
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
        const std::string of_three =
            "FROM sqlite_schema WHERE type = 'trigger' AND name IN ('event_log_is_never_updated', "
            "'event_log_is_never_deleted', 'streams_is_never_updated')";
        const std::string make = shell.query("SELECT sql || ';' " + of_three);
        const std::string drop = shell.query("SELECT 'DROP TRIGGER ' || name || ';' " + of_three);
        ASSERT_EQ(shell.run(drop), "");
        ASSERT_EQ(shell.run(sql), "");
        ASSERT_EQ(shell.run(make), "");
        ASSERT_EQ(shell.run("PRAGMA wal_checkpoint(TRUNCATE)"), "");
    }

    void forgetNotedHead() const { std::filesystem::remove(directory_ / "waybill.head"); }

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

bool uncheckedIn(const sqlite::VerifyReport& report, const std::string& words) {
    return std::any_of(report.unchecked.begin(), report.unchecked.end(),
                       [&](const auto& rows) { return rows.what.starts_with(words); });
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

TEST_F(VerifyTest, TheNewestEventDeletedShowsAgainstTheNotedHeadAndInTheDerivedTables) {
    tamper("DELETE FROM event_log WHERE global_position = 10");
    EXPECT_TRUE(contains(firstFinding().rule, "event 10 is missing")) << firstFinding().rule;
    forgetNotedHead();
    const auto finding = firstFinding();
    EXPECT_EQ(finding.stream, kOne);
    EXPECT_TRUE(contains(finding.rule, "derived_delivery: column status")) << finding.rule;
}

TEST_F(VerifyTest, TheNewestEventDeletedWithItsDerivedRowsShowsAgainstAnExpectedHead) {
    const auto directory = std::filesystem::path(file()).parent_path();
    tamper(
        "DELETE FROM event_log WHERE global_position = 10; "
        "DELETE FROM exchanges WHERE global_position = 10; DROP TABLE derived_delivery");
    forgetNotedHead();
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
    EXPECT_TRUE(std::any_of(report.findings.begin(), report.findings.end(), [](const auto& found) {
        return contains(found.rule, "positions in a stream have no gap");
    }));
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
        {"INSERT INTO derived_idempotency VALUES(x'00', 1, x'00', 1, 1)",
         "derived_idempotency has 2"},
        {"UPDATE derived_idempotency SET row_digest = 1", "row_digest is not the digest"},
        {"UPDATE derived_sums SET digests = digests + 1 WHERE name = 'responses'",
         "derived_sums: the row of responses"},
        {"DELETE FROM derived_sums WHERE name = 'open deliveries'", "one is missing"},
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
        {"INSERT INTO payloads VALUES(77, x'00')", "every row of payloads", 77},
        {"INSERT INTO payloads VALUES(6, x'00')", "payloads has 3 rows", 0},
        {"INSERT INTO destinations VALUES(2, '', NULL, x'')", "every row of destinations", 2},
        {"INSERT INTO exchanges VALUES(1, x'', x'', x'')", "every row of exchanges", 1},
        {"INSERT INTO exchanges VALUES(3, x'', x'', x'')", "the answer beside", 3},
        {"INSERT INTO requests VALUES(4, x'', '', x'', NULL)", "requests has 1 rows", 0},
        {"UPDATE destinations SET token = x'00' WHERE global_position = 1", "a token lies beside",
         1},
        {"UPDATE destinations SET url = 'https://example.net/' WHERE global_position = 1",
         "the URL beside", 1},
        {"UPDATE exchanges SET body = x'6e6f' WHERE global_position = 8", "the answer beside", 8},
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

TEST_F(VerifyTest, ATokenThatStayedBehindIsFoundWhereItIsPutBack) {
    {
        const auto log =
            sqlite::openLog({.directory = std::filesystem::path(file()).parent_path()});
        const std::string url = "https://example.org/new";
        RedeliveryRequested there{.round = 2,
                                  .endpoint = "https://example.org:443",
                                  .previous_endpoint = "https://example.com:443",
                                  .url_digest = saltedSha256("salt", url),
                                  .token_changed = true,
                                  .token_dropped = true,
                                  .due_at = epoch()};
        RedeliveryRequested back = there;
        back.round = 3;
        back.token_changed = back.token_dropped = false;
        BatchBuilder(*log)
            .accept("dlv_moved", "{}", "s3cret")
            .add("dlv_moved", there, {.destination = Destination{url, ""}, .salt = "salt"})
            .add("dlv_moved", back, {.destination = Destination{url, ""}, .salt = "salt"})
            .commit();
    }
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
    for (const std::uint64_t position : {12, 13}) {
        const std::string untouched = readFile(file());
        tamper(
            "UPDATE destinations SET token = (SELECT token FROM destinations WHERE "
            "global_position = 11) WHERE global_position = " +
            std::to_string(position));
        EXPECT_TRUE(contains(firstFinding().rule, "a token lies beside")) << firstFinding().rule;
        EXPECT_EQ(firstFinding().global_position, position);
        writeFile(file(), untouched);
    }
}

TEST_F(VerifyTest, EveryObjectOfTheSchemaIsTheOneThatThisVersionMakes) {
    const struct {
        const char* change;
        const char* words;
    } cases[] = {
        {"DROP TRIGGER streams_is_never_replaced", "trigger streams_is_never_replaced is missing"},
        {"DROP VIEW deliveries", "view deliveries is missing"},
        {"DROP VIEW attempts; CREATE VIEW attempts AS SELECT 1 AS attempt",
         "view attempts is not the one"},
        {"DROP INDEX derived_delivery_open", "index derived_delivery_open is missing"},
        {"CREATE TRIGGER theirs AFTER INSERT ON payloads BEGIN SELECT 1; END",
         "trigger theirs on payloads is none of Waybill's"},
    };
    for (const auto& [change, words] : cases) {
        const std::string untouched = readFile(file());
        tamper(change);
        EXPECT_TRUE(contains(firstFinding().rule, words)) << change << ": " << firstFinding().rule;
        writeFile(file(), untouched);
    }
    tamper("CREATE TABLE _litestream_seq(id INTEGER PRIMARY KEY, seq INTEGER)");
    const auto report = sqlite::verify({.file = file()});
    EXPECT_TRUE(report.sound());
    EXPECT_TRUE(uncheckedIn(report, "table _litestream_seq that is none of Waybill's"));
}

TEST_F(VerifyTest, AValueOfAnotherTypeWithTheSameBytesIsFound) {
    for (const char* change :
         {"UPDATE event_log SET data = CAST(data AS BLOB) WHERE global_position = 8",
          "UPDATE payloads SET bytes = CAST(bytes AS TEXT) WHERE global_position = 1",
          "UPDATE derived_delivery SET client = CAST(client AS BLOB)"}) {
        const std::string untouched = readFile(file());
        tamper(change);
        EXPECT_TRUE(contains(firstFinding().rule, "every value has the type of its column"))
            << change << ": " << firstFinding().rule;
        writeFile(file(), untouched);
    }
}

TEST_F(VerifyTest, AStreamWithoutAnEventIsNamed) {
    tamper("INSERT INTO streams VALUES(99, 'dlv_nobody')");
    EXPECT_EQ(firstFinding().stream, "dlv_nobody");
}

TEST_F(VerifyTest, KeysThatWereExchangedWithAllTheirRowsAreFound) {
    tamper(
        "UPDATE event_log SET stream = 99 WHERE stream = 1; "
        "UPDATE event_log SET stream = 1 WHERE stream = 3; "
        "UPDATE event_log SET stream = 3 WHERE stream = 99; "
        "UPDATE streams SET stream = 99 WHERE stream = 1; "
        "UPDATE streams SET stream = 1 WHERE stream = 3; "
        "UPDATE streams SET stream = 3 WHERE stream = 99");
    EXPECT_TRUE(contains(firstFinding().rule, "in the order of their first events"));
}

TEST_F(VerifyTest, AHeadThatWasNotedEarlierIsOneThatTheLogGoesOnFrom) {
    const auto directory = std::filesystem::path(file()).parent_path();
    const auto log = sqlite::openLog({.directory = directory});
    BatchBuilder(*log).accept(kThree).start(kThree).commit();
    for (const auto position : {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(10)}) {
        const auto report =
            sqlite::verify({.file = file(), .expect_head = head(), .expect_position = position});
        EXPECT_TRUE(report.sound());
        EXPECT_EQ(report.expected_at, 10u);
        EXPECT_EQ(report.head_position, 12u);
    }
    const struct {
        std::uint64_t position;
        const char* words;
    } cases[] = {{9, "event 9 has another hash"}, {13, "it ends with event 12, before event 13"}};
    for (const auto& [position, words] : cases) {
        const auto report =
            sqlite::verify({.file = file(), .expect_head = head(), .expect_position = position});
        ASSERT_EQ(report.findings.size(), 1u);
        EXPECT_TRUE(contains(report.findings[0].rule, words)) << report.findings[0].rule;
    }
}

TEST_F(VerifyTest, WhatNoDigestCoversIsCountedAsUncheckedAndGoneWhenItsResponseIsOver) {
    const auto directory = std::filesystem::path(file()).parent_path();
    const StreamId background = "resp_0000000000000000000000002";
    {
        const auto log = sqlite::openLog({.directory = directory});
        BatchBuilder(*log)
            .add(background, createdEvent(true),
                 {.destination = Destination{"https://example.com/later", "a token"},
                  .salt = "salt",
                  .request = StoredRequest{"{}", "{}", "{}", "a key"}})
            .commit();
    }
    const auto report = sqlite::verify({.file = file()});
    EXPECT_TRUE(report.sound()) << report.findings[0].rule;
    EXPECT_TRUE(uncheckedIn(report, "rows of requests"));
    EXPECT_TRUE(uncheckedIn(report, "URLs in destinations"));
    const std::string untouched = readFile(file());
    for (const char* change : {"UPDATE requests SET client_key = x'01020304'",
                               "UPDATE destinations SET token = x'00' WHERE token IS NOT NULL"}) {
        tamper(change);
        EXPECT_TRUE(contains(firstFinding().rule, "a sealed secret beside")) << change;
        writeFile(file(), untouched);
    }
    const std::string kept = SqliteShell(file()).query(
        "SELECT global_position || ', x' || quote(hex(body)) FROM requests");
    {
        const auto log = sqlite::openLog({.directory = directory});
        BatchBuilder(*log)
            .add(background, completedEvent("obj_2", "{}"), {.payload = makeBytes("{}")})
            .commit();
    }
    EXPECT_FALSE(uncheckedIn(sqlite::verify({.file = file()}), "rows of requests"));
    tamper("INSERT INTO requests VALUES(" + kept + ", '{}', x'', NULL)");
    EXPECT_TRUE(contains(firstFinding().rule, "the request of a response that is over"));
}

TEST_F(VerifyTest, AnAnswerToADeliveryWhosePayloadWasErasedIsGone) {
    const std::string answers =
        "exchanges WHERE global_position IN (SELECT global_position FROM event_log JOIN streams "
        "USING(stream) WHERE id = '" +
        kOne + "')";
    const auto countOfAnswers = [&] {
        return SqliteShell(file()).query("SELECT count(*) FROM " + answers);
    };
    const std::string put_back = SqliteShell(file()).query(
        "SELECT printf('INSERT INTO exchanges VALUES(%d, x''%s'', x''%s'', x''%s'');', "
        "global_position, hex(head), hex(body), hex(salt)) FROM " +
        answers);
    const std::string directory = std::filesystem::path(file()).parent_path();
    const auto left = "answers of receivers that an earlier version kept";
    BatchBuilder(*sqlite::openLog({.directory = directory}))
        .add(kOne, PayloadErased{"asked for"}, {.erase_payload = true})
        .commit();
    EXPECT_EQ(countOfAnswers(), "0\n");
    auto report = sqlite::verify({.file = file()});
    EXPECT_TRUE(report.sound());
    EXPECT_FALSE(uncheckedIn(report, "answers of receivers"));

    tamper(put_back);
    EXPECT_NE(countOfAnswers(), "0\n");
    EXPECT_TRUE(contains(firstFinding().rule, "one is still there")) << firstFinding().rule;

    tamper("DELETE FROM derived_state WHERE name = 'answers_erased'");
    report = sqlite::verify({.file = file()});
    EXPECT_TRUE(report.sound());
    EXPECT_TRUE(uncheckedIn(report, left));
    sqlite::openLog({.directory = directory});
    EXPECT_EQ(countOfAnswers(), "0\n");
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
}

TEST_F(VerifyTest, AKeyThatIsNotTheLogsIsFound) {
    const auto directory = std::filesystem::path(file()).parent_path();
    {
        const auto log = sqlite::openLog({.directory = directory});
        BatchBuilder(*log).accept(kThree, "{}", "a token").commit();
    }
    EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
    std::string key = readFile(directory / "secrets.key");
    key[7] = static_cast<char>(key[7] ^ 1);
    writeFile(directory / "secrets.key", key);
    EXPECT_TRUE(contains(firstFinding().rule, "secrets.key is the key"));
    std::filesystem::remove(directory / "secrets.key");
    const auto report = sqlite::verify({.file = file()});
    EXPECT_TRUE(report.sound());
    EXPECT_TRUE(uncheckedIn(report, "sealed secrets"));
}

TEST_F(VerifyTest, ATableThatCannotBeReadKeepsNothingElseFromBeingChecked) {
    const std::int64_t root = std::stoll(SqliteShell(file()).query(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'derived_endpoint'"));
    std::string bytes = readFile(file());
    bytes.replace(static_cast<std::size_t>(root - 1) * 8192, 8192, 8192, 'x');
    const std::size_t place = bytes.find("connection refused");
    ASSERT_NE(place, std::string::npos);
    bytes[place] = 'C';
    writeFile(file(), bytes);
    const auto report = sqlite::verify({.file = file()});
    EXPECT_EQ(report.events, 10u);
    EXPECT_EQ(report.streams, 3u);
    const auto has = [&](std::uint64_t position, const char* words) {
        return std::any_of(report.findings.begin(), report.findings.end(), [&](const auto& found) {
            return found.global_position == position && contains(found.rule, words);
        });
    };
    EXPECT_TRUE(has(3, "a hash covers the event"));
    EXPECT_TRUE(has(0, "derived_endpoint can be read"));
}

TEST_F(VerifyTest, AtMostTwentyFindingsAreKept) {
    tamper("UPDATE event_log SET hash = randomblob(32)");
    const auto report = sqlite::verify({.file = file()});
    EXPECT_GT(report.findings.size(), 1u);
    EXPECT_LE(report.findings.size(), 20u);
    EXPECT_EQ(report.findings.front().global_position, 1u);
    EXPECT_TRUE(report.reached_end) << "ten events are fewer than twenty findings";
}

TEST_F(VerifyTest, TheEndIsNotReachedWhereReadingStopsAtTheTwentiethFinding) {
    {
        const auto log =
            sqlite::openLog({.directory = std::filesystem::path(file()).parent_path()});
        BatchBuilder batch(*log);
        for (int i = 0; i < 20; ++i)
            batch.accept("dlv_" + std::to_string(i));
        batch.commit();
    }
    tamper("UPDATE event_log SET hash = randomblob(32)");
    const auto report = sqlite::verify({.file = file()});
    EXPECT_EQ(report.findings.size(), 20u);
    EXPECT_FALSE(report.reached_end);
}

TEST_F(VerifyTest, MissingDerivedObjectsAreOneFindingAndTheChainIsCheckedAllTheSame) {
    std::string drop;
    for (const auto& object : sqlite::derivedSchema())
        drop.insert(0, "DROP " + object.type + " IF EXISTS " + object.name + ";");
    tamper(drop);
    const auto report = sqlite::verify({.file = file(), .expect_head = head()});
    ASSERT_EQ(report.findings.size(), 1u);
    const std::string& rule = report.findings.front().rule;
    EXPECT_TRUE(contains(rule, "the table derived_delivery is missing")) << rule;
    EXPECT_TRUE(contains(rule, "the view responses is missing; the next start makes")) << rule;
    EXPECT_EQ(report.events, 10u);
    EXPECT_EQ(report.streams, 3u);
    EXPECT_TRUE(report.reached_end);

    tamper("UPDATE event_log SET data = replace(data, 'connection', 'Connection')");
    EXPECT_EQ(firstFinding().global_position, 3u);
}

TEST_F(VerifyTest, WhatIsNoLogIsRefused) {
    writeFile(file(), "not a database at all");
    EXPECT_THROW(sqlite::verify({.file = file()}), ConfigError);
    std::filesystem::remove(file());
    EXPECT_THROW(sqlite::verify({.file = file()}), StoreUnavailable);
}

}  // namespace waybill::test
