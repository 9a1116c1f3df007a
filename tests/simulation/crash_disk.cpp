#include "simulation/crash_disk.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace waybill::test {

namespace {

constexpr std::int64_t kSectorBytes = 512;

std::string readWhole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void writeWhole(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), std::ssize(bytes));
}

bool isThere(const std::string& path) {
    return std::ifstream(path).good();
}

}  // namespace

/// An open file: our part, and behind it in the same memory the real one's.
struct CrashDisk::File {
    sqlite3_file base;
    CrashDisk* disk;
    const std::string* path;  ///< null: temporary, of no interest
    Content* content;
};

/// What SQLite calls (https://www.sqlite.org/c3ref/io_methods.html).
struct CrashDiskCalls {
    using File = CrashDisk::File;
    using Fate = CrashDisk::Fate;

    static File& ours(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
    static sqlite3_file* real(sqlite3_file* file) {
        return reinterpret_cast<sqlite3_file*>(&ours(file) + 1);
    }
    static CrashDisk& disk(sqlite3_vfs* vfs) { return *static_cast<CrashDisk*>(vfs->pAppData); }

    static int close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

    static int read(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
        if (ours(file).disk->dead_) return SQLITE_IOERR_READ;
        return real(file)->pMethods->xRead(real(file), to, count, offset);
    }

    static int write(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
        File& f = ours(file);
        const Fate fate = f.disk->nextOperation();
        if (fate == Fate::kFails) return SQLITE_FULL;
        // One that a death interrupts may have got through.
        if (fate == Fate::kGood || f.disk->chance_.oneIn(2)) {
            const int code = real(file)->pMethods->xWrite(real(file), from, count, offset);
            if (code != SQLITE_OK) return code;
            if (f.content) {
                const auto* const bytes = static_cast<const char*>(from);
                f.content->pending.push_back(
                    {offset, {bytes, static_cast<std::size_t>(count)}, false});
            }
        }
        return fate == Fate::kGood ? SQLITE_OK : SQLITE_IOERR_WRITE;
    }

    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        File& f = ours(file);
        if (f.disk->nextOperation() != Fate::kGood) return SQLITE_IOERR_TRUNCATE;
        if (f.content) f.content->pending.push_back({size, {}, true});
        return real(file)->pMethods->xTruncate(real(file), size);
    }

    /// The real one is spared: nobody cuts the power of this machine.
    static int sync(sqlite3_file* file, int) {
        File& f = ours(file);
        const Fate fate = f.content ? f.disk->fateOfSync(*f.path) : f.disk->nextOperation();
        if (fate == Fate::kDies) return SQLITE_IOERR_FSYNC;
        if (f.content == nullptr || f.disk->liesAbout(*f.path)) return SQLITE_OK;
        f.disk->applyPending(*f.content, fate == Fate::kFails ? 50 : 100);
        f.content->name_durable = true;
        return fate == Fate::kFails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    }

    static int fileSize(sqlite3_file* file, sqlite3_int64* size) {
        return real(file)->pMethods->xFileSize(real(file), size);
    }
    static int lock(sqlite3_file* file, int level) {
        return real(file)->pMethods->xLock(real(file), level);
    }
    static int unlock(sqlite3_file* file, int level) {
        return real(file)->pMethods->xUnlock(real(file), level);
    }
    static int checkReservedLock(sqlite3_file* file, int* reserved) {
        return real(file)->pMethods->xCheckReservedLock(real(file), reserved);
    }
    static int fileControl(sqlite3_file* file, int operation, void* argument) {
        return real(file)->pMethods->xFileControl(real(file), operation, argument);
    }
    static int sectorSize(sqlite3_file* file) {
        return real(file)->pMethods->xSectorSize(real(file));
    }
    static int deviceCharacteristics(sqlite3_file* file) {
        return real(file)->pMethods->xDeviceCharacteristics(real(file));
    }
    static int shmMap(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
        return real(file)->pMethods->xShmMap(real(file), region, size, extend, at);
    }
    static int shmLock(sqlite3_file* file, int offset, int count, int flags) {
        // https://www.sqlite.org/walformat.html, section 2.3.1
        constexpr int kCheckpointLock = 1;
        const bool checkpoints = offset == kCheckpointLock && (flags & SQLITE_SHM_LOCK);
        if (checkpoints && ours(file).disk->checkpoints_busy_) return SQLITE_BUSY;
        return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
    }
    static void shmBarrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
    static int shmUnmap(sqlite3_file* file, int remove) {
        return real(file)->pMethods->xShmUnmap(real(file), remove);
    }

