// A data directory: who may read it, who may open it, and what is refused and left untouched.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <tuple>

#include "support/batch_builder.h"
#include "support/directory_contents.h"
#include "support/sqlite_shell.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {

namespace {

class DataDirectoryTest : public ::testing::Test {
protected:
    std::string data() const { return directory_ / "data"; }
    std::string file(const std::string& name) const { return data() + '/' + name; }
    sqlite::LogOptions options() const { return {.directory = data()}; }
    std::unique_ptr<EventLog> open() const { return sqlite::openLog(options()); }

    void makeLog(const std::string& token = {}) const {
        const auto log = open();
        BatchBuilder(*log).accept(kOne, "{}", token).commit();
    }

    /// What is left of a process that was killed: a log with its newest events only in the
    /// write-ahead log. Opened and copied before it is closed.
    void makeKilledLog() const {
        const std::string living = directory_ / "living";
        const auto log = sqlite::openLog({.directory = living});
        BatchBuilder(*log).accept(kOne, "{}", "token").commit();
        std::filesystem::copy(living, data());
    }

    /// Opening throws `Refusal` with every one of `words`, and changes nothing.
    template <typename Refusal>
    void expectRefused(const std::string& words) const {
        const auto before = contentsOf(data());
        try {
            open();
            FAIL() << "it was opened";
        } catch (const Refusal& refusal) {
            EXPECT_NE(refusal.message().find(words), std::string::npos) << refusal.message();
            EXPECT_EQ(refusal.message().find('\n'), std::string::npos) << "one line";
        }
        EXPECT_EQ(contentsOf(data()), before);
    }

    static mode_t modeOf(const std::string& path) {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
        return status.st_mode & 07777;
    }

    TemporaryDirectory directory_;
};

/// Copies a share of the newest page images of a write-ahead log into the database file
/// (https://www.sqlite.org/walformat.html), as a checkpoint that was interrupted does.
void movePages(const std::string& database, int seed) {
    constexpr std::size_t kHeader = 32;
    constexpr std::size_t kFrameHeader = 24;
    constexpr std::size_t kPage = 8192;
    const std::string wal = readFile(database + "-wal");
    std::string content = readFile(database);
    const auto number = [&](std::size_t at) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i)
            value = value << 8 | static_cast<unsigned char>(wal[at + i]);
        return value;
    };
    for (std::size_t at = kHeader; at + kFrameHeader + kPage <= wal.size();
         at += kFrameHeader + kPage) {
        if (wal.compare(at + 8, 8, wal, 16, 8) != 0) break;  // of an earlier write-ahead log
        const std::size_t page = number(at);
        if ((page + static_cast<std::size_t>(seed)) % 3 == 0) continue;
        const std::size_t end = page * kPage;
        if (content.size() < end) content.resize(end);
        content.replace(end - kPage, kPage, wal, at + kFrameHeader, kPage);
    }
    writeFile(database, content);
}

/// Overwrites some bytes of a file in place.
void patch(const std::string& path, std::size_t offset, const std::string& bytes) {
    std::string content = readFile(path);
    content.replace(offset, bytes.size(), bytes);
    writeFile(path, content);
}

}  // namespace

TEST_F(DataDirectoryTest, OnlyItsOwnerCanReadIt) {
    const auto log = open();
    BatchBuilder(*log).accept(kOne, "{}", "token").commit();
    EXPECT_EQ(modeOf(data()), 0700u);
    for (const char* name :
         {"waybill.db", "waybill.db-wal", "waybill.db-shm", "waybill.lock", "secrets.key"}) {
        EXPECT_EQ(modeOf(file(name)), 0600u) << name;
    }
}

TEST_F(DataDirectoryTest, ParentsAreMadeToo) {
    for (const char* deep : {"a/b/c", "d/e/"}) {
        EXPECT_TRUE(sqlite::openLog({.directory = directory_ / deep}));
        EXPECT_EQ(modeOf(directory_ / deep), 0700u);
    }
}

// ---- the lock

TEST_F(DataDirectoryTest, ASecondOpenerIsToldWhoHoldsIt) {
    sqlite::LogOptions first = options();
    first.url = "http://127.0.0.1:8080";
    const auto log = sqlite::openLog(first);
    try {
        open();
        FAIL() << "two writers";
    } catch (const StoreUnavailable& refusal) {
        EXPECT_NE(refusal.message().find(std::to_string(::getpid())), std::string::npos);
        EXPECT_NE(refusal.message().find("http://127.0.0.1:8080"), std::string::npos);
    }
    BatchBuilder(*log).accept(kOne).commit();
    EXPECT_EQ(log->head().global_position, 1u);
}

