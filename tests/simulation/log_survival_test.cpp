// Does the log keep what it acknowledged, whatever the disk does?
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>

#include "simulation/campaign.h"
#include "simulation/crash_disk.h"
#include "simulation/log_audit.h"
#include "support/batch_builder.h"
#include "support/directory_contents.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::test {
namespace {

/// Another program that reads the log and checkpoints it, as one that copies a log away does.
class OtherProgram {
public:
    explicit OtherProgram(const std::string& file) {
        sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr);
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        run("PRAGMA wal_autocheckpoint = 0");
    }
    ~OtherProgram() { sqlite3_close_v2(handle_); }
    OtherProgram(const OtherProgram&) = delete;
    OtherProgram& operator=(const OtherProgram&) = delete;

    /// Keeps reading the log as it is now, until `letGo`.
    void hold() { run("BEGIN; SELECT count(*) FROM event_log"); }
    void letGo() { run("ROLLBACK"); }
    void checkpoint(bool restart) {
        run(restart ? "PRAGMA wal_checkpoint(RESTART)" : "PRAGMA wal_checkpoint(PASSIVE)");
    }
    /// Makes a table of its own, or drops it, unless it holds the log.
    void changeSchema(bool more) {
        if (!sqlite3_get_autocommit(handle_)) return;
        run(more ? "CREATE TABLE IF NOT EXISTS theirs(x)" : "DROP TABLE IF EXISTS theirs");
    }

private:
    void run(const char* sql) { sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); }

    sqlite3* handle_ = nullptr;
};

/// One log and its lives, each a few batches long: many more deaths in a second than a whole world
/// has.
class LogLives {
public:
    explicit LogLives(std::uint64_t seed) : chance_(seed), entropy_(seed + 1), disk_(seed + 2) {}

    /// What is wrong, or nothing.
    std::vector<std::string> run() {
        constexpr int kLives = 40;
        for (int life = 0; life <= kLives && wrong_.empty(); ++life) {
            if (life < kLives) disk_.dieIn(1 + chance_.below(chance_.oneIn(4) ? 12 : 200));
            if (life < kLives && chance_.oneIn(2)) disk_.failIn(1 + chance_.below(100));
            live();
            if (!chance_.oneIn(4)) disk_.die();
            log_.reset();
            disk_.die();
            if (chance_.oneIn(2)) {
                disk_.reviveAfterKill();
            } else {
                other_.reset();
                disk_.reviveAfterPowerCut();
            }
        }
        other_.reset();
        return wrong_;
    }

private:
    /// It comes, reads on over deaths of ours, moves pages, and goes.
    void letOtherProgramAct() {
        if (!other_) {
            if (!chance_.oneIn(4)) return;
            other_ = std::make_unique<OtherProgram>(directory_ / "data/waybill.db");
            if (chance_.oneIn(2)) other_->hold();
        } else if (chance_.oneIn(10)) {
            other_->letGo();
            if (chance_.oneIn(2)) other_->checkpoint(chance_.oneIn(2));
            if (chance_.oneIn(2)) other_->hold();
        } else if (chance_.oneIn(2)) {
            other_->changeSchema(chance_.oneIn(2));
        } else if (chance_.oneIn(20)) {
            other_.reset();
        }
    }

    void live() {
        try {
            sqlite::LogOptions options;
            options.directory = directory_ / "data";
            options.entropy = &entropy_;
            options.checkpoint_idle_bytes = 16 * 1024;
            log_ = sqlite::openLog(options);
            check();
            for (int i = 0; i < 30 && !disk_.dead(); ++i) {
                append();
                letOtherProgramAct();
                log_->maintain(chance_.oneIn(2));
            }
        } catch (const StoreUnavailable& error) {
            const auto says = [&](const char* words) {
                return error.message().find(words) != std::string::npos;
            };
            const bool is_suspected = says("was not written for") || says("lacks acknowledged");
            if (!disk_.dead() && (is_suspected || !disk_.hasFailed()))
                wrong_.push_back(error.displayText());
        } catch (const CorruptLog& error) {
            wrong_.push_back(error.displayText());
        }
    }

    void check() {
        const LogAudit audit(*log_, directory_ / "data/waybill.db");
        wrong_ = audit.unsound(seen_);
        seen_ = audit.hashes();
    }