    static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags,
                    int* out_flags);
    static int remove(sqlite3_vfs* vfs, const char* path, int sync_directory);
    static int randomness(sqlite3_vfs* vfs, int count, char* to);
};

namespace {

/// Version 2: with shared memory, without memory-mapped pages.
constexpr sqlite3_io_methods kMethods = {2,
                                         CrashDiskCalls::close,
                                         CrashDiskCalls::read,
                                         CrashDiskCalls::write,
                                         CrashDiskCalls::truncate,
                                         CrashDiskCalls::sync,
                                         CrashDiskCalls::fileSize,
                                         CrashDiskCalls::lock,
                                         CrashDiskCalls::unlock,
                                         CrashDiskCalls::checkReservedLock,
                                         CrashDiskCalls::fileControl,
                                         CrashDiskCalls::sectorSize,
                                         CrashDiskCalls::deviceCharacteristics,
                                         CrashDiskCalls::shmMap,
                                         CrashDiskCalls::shmLock,
                                         CrashDiskCalls::shmBarrier,
                                         CrashDiskCalls::shmUnmap,
                                         nullptr,
                                         nullptr};

}  // namespace

int CrashDiskCalls::open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags,
                         int* out_flags) {
    CrashDisk& disk = CrashDiskCalls::disk(vfs);
    File& f = *new (file) File{{nullptr}, &disk, nullptr, nullptr};
    if (disk.dead_) return SQLITE_CANTOPEN;
    const bool was_there = path != nullptr && isThere(path);
    const int code = disk.real_->xOpen(disk.real_, path, real(file), flags, out_flags);
    if (code != SQLITE_OK) return code;
    f.base.pMethods = &kMethods;
    if (path == nullptr || (flags & SQLITE_OPEN_DELETEONCLOSE)) return SQLITE_OK;
    const auto [entry, is_new] = disk.files_.try_emplace(path);
    f.path = &entry->first;
    f.content = &entry->second;
    if (is_new && was_there) *f.content = {readWhole(path), {}, true};
    if (!is_new && !was_there) f.content->pending.push_back({0, {}, true});  // made anew
    return SQLITE_OK;
}

/// The name may come back after a power cut, and the bytes with it.
int CrashDiskCalls::remove(sqlite3_vfs* vfs, const char* path, int sync_directory) {
    CrashDisk& disk = CrashDiskCalls::disk(vfs);
    if (!isThere(path)) return SQLITE_IOERR_DELETE_NOENT;
    if (disk.nextOperation() != Fate::kGood) return SQLITE_IOERR_DELETE;
    const auto found = disk.files_.find(path);
    if (found != disk.files_.end()) {
        found->second.pending.push_back({0, {}, true});
        if (sync_directory) found->second = {};
    }
    return disk.real_->xDelete(disk.real_, path, 0);
}

int CrashDiskCalls::randomness(sqlite3_vfs* vfs, int count, char* to) {
    for (int i = 0; i < count; ++i)
        to[i] = static_cast<char>(disk(vfs).chance_.next());
    return count;
}

CrashDisk::CrashDisk(std::uint64_t seed)
    : real_(sqlite3_vfs_find(nullptr)), calls_(*real_), chance_(seed) {
    calls_.szOsFile += static_cast<int>(sizeof(File));
    calls_.zName = "crash-disk";
    calls_.pNext = nullptr;
    calls_.pAppData = this;
    calls_.xOpen = CrashDiskCalls::open;
    calls_.xDelete = CrashDiskCalls::remove;
    calls_.xRandomness = CrashDiskCalls::randomness;
    sqlite3_vfs_register(&calls_, 1);
    sqlite3_randomness(0, nullptr);  // SQLite's own generator is seeded from ours
}

