// Does the log keep what it acknowledged, whatever the disk does?
#include <gtest/gtest.h>

#include <memory>

#include "simulation/campaign.h"
#include "simulation/crash_disk.h"
#include "simulation/log_audit.h"
#include "support/batch_builder.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::test {
namespace {

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
            chance_.oneIn(2) ? disk_.reviveAfterKill() : disk_.reviveAfterPowerCut();
        }
        return wrong_;
    }

private:
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
                log_->maintain(chance_.oneIn(2));
            }
        } catch (const StoreUnavailable& error) {
            if (!disk_.dead() && !disk_.hasFailed()) wrong_.push_back(error.displayText());
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
        log_->reopen();
        check();
    }

    Chance chance_;
    SeededEntropy entropy_;
    TemporaryDirectory directory_;
    CrashDisk disk_;
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

}  // namespace
}  // namespace waybill::test
