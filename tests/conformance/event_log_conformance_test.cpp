// Both logs, through the one suite.
#include "conformance/event_log_suite.h"
#include "support/memory_log.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::test {

namespace {

class MemoryLogUnderTest : public LogUnderTest {
public:
    EventLog& log() override { return log_; }
    void restart() override {}  // the MemoryLog is its own disk

private:
    MemoryLog log_;
};

class SqliteLogUnderTest : public LogUnderTest {
public:
    EventLog& log() override { return *log_; }
    void restart() override {
        log_.reset();
        log_ = sqlite::openLog(options());
    }

private:
    sqlite::LogOptions options() const { return {.directory = directory_.path()}; }

    TemporaryDirectory directory_;
    std::unique_ptr<EventLog> log_ = sqlite::openLog(options());
};

LogFactory sqliteLogs() {
    return [] { return std::make_unique<SqliteLogUnderTest>(); };
}

LogFactory memoryLogs() {
    return [] { return std::make_unique<MemoryLogUnderTest>(); };
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, EventLogSuite, ::testing::Values(memoryLogs()));
INSTANTIATE_TEST_SUITE_P(Sqlite, EventLogSuite, ::testing::Values(sqliteLogs()));

}  // namespace waybill::test
