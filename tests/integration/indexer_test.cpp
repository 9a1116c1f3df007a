// The indexer's thread, and how a log's files are read.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

#include "support/temporary_directory.h"
#include "support/varied_log.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongWait = 60s;

std::string textOf(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

/// The signals that a thread of this process blocks, by the thread's name; 0: there is none.
std::uint64_t blockedBy(const std::string& name) {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        if (textOf(task.path() / "comm") != name + '\n') continue;
        const std::string status = textOf(task.path() / "status");
        const std::size_t line = status.find("SigBlk:\t");
        return line == status.npos ? 0 : std::stoull(status.substr(line + 8, 16), nullptr, 16);
    }
    return 0;
}

TEST(IndexerThread, ItTakesNoSignalOfTheHosts) {
    const TemporaryDirectory directory;
    VariedLog log(directory.path());
    log.deliver(1, 10);
    const sqlite::Indexer indexer({.directory = directory.path(), .interval = 1ms});
    ASSERT_TRUE(indexer.waitFor(log.log().head().global_position, kLongWait)) << indexer.problem();
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1})
        EXPECT_NE(blockedBy("indexer") >> (signal - 1) & 1, 0u) << signal;
}

TEST(IndexerThread, ItsTroubleIsToldToTheHostOnce) {
    const TemporaryDirectory directory;
    VariedLog log(directory.path());
    log.deliver(1, 10);
    std::filesystem::create_directories(directory / "index.db/in the way");
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> problems;
    {
        const sqlite::Indexer indexer({.directory = directory.path(),
                                       .interval = 1ms,
                                       .on_problem = [&](const std::string& problem) {
                                           const std::lock_guard lock(mutex);
                                           problems.push_back(problem);
                                           changed.notify_all();
                                           throw std::runtime_error("a host's fault");
                                       }});
        std::unique_lock lock(mutex);
        ASSERT_TRUE(changed.wait_for(lock, kLongWait, [&] { return !problems.empty(); }));
        lock.unlock();
        EXPECT_FALSE(indexer.problem().empty());
        std::filesystem::remove_all(directory / "index.db");
        EXPECT_TRUE(indexer.waitFor(log.log().head().global_position, kLongWait));
    }
    EXPECT_EQ(problems.size(), 1u);
    EXPECT_NE(problems[0].find("index.db"), std::string::npos) << problems[0];
}

TEST(IndexerThread, AnIndexThatIsRemovedWhileItIsFollowedIsMadeAnew) {
    const TemporaryDirectory directory;
    VariedLog log(directory.path());
    log.deliver(1, 10);
    const sqlite::Indexer indexer({.directory = directory.path(), .interval = 1ms});
    ASSERT_TRUE(indexer.waitFor(log.log().head().global_position, kLongWait)) << indexer.problem();
    for (const char* name : {"index.db", "index.db-wal", "index.db-shm"})
        std::filesystem::remove(directory / name);
    log.deliver(11, 10);
    const std::uint64_t head = log.log().head().global_position;
    const sqlite::ReadModel model(directory / "waybill.db");
    const auto deadline = std::chrono::steady_clock::now() + kLongWait;
    while (model.indexPosition().value_or(0) < head) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << indexer.problem();
        std::this_thread::yield();
    }
}

TEST(LogFiles, NothingOfThemIsMappedIntoMemoryButWhereTheirWriteAheadLogsHaveTheirPages) {
    const TemporaryDirectory directory;
    VariedLog log(directory.path());
    log.deliver(1, 100);
    const sqlite::Indexer indexer({.directory = directory.path(), .interval = 1ms});
    ASSERT_TRUE(indexer.waitFor(log.log().head().global_position, kLongWait)) << indexer.problem();
    const sqlite::ReadModel model(directory / "waybill.db");
    ASSERT_TRUE(model.indexPosition());
    EXPECT_EQ(model.countDeliveries({.client = "client 1"}).value(), 33u);
    std::istringstream maps(textOf("/proc/self/maps"));
    for (std::string line; std::getline(maps, line);) {
        if (line.find(directory.path()) == line.npos) continue;
        EXPECT_TRUE(line.ends_with("-shm")) << line;
    }
}

}  // namespace
}  // namespace waybill::test
