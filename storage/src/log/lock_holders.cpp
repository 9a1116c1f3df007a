#include "log/lock_holders.h"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "log/file_io.h"

namespace waybill::sqlite {

namespace {

/// Where SQLite locks its index of a write-ahead log (https://www.sqlite.org/walformat.html,
/// section 2.3.1): writer, checkpointer and recovery; then five marks of readers.
constexpr std::uint64_t kFirstReadMark = 123;
constexpr std::uint64_t kLastReadMark = 127;

struct Lock {
    long pid = 0;
    bool exclusive = false;
    std::uint64_t first = 0;
};

/// Locks of other processes on `file`. A line of /proc/locks is
/// `1: POSIX  ADVISORY  WRITE 708 fe:00:13125 0 EOF`. A device has another number there than for
/// stat(2) on some file systems, so the inode must do.
std::vector<Lock> locksOn(const std::string& file) {
    std::vector<Lock> found;
    const auto identity = identityOf(file);
    std::ifstream table("/proc/locks");
    for (std::string line; identity && std::getline(table, line);) {
        std::istringstream fields(line);
        std::string number, kind, manner, access, where, first;
        Lock lock;
        fields >> number >> kind >> manner >> access >> lock.pid >> where >> first;
        if (!fields || lock.pid <= 0 || lock.pid == ::getpid()) continue;
        if (!where.ends_with(':' + std::to_string(identity->inode))) continue;
        lock.exclusive = access == "WRITE";
        std::istringstream(first) >> lock.first;
        found.push_back(lock);
    }
    return found;
}

std::string nameOf(long pid) {
    std::string name;
    std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
    return "process " + std::to_string(pid) + (name.empty() ? "" : " (" + name + ")");
}

std::string inWords(const std::set<long>& processes) {
    std::string text;
    for (const long pid : processes)
        text += (text.empty() ? "" : ", ") + nameOf(pid);
    return text;
}

template <typename Condition>
std::string processesWith(const std::vector<Lock>& locks, Condition condition) {
    std::set<long> processes;
    for (const Lock& lock : locks) {
        if (condition(lock)) processes.insert(lock.pid);
    }
    return inWords(processes);
}

}  // namespace

std::string whoLocks(const std::string& database) {
    std::vector<Lock> locks = locksOn(database);
    const std::vector<Lock> of_index = locksOn(database + "-shm");
    locks.insert(locks.end(), of_index.begin(), of_index.end());
    const std::string exclusive =
        processesWith(locks, [](const Lock& lock) { return lock.exclusive; });
    return exclusive.empty() ? processesWith(locks, [](const Lock&) { return true; }) : exclusive;
}

std::string whoReads(const std::string& database) {
    return processesWith(locksOn(database + "-shm"), [](const Lock& lock) {
        return lock.first >= kFirstReadMark && lock.first <= kLastReadMark;
    });
}

}  // namespace waybill::sqlite