TEST_F(DataDirectoryTest, LocalToolsFindTheHolder) {
    EXPECT_FALSE(sqlite::lockHolder(data()));
    auto log = open();
    sqlite::publishUrl(data(), "http://127.0.0.1:4711");
    ASSERT_TRUE(sqlite::lockHolder(data()));
    EXPECT_EQ(sqlite::lockHolder(data())->pid, ::getpid());
    EXPECT_EQ(sqlite::lockHolder(data())->url, "http://127.0.0.1:4711");
    sqlite::publishUrl(data(), "http://[::1]:1");
    EXPECT_EQ(sqlite::lockHolder(data())->url, "http://[::1]:1");
    log.reset();
    EXPECT_FALSE(sqlite::lockHolder(data()));
    EXPECT_THROW(sqlite::publishUrl(data(), "http://127.0.0.1:4711"), StoreUnavailable);
}

TEST_F(DataDirectoryTest, AskingForTheHolderDoesNotGetInTheWay) {
    makeLog();
    for (int i = 0; i < 20; ++i) {
        EXPECT_FALSE(sqlite::lockHolder(data()));
        EXPECT_TRUE(open());
    }
}

// ---- what is refused

TEST_F(DataDirectoryTest, ANewerLogIsRefused) {
    makeLog();
    patch(file("waybill.db"), 60, std::string("\0\0\0\2", 4));  // user_version
    expectRefused<ConfigError>("newer version");
}

TEST_F(DataDirectoryTest, ANewerLogLeftByAKilledProcessIsRefused) {
    makeKilledLog();
    patch(file("waybill.db"), 60, std::string("\0\0\0\2", 4));
    expectRefused<ConfigError>("newer version");
}

TEST_F(DataDirectoryTest, AnotherDatabaseIsRefused) {
    makeLog();
    patch(file("waybill.db"), 68, "abcd");  // application_id
    expectRefused<ConfigError>("not a Waybill log");
}