    void append() {
        BatchBuilder builder(*log_);
        for (std::uint64_t i = 1 + chance_.below(4); i > 0; --i) {
            const StreamId id = "dlv_" + std::to_string(++streams_);
            builder.accept(id, std::string(chance_.below(5000), 'p')).start(id);
            if (chance_.oneIn(2)) builder.succeed(id);
        }
        Batch batch = builder.take();
        try {
            log_->append(batch, log_->head());
            for (const NewEvent& event : batch)
                seen_.push_back(event.recorded.hash);
            return;
        } catch (const StoreUnavailable&) {
        } catch (const StoreIndeterminate&) {
        }
        if (disk_.dead()) return;
        try {
            log_->reopen();
        } catch (const StoreUnavailable& error) {
            if (error.message().find("lacks acknowledged") != std::string::npos)
                wrong_.push_back(error.displayText());
            throw;
        }
        check();
    }

    Chance chance_;
    SeededEntropy entropy_;
    TemporaryDirectory directory_;
    CrashDisk disk_;
    std::unique_ptr<OtherProgram> other_;
    std::unique_ptr<EventLog> log_;
    std::uint64_t streams_ = 0;
    std::vector<Digest> seen_;
    std::vector<std::string> wrong_;
};

TEST(LogSurvival, WhatWasAcknowledgedIsThereAfterEveryDeath) {
    const Campaign campaign(15);
    for (std::uint64_t seed = campaign.first; seed < campaign.end; ++seed) {
        for (const std::string& wrong : LogLives(seed).run())
            FAIL() << "seed " << seed << ": " << wrong;
    }
}

/// One place of a write-ahead log that is not as it was written.
std::string damaged(std::string wal, Chance& chance) {
    const std::size_t at = chance.below(wal.size());
    const std::size_t sector = at / 512 * 512;
    const std::size_t bytes = std::min<std::size_t>(512, wal.size() - sector);
    switch (chance.below(3)) {
        case 0:
            wal[at] = static_cast<char>(wal[at] ^ (1 << chance.below(8)));
            break;
        case 1:
            wal.replace(sector, bytes, bytes, '\0');
            break;
        default:
            wal.replace(sector, bytes, wal.substr(chance.below(wal.size() - 512), bytes));
    }
    return wal;
}

