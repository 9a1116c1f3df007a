// What the engine has done since the start.
#pragma once

#include <array>

#include "metrics/counters.h"
#include "waybill/event.h"

namespace waybill::server {

/// Fed from the engine's thread through the hooks of EngineOptions, under 0.1 µs an event; read
/// from any.
struct EngineMetrics {
    static constexpr std::size_t kReasons = static_cast<std::size_t>(FailureReason::kDamaged) + 1;

    Counter accepted;
    Counter redeliveries;
    Counter delivered;
    Counter failed;
    Counter cancelled;
    Counter callbacks_ignored;
    Counter attempts_started;
    Counter attempts_succeeded;
    std::array<Counter, kReasons> attempts_failed;  ///< by reason
    Counter attempts_abandoned;
    DurationHistogram delivery_lag;  ///< of starts, behind the time they were due
    DurationHistogram first_byte;
    DurationHistogram attempt_duration;
    Counter events;
    DurationHistogram commit_duration;

    void recorded(const RecordedEvent& event);
    void committed(std::size_t count, Duration took);
    void started(Duration lag) { delivery_lag.observe(lag); }
};

}  // namespace waybill::server