TEST_F(DataDirectoryTest, AFileThatIsNoDatabaseIsRefused) {
    makeLog();
    writeFile(file("waybill.db"), std::string(20'000, 'x'));
    expectRefused<ConfigError>("not a Waybill log");
}

TEST_F(DataDirectoryTest, AnEmptyFileIsRefused) {
    makeLog();
    writeFile(file("waybill.db"), "");
    expectRefused<StoreUnavailable>("is empty");
}

TEST_F(DataDirectoryTest, ALogCutShortIsRefused) {
    makeLog();
    const std::string content = readFile(file("waybill.db"));
    writeFile(file("waybill.db"), content.substr(0, content.size() / 2));
    expectRefused<StoreUnavailable>("cut short");
}

TEST_F(DataDirectoryTest, ALogCutShortLeftByAKilledProcessIsRefused) {
    makeKilledLog();
    const std::string content = readFile(file("waybill.db"));
    writeFile(file("waybill.db"), content.substr(0, 4 * 8192));
    expectRefused<StoreUnavailable>("damaged");
}

TEST_F(DataDirectoryTest, ALogWithADamagedPageIsRefused) {
    makeLog();
    patch(file("waybill.db"), 100, std::string(4000, '\xa5'));  // the schema's page
    expectRefused<StoreUnavailable>("damaged");
}

TEST_F(DataDirectoryTest, AWriteAheadLogWithoutItsLogIsRefused) {
    makeKilledLog();
    std::filesystem::remove(file("waybill.db"));
    expectRefused<StoreUnavailable>("is missing");
}

TEST_F(DataDirectoryTest, WhatIsRefusedGetsNoLockFileEither) {
    makeLog();
    std::filesystem::remove(file("waybill.lock"));
    patch(file("waybill.db"), 68, "abcd");
    expectRefused<ConfigError>("not a Waybill log");
    EXPECT_FALSE(std::filesystem::exists(file("waybill.lock")));
}

TEST_F(DataDirectoryTest, APathThatIsNoDirectoryIsRefused) {
    writeFile(data(), "a file");
    try {
        open();
        FAIL() << "it was opened";
    } catch (const StoreUnavailable& refusal) {
        EXPECT_EQ(refusal.message(), data() + " is not a directory");
    }
    EXPECT_EQ(readFile(data()), "a file");
}

// ---- a write-ahead log and the file it was written for

/// How somebody makes a copy of a log that is open.
enum class CopyBy { kBackup, kVacuum, kFile };

class CopyOfALog : public DataDirectoryTest {
protected:
    static void copy(const std::string& from, const std::string& to, CopyBy how) {
        if (how == CopyBy::kFile) return std::filesystem::copy(from, to), void();
        SqliteShell shell(from);
        if (how == CopyBy::kVacuum) {
            EXPECT_EQ(shell.run("VACUUM INTO '" + to + "'"), "");
        } else {
            EXPECT_EQ(shell.backUp(to), "");
        }
    }

    /// Puts a copy in the place of the log, as the documentation says, where no head is noted.
    void putBack(const std::string& backup) const {
        std::filesystem::remove(file("waybill.head"));
        std::filesystem::remove(file("waybill.db-wal"));
        std::filesystem::remove(file("waybill.db-shm"));
        std::filesystem::copy(backup, file("waybill.db"),
                              std::filesystem::copy_options::overwrite_existing);
    }

    /// So many deliveries, a commit each, with the housekeeping of an idle engine.
    static void append(EventLog& log, const std::string& name, int deliveries) {
        for (int i = 0; i < deliveries; ++i) {
            BatchBuilder(log)
                .accept("dlv_" + name + std::to_string(i), std::string(3000, 'p'))
                .commit();
            log.maintain(false);
        }
    }
};

/// Copies a directory as a killed process leaves it. The index of the write-ahead log stays behind.
void copyAsKilled(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to);
    std::filesystem::remove(to + "/waybill.db-shm");
}

class RestoredCopy : public CopyOfALog,
                     public ::testing::WithParamInterface<std::tuple<CopyBy, int, int>> {};

/// SQLite replays any write-ahead log whose checksums are right.
TEST_P(RestoredCopy, BesideTheOldWriteAheadLogIsRefusedOrWhole) {
    const auto [how, before, after] = GetParam();
    const std::string living = directory_ / "living";
    const std::string backup = directory_ / "backup.db";
    const auto log = sqlite::openLog({.directory = living, .checkpoint_idle_bytes = 256 * 1024});
    append(*log, "before", before);
    copy(living + "/waybill.db", backup, how);
    append(*log, "after", after);
    std::filesystem::copy(living, data());  // as a killed process leaves it
    std::filesystem::copy(backup, file("waybill.db"),
                          std::filesystem::copy_options::overwrite_existing);
    const auto untouched = contentsOf(data());
    try {
        const auto restored = open();
        EXPECT_TRUE(sqlite::verify({.file = file("waybill.db")}).findings.empty());
        EXPECT_EQ(restored->head(), log->head()) << "one state or the other, not a third one";
    } catch (const StoreUnavailable& refusal) {
        EXPECT_NE(refusal.message().find("waybill.db-wal"), std::string::npos) << refusal.message();
        EXPECT_NE(refusal.message().find("move"), std::string::npos) << refusal.message();
        EXPECT_EQ(contentsOf(data()), untouched);
    }
    if (how == CopyBy::kFile) return;  // of a file that is open it is no copy
    putBack(backup);
    {
        const auto restored = open();
        EXPECT_EQ(restored->head().global_position, static_cast<std::uint64_t>(before));
        append(*restored, "more", 3);
    }
    EXPECT_TRUE(sqlite::verify({.file = file("waybill.db")}).findings.empty());
}

INSTANTIATE_TEST_SUITE_P(
    OfAnySize, RestoredCopy,
    ::testing::Combine(::testing::Values(CopyBy::kBackup, CopyBy::kVacuum, CopyBy::kFile),
                       ::testing::Values(1, 40), ::testing::Values(1, 20, 120)));

class RestoredAndKilled : public CopyOfALog, public ::testing::WithParamInterface<CopyBy> {};

/// Other programs may make tables in it, and keep its write-ahead log from being begun anew.
TEST_P(RestoredAndKilled, StartsAgainWhateverOtherProgramsDidToIt) {
    const std::string living = directory_ / "living";
    const std::string backup = directory_ / "backup.db";
    {
        const auto log = sqlite::openLog({.directory = living, .checkpoint_idle_bytes = 64 * 1024});
        append(*log, "before", 30);
        copy(living + "/waybill.db", backup, GetParam());
    }
    std::filesystem::create_directory(data());
    const std::string killed = directory_ / "killed";
    const auto expectStart = [&](std::uint64_t events) {
        copyAsKilled(data(), killed);
        std::unique_ptr<EventLog> log;
        ASSERT_NO_THROW(log = sqlite::openLog({.directory = killed}));
        EXPECT_EQ(log->head().global_position, events);
    };
    for (const bool reads_on : {false, true}) {
        putBack(backup);
        SqliteShell other(file("waybill.db"));
        if (reads_on) {
            EXPECT_EQ(other.run("PRAGMA journal_mode = WAL; CREATE TABLE theirs(x); BEGIN;"
                                "SELECT count(*) FROM event_log"),
                      "");
        }
        const auto log = open();
        if (!reads_on) {
            EXPECT_EQ(other.run("CREATE TABLE theirs(x)"), "");
        }
        expectStart(30);
        append(*log, "more", 1);
        expectStart(31);
        append(*log, "many", 40);
        expectStart(71);
    }
}

INSTANTIATE_TEST_SUITE_P(CopiedBy, RestoredAndKilled,
                         ::testing::Values(CopyBy::kBackup, CopyBy::kVacuum));

/// Not a write-ahead log of another file, but a row that somebody deleted or changed.
TEST_F(DataDirectoryTest, ADamagedPayloadBesideTheNewestEventsIsToldAndStopsNoStart) {
    const std::string living = directory_ / "living";
    const auto log = sqlite::openLog({.directory = living});
    BatchBuilder(*log).accept(kOne).accept(kTwo).commit();
    {
        SqliteShell shell(living + "/waybill.db");
        EXPECT_EQ(shell.run("DELETE FROM payloads WHERE global_position = 1;"
                            "UPDATE payloads SET bytes = x'00' WHERE global_position = 2"),
                  "");
    }
    std::filesystem::copy(living, data());
    std::vector<std::string> notices;
    sqlite::LogOptions told{.directory = data()};
    told.on_notice = [&](const std::string& notice) { notices.push_back(notice); };
    EXPECT_EQ(sqlite::openLog(told)->head(), log->head());
    ASSERT_EQ(notices.size(), 2u);
    EXPECT_NE(notices[0].find(kTwo + ": this does not hold: the payload has the size"),
              std::string::npos)
        << notices[0];
    EXPECT_NE(notices[1].find(kOne + ": this does not hold: the payload is there"),
              std::string::npos)
        << notices[1];
}

TEST_F(CopyOfALog, WithoutMarksIsHeldAgainstTheChain) {
    const std::string living = directory_ / "living";
    const std::string backup = directory_ / "backup.db";
    const auto log = sqlite::openLog({.directory = living, .checkpoint_idle_bytes = 256 * 1024});
    const auto forgetMarks = [&] {
        SqliteShell shell(living + "/waybill.db");
        EXPECT_EQ(shell.run("DELETE FROM log_info WHERE name = 'wal_began'"), "");
    };
    append(*log, "before", 30);
    forgetMarks();
    SqliteShell(living + "/waybill.db").backUp(backup);
    append(*log, "after", 100);
    forgetMarks();
    std::filesystem::copy(living, data());
    std::filesystem::copy(backup, file("waybill.db"),
                          std::filesystem::copy_options::overwrite_existing);
    expectRefused<StoreUnavailable>("waybill.db-wal was not written for this");
}

TEST_F(DataDirectoryTest, AWriteAheadLogOfAnotherLogIsRefused) {
    makeKilledLog();
    const std::string other = directory_ / "other";
    const auto log = sqlite::openLog({.directory = other});
    BatchBuilder(*log).accept(kTwo).commit();
    std::filesystem::copy(other + "/waybill.db-wal", file("waybill.db-wal"),
                          std::filesystem::copy_options::overwrite_existing);
    expectRefused<StoreUnavailable>("waybill.db-wal was not written for this");
}

/// A process may be killed at any moment, in the middle of a checkpoint too.
TEST_F(DataDirectoryTest, WhatAKilledProcessLeftIsNeverTakenForACopy) {
    const std::string living = directory_ / "living";
    const auto log = sqlite::openLog({.directory = living, .checkpoint_idle_bytes = 64 * 1024});
    std::unique_ptr<SqliteShell> reader;
    // Another program changes the schema before and after commits of ours, and moves pages too.
    SqliteShell other(living + "/waybill.db");
    const auto changeSchema = [&](int i) {
        EXPECT_EQ(other.run(i % 2 ? "CREATE TABLE IF NOT EXISTS theirs(x)"
                                  : "DROP TABLE IF EXISTS theirs"),
                  "");
    };
    for (int i = 0; i < 60; ++i) {
        if (i % 3 == 0) changeSchema(i);
        BatchBuilder(*log).accept("dlv_" + std::to_string(i), std::string(9000, 'p')).commit();
        log->maintain(false);
        if (i % 9 == 3) changeSchema(i);
        if (i % 11 == 5) other.run("PRAGMA wal_checkpoint(RESTART); ANALYZE");
        if (i % 7 == 3) {
            reader = std::make_unique<SqliteShell>(living + "/waybill.db");
            EXPECT_EQ(reader->run("BEGIN; SELECT count(*) FROM event_log"), "");
        }
        if (i % 7 == 6) reader.reset();
        std::filesystem::remove_all(data());
        std::filesystem::copy(living, data());
        // Some pages of the checkpoint that comes next are in the database file already.
        std::filesystem::remove(file("waybill.db-shm"));
        movePages(file("waybill.db"), i);
        std::unique_ptr<EventLog> left;
        ASSERT_NO_THROW(left = open()) << i;
        EXPECT_EQ(left->head(), log->head());
    }
}

// ---- the key of the secrets

TEST_F(DataDirectoryTest, AnotherKeyIsRefused) {
    makeLog("token");
    writeFile(file("secrets.key"), std::string(32, 'k'));
    expectRefused<ConfigError>("secrets.key is not the key");
    std::filesystem::remove(file("waybill.lock"));
    expectRefused<ConfigError>("secrets.key is not the key");
}

TEST_F(DataDirectoryTest, AMissingKeyIsRefused) {
    makeLog("token");
    std::filesystem::remove(file("secrets.key"));
    expectRefused<ConfigError>("secrets.key is missing");
}

TEST_F(DataDirectoryTest, AKeyOfTheWrongLengthIsRefused) {
    makeLog();
    writeFile(file("secrets.key"), std::string(31, 'k'));
    expectRefused<ConfigError>("must hold exactly 32 bytes");
}

TEST_F(DataDirectoryTest, ALogWithoutSecretsGetsANewKey) {
    makeLog();
    const std::string key = readFile(file("secrets.key"));
    EXPECT_EQ(key.size(), 32u);
    std::filesystem::remove(file("secrets.key"));
    const auto log = open();
    BatchBuilder(*log).accept(kTwo, "{}", "token").commit();
    EXPECT_NE(readFile(file("secrets.key")), key);
    EXPECT_EQ(log->readDestination(2)->token, "token");
}

TEST_F(DataDirectoryTest, AKeyKeptElsewhereMustExist) {
    sqlite::LogOptions elsewhere = options();
    elsewhere.secrets_key_file = directory_ / "elsewhere.key";
    EXPECT_THROW(sqlite::openLog(elsewhere), ConfigError);
    writeFile(elsewhere.secrets_key_file, std::string(32, 'k'));
    const auto log = sqlite::openLog(elsewhere);
    BatchBuilder(*log).accept(kOne, "{}", "token").commit();
    EXPECT_FALSE(std::filesystem::exists(file("secrets.key")));
    EXPECT_EQ(log->readDestination(1)->token, "token");
}

// ---- what is left of a process that died

TEST_F(DataDirectoryTest, AKilledProcessLeavesNothingThatHasToBeMended) {
    makeKilledLog();
    const auto log = open();
    EXPECT_EQ(log->head().global_position, 1u);
    EXPECT_EQ(log->readDestination(1)->token, "token");
    EXPECT_EQ(std::filesystem::file_size(file("waybill.db-wal")), 0u) << "sealed";
}

TEST_F(DataDirectoryTest, AHalfMadeLogIsMadeAgain) {
    std::filesystem::create_directory(data());
    writeFile(file("waybill.db.new"), "half of a log");
    writeFile(file("waybill.db.new-journal"), "and of its journal");
    EXPECT_EQ(open()->head().global_position, 0u);
    EXPECT_FALSE(std::filesystem::exists(file("waybill.db.new")));
    EXPECT_FALSE(std::filesystem::exists(file("waybill.db.new-journal")));
}

}  // namespace waybill::test
