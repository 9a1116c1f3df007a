// A disk that can lose power: what of SQLite's files would be left.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/chance.h"

namespace waybill::test {

/// While it lives it is SQLite's default file system, for every database that this process opens.
/// Files are real; what was written to them since their last sync is remembered, so that a power
/// cut can take it away again. One thread, one at a time.
///
/// The process "dies" at a chosen operation: from then on every call fails, so that what is closed
/// afterwards cannot write. A `revive…` then leaves the files as the next process would find them.
class CrashDisk {
public:
    explicit CrashDisk(std::uint64_t seed);
    ~CrashDisk();
    CrashDisk(const CrashDisk&) = delete;
    CrashDisk& operator=(const CrashDisk&) = delete;

    /// The process dies in the `operations`-th write, truncation, removal or sync from now on.
    void dieIn(std::uint64_t operations) { dies_in_ = operations; }
    /// That operation fails, and life goes on: disk full, an error of the device. After a sync that
    /// failed, what it should have written may be gone, though it can still be read.
    void failIn(std::uint64_t operations) { fails_in_ = operations; }
    /// The next sync of a file whose name ends so fails, and the process is killed before it can do
    /// anything about that.
    void dieOfASync(const std::string& name_end) { deadly_sync_ = name_end; }
    void die() { dead_ = true; }
    /// Another program is in the middle of a checkpoint all the time.
    void keepCheckpointsBusy() { checkpoints_busy_ = true; }
    /// Nothing of the kind happens from now on.
    void calm() {
        dies_in_ = fails_in_ = 0;
        failed_ = false;
        checkpoints_busy_ = false;
    }
    bool dead() const { return dead_; }
    bool hasFailed() const { return failed_; }

    /// Everything the process wrote is there.
    void reviveAfterKill();
    /// Only what was synced is there for certain. Of the rest chance keeps nothing, all, a
    /// beginning, some writes or some sectors, in any order.
    void reviveAfterPowerCut();

    /// Syncs of files whose names end so are promised and not made: a disk that must be found out.
    void lieAbout(const std::string& name_end) { lies_about_.push_back(name_end); }

private:
    struct Change {
        std::int64_t offset = 0;  ///< of what was written, or the new length
        std::string bytes{};
        bool cut = false;  ///< a truncation
    };
    struct Content {
        std::string durable{};
        std::vector<Change> pending{};  ///< since the last sync
        bool name_durable = false;      ///< its entry in the directory is
    };
    struct File;
    friend struct CrashDiskCalls;

    /// Counts an operation; what it comes to.
    enum class Fate { kGood, kFails, kDies };
    Fate nextOperation();
    Fate fateOfSync(const std::string& path);
    bool liesAbout(const std::string& path) const;
    void applyPending(Content& content, std::uint64_t keep_percent);
    void keepByChance(Content& content);
    void keepSectors(const Change& change, std::uint64_t share, std::string& durable);
    void put(const Change& change, std::string& durable);
    void removeSharedMemory();

    sqlite3_vfs* real_;
    sqlite3_vfs calls_{};
    Chance chance_;
    std::map<std::string, Content> files_;
    std::vector<std::string> lies_about_;
    std::optional<std::string> deadly_sync_;
    std::uint64_t dies_in_ = 0;
    std::uint64_t fails_in_ = 0;
    bool dead_ = false;
    bool failed_ = false;
    bool checkpoints_busy_ = false;
};

}  // namespace waybill::test
