// A data directory: who may read it, who may open it, and what is refused and left untouched.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "support/batch_builder.h"
#include "support/directory_contents.h"
#include "support/sqlite_shell.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"

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
