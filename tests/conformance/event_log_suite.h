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

/// What a disk, or somebody with a shell, may do to the bytes beside an event.
enum class Damage {
    kPayloadChanged,  ///< as long as before
    kPayloadLonger,
    kPayloadMissing,
    kUrlChanged,
    kSaltChanged,
    kDestinationMissing,
    kTokenChanged,
    kTokenMissing,
    kTokenAdded,
    kRequestNoJson,
    kRequestMissing,
    kClientKeyChanged
};

/// A fresh, empty log that belongs to one test.
class LogUnderTest {
public:
    virtual ~LogUnderTest() = default;
    virtual EventLog& log() = 0;

    /// What a restart of the process does: close, and open again.
    virtual void restart() = 0;

    /// Damages what lies beside the event with this global position; may restart.
    virtual void damage(std::uint64_t global_position, Damage damage) = 0;
};

using LogFactory = std::function<std::unique_ptr<LogUnderTest>()>;

class EventLogSuite : public ::testing::TestWithParam<LogFactory> {
protected:
    EventLogSuite() : subject_(GetParam()()) {}

    EventLog& log() { return subject_->log(); }
    void restart() { subject_->restart(); }
    void damage(std::uint64_t global_position, Damage damage) {
        subject_->damage(global_position, damage);
    }

private:
    std::unique_ptr<LogUnderTest> subject_;
};

}  // namespace waybill::test
