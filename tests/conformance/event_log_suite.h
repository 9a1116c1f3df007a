// Is this an EventLog? What event_log.h promises, as tests; every implementation passes them.
//
// To try another implementation: link the files beside this one and say
// `INSTANTIATE_TEST_SUITE_P(Name, EventLogSuite, ::testing::Values(factory))`.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "waybill/event_log.h"

namespace waybill::test {

/// A fresh, empty log that belongs to one test.
class LogUnderTest {
public:
    virtual ~LogUnderTest() = default;
    virtual EventLog& log() = 0;

    /// What a restart of the process does: close, and open again.
    virtual void restart() = 0;
};

using LogFactory = std::function<std::unique_ptr<LogUnderTest>()>;

class EventLogSuite : public ::testing::TestWithParam<LogFactory> {
protected:
    EventLogSuite() : subject_(GetParam()()) {}

    EventLog& log() { return subject_->log(); }
    void restart() { subject_->restart(); }

private:
    std::unique_ptr<LogUnderTest> subject_;
};

}  // namespace waybill::test
