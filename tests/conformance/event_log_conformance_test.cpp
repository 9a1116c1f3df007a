// Both logs, through the one suite.
#include "conformance/event_log_suite.h"
#include "support/memory_log.h"

namespace waybill::test {

namespace {

class MemoryLogUnderTest : public LogUnderTest {
public:
    EventLog& log() override { return log_; }
    void restart() override {}  // the MemoryLog is its own disk

private:
    MemoryLog log_;
};

LogFactory memoryLogs() {
    return [] { return std::make_unique<MemoryLogUnderTest>(); };
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, EventLogSuite, ::testing::Values(memoryLogs()));

}  // namespace waybill::test