CrashDisk::~CrashDisk() {
    sqlite3_vfs_unregister(&calls_);
    sqlite3_vfs_register(real_, 1);
    sqlite3_randomness(0, nullptr);
}

CrashDisk::Fate CrashDisk::nextOperation() {
    if (dead_) return Fate::kDies;
    if (dies_in_ != 0 && --dies_in_ == 0) dead_ = true;
    if (dead_) return Fate::kDies;
    if (fails_in_ == 0 || --fails_in_ != 0) return Fate::kGood;
    failed_ = true;
    return Fate::kFails;
}

CrashDisk::Fate CrashDisk::fateOfSync(const std::string& path) {
    const Fate fate = nextOperation();
    if (fate == Fate::kDies || !deadly_sync_ || !path.ends_with(*deadly_sync_)) return fate;
    deadly_sync_.reset();
    dead_ = true;
    return Fate::kFails;
}

bool CrashDisk::liesAbout(const std::string& path) const {
    return std::any_of(lies_about_.begin(), lies_about_.end(),
                       [&](const std::string& end) { return path.ends_with(end); });
}

void CrashDisk::put(const Change& change, std::string& durable) {
    const auto begin = static_cast<std::size_t>(change.offset);
    if (change.cut) return durable.resize(begin);
    if (durable.size() < begin + change.bytes.size()) durable.resize(begin + change.bytes.size());
    durable.replace(begin, change.bytes.size(), change.bytes);
}

void CrashDisk::applyPending(Content& content, std::uint64_t keep_percent) {
    for (const Change& change : content.pending) {
        if (chance_.percent(keep_percent)) put(change, content.durable);
    }
    content.pending.clear();
}

void CrashDisk::keepSectors(const Change& change, std::uint64_t share, std::string& durable) {
    const auto end = change.offset + std::ssize(change.bytes);
    for (std::int64_t at = change.offset; at < end;) {
        const std::int64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
        if (chance_.percent(share)) {
            put({at,
                 change.bytes.substr(static_cast<std::size_t>(at - change.offset),
                                     static_cast<std::size_t>(next - at)),
                 false},
                durable);
        }
        at = next;
    }
}

void CrashDisk::keepByChance(Content& content) {
    enum Manner { kNothing, kAll, kBeginning, kSomeWrites, kSomeSectors, kManners };
    const auto manner = static_cast<Manner>(chance_.below(kManners));
    const std::uint64_t share = chance_.below(100);
    const std::uint64_t beginning = chance_.below(content.pending.size() + 1);
    std::uint64_t number = 0;
    for (const Change& change : content.pending) {
        const bool whole = manner == kAll || (manner == kBeginning && number < beginning) ||
                           (manner == kSomeWrites && chance_.percent(share));
        const bool torn = manner == kSomeSectors || (manner == kBeginning && number == beginning);
        ++number;
        if (whole || (torn && change.cut && chance_.percent(share))) {
            put(change, content.durable);
        } else if (torn && !change.cut) {
            keepSectors(change, share, content.durable);
        }
    }
    content.pending.clear();
}

void CrashDisk::reviveAfterKill() {
    calm();
    dead_ = false;
}

void CrashDisk::reviveAfterPowerCut() {
    for (auto& [path, content] : files_) {
        const bool had_name = content.name_durable;
        keepByChance(content);
        content.name_durable = had_name || (isThere(path) && chance_.oneIn(2));
        if (content.name_durable) {
            writeWhole(path, content.durable);
        } else {
            std::remove(path.c_str());
        }
    }
    std::erase_if(files_, [](const auto& file) { return !file.second.name_durable; });
    removeSharedMemory();
    calm();
    dead_ = false;
}

void CrashDisk::removeSharedMemory() {
    for (const auto& [path, content] : files_)
        std::remove((path + "-shm").c_str());
}

}  // namespace waybill::test