/// Whatever transactions it holds, whatever other programs wrote to it, however much of it was
/// moved into the database (then the head is noted). Within a second of a kill, the newest two look
/// as if a power cut had torn them.
TEST(LogSurvival, ADamagedWriteAheadLogIsRefusedOrLosesNothingButTheTwoNewestCommits) {
    std::uint64_t refused = 0;
    const Campaign campaign(60);
    for (std::uint64_t seed = campaign.first; seed < campaign.end; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Chance chance(seed);
        const TemporaryDirectory directory;
        const std::string killed = directory / "killed";
        std::vector<std::vector<Digest>> commits{{}};  // what each showed
        {
            sqlite::LogOptions options;
            options.directory = directory / "data";
            options.checkpoint_idle_bytes = chance.oneIn(2) ? 64 * 1024 : 4 * 1024 * 1024;
            const auto log = sqlite::openLog(options);
            OtherProgram other(directory / "data/waybill.db");
            if (chance.oneIn(2)) other.hold();
            for (std::uint64_t i = 2 + chance.below(30); i > 0; --i) {
                const StreamId id = "dlv_" + std::to_string(i);
                BatchBuilder builder(*log);
                builder.accept(id, std::string(chance.below(20'000), 'p')).commit();
                commits.push_back(LogAudit(*log, options.directory + "/waybill.db").hashes());
                if (chance.oneIn(4)) other.changeSchema(chance.oneIn(2));
                log->maintain(chance.oneIn(2));
            }
            std::filesystem::copy(options.directory, killed);
        }
        std::filesystem::remove(killed + "/waybill.db-shm");
        const std::string wal = killed + "/waybill.db-wal";
        if (std::filesystem::file_size(wal) < 1024) continue;
        writeFile(wal, damaged(readFile(wal), chance));
        try {
            const auto log = sqlite::openLog({.directory = killed});
            const auto& kept =
                commits.at(commits.size() - std::min<std::size_t>(3, commits.size()));
            for (const std::string& wrong : LogAudit(*log, killed + "/waybill.db").unsound(kept))
                ADD_FAILURE() << wrong;
        } catch (const StoreUnavailable& refusal) {
            ++refused;
            EXPECT_NE(refusal.message().find("First keep a copy"), std::string::npos)
                << refusal.message();
        }
    }
    EXPECT_GT(refused, (campaign.end - campaign.first) / 3);
}

/// After a sync that failed, Linux shows what was written as if all were well, and the next sync
/// has nothing to do. A process that is killed before it knows leaves frames that can be read and
/// are not on the disk. Believed by the next one, and moved into the database half-way when the
/// power goes, they would leave neither the old state nor the new.
TEST(LogSurvival, AFailedSyncThenAKillThenAPowerCutLeaveOneStateOrTheOther) {
    constexpr std::uint64_t kSeeds = 60;
    std::uint64_t cut_while_sealing = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SeededEntropy entropy(seed);
        const TemporaryDirectory directory;
        CrashDisk disk(seed);
        sqlite::LogOptions options;
        options.directory = directory / "data";
        options.entropy = &entropy;
        options.checkpoint_idle_bytes = 16 * 1024;
        const auto open = [&] { return sqlite::openLog(options); };
        auto log = open();
        BatchBuilder(*log).accept("dlv_1", std::string(9000, 'p')).start("dlv_1").commit();
        log->maintain(false);
        BatchBuilder(*log).accept("dlv_2").commit();  // the write-ahead log begins anew with it
        disk.dieOfASync("-wal");
        BatchBuilder last(*log);
        for (int i = 3; i < 9; ++i)
            last.accept("dlv_" + std::to_string(i), std::string(5000, 'q'));
        EXPECT_THROW(last.commit(), StoreIndeterminate);
        log.reset();
        disk.reviveAfterKill();

        disk.dieIn(1 + seed % 40);
        try {
            log = open();
        } catch (const StoreUnavailable&) {
            ++cut_while_sealing;
        }
        disk.die();
        log.reset();
        disk.reviveAfterPowerCut();

        ASSERT_NO_THROW(log = open()) << "seed " << seed;
        for (const std::string& wrong : LogAudit(*log, directory / "data/waybill.db").unsound({}))
            FAIL() << "seed " << seed << ": " << wrong;
    }
    EXPECT_GT(cut_while_sealing, kSeeds / 4);
}

/// Somebody who reads an old state keeps the write-ahead log from being emptied. What a start shows
/// is on the disk all the same, also where the process before died of a sync that failed.
TEST(LogSurvival, WhatAStartShowsWhileAnotherProgramReadsIsThereAfterAPowerCut) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SeededEntropy entropy(seed);
        const TemporaryDirectory directory;
        CrashDisk disk(seed);
        sqlite::LogOptions options;
        options.directory = directory / "data";
        options.entropy = &entropy;
        const std::string file = directory / "data/waybill.db";
        auto log = sqlite::openLog(options);
        BatchBuilder(*log).accept("dlv_1", std::string(9000, 'p')).start("dlv_1").commit();
        BatchBuilder(*log).accept("dlv_2").commit();
        disk.dieOfASync("-wal");
        BatchBuilder last(*log);
        for (int i = 3; i < 9; ++i)
            last.accept("dlv_" + std::to_string(i), std::string(5000, 'q'));
        EXPECT_THROW(last.commit(), StoreIndeterminate);
        log.reset();
        disk.reviveAfterKill();

        // It is the first to open the log, finds what the dead process wrote, and reads on.
        auto other = std::make_unique<OtherProgram>(file);
        other->hold();
        if (seed % 2 == 0) disk.keepCheckpointsBusy();
        ASSERT_NO_THROW(log = sqlite::openLog(options)) << "seed " << seed;
        const std::vector<Digest> shown = LogAudit(*log, file).hashes();
        disk.die();
        log.reset();
        other.reset();
        disk.reviveAfterPowerCut();

        ASSERT_NO_THROW(log = sqlite::openLog(options)) << "seed " << seed;
        for (const std::string& wrong : LogAudit(*log, file).unsound(shown))
            FAIL() << "seed " << seed << ": " << wrong;
    }
}

/// SQLite removes the side files by name when a connection is closed. After a failed commit another
/// file may have the name.
TEST(LogSurvival, AFailedCommitRemovesNoFileThatTookTheNameOfItsWriteAheadLog) {
    const TemporaryDirectory directory;
    CrashDisk disk(1);
    const std::string wal = directory / "data/waybill.db-wal";
    const auto log = sqlite::openLog({.directory = directory / "data"});
    BatchBuilder(*log).accept("dlv_1").commit();
    Batch batch = BatchBuilder(*log).accept("dlv_2").take();
    std::filesystem::rename(wal, wal + ".away");
    std::filesystem::copy(wal + ".away", wal);
    disk.failIn(1);
    EXPECT_THROW(log->append(batch, log->head()), StoreIndeterminate);
    EXPECT_TRUE(std::filesystem::exists(wal));
}

}  // namespace
}  // namespace waybill::test
