// Appends to a log as an engine does, with nothing in between.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/load.h"
#include "bench/sample_delivery.h"
#include "waybill/event_log.h"

namespace waybill::bench {

/// In every batch so many deliveries are accepted and started, and as many of the batch before have
/// succeeded: three events each.
inline constexpr std::size_t kDeliveriesABatch = 100;
inline constexpr std::size_t kEventsABatch = 3 * kDeliveriesABatch;

/// Counts only what happens in `work`.
template <typename F>
void measureBatch(Load& load, F&& work) {
    const auto wall = monotonicNow();
    const auto cpu = cpuTime();
    work();
    load += {kEventsABatch, monotonicNow() - wall, cpuTime() - cpu};
}

class AppendContender : public Contender {
public:
    AppendContender(const std::string& directory, std::size_t payload_bytes);

    Load run(std::chrono::nanoseconds duration) override;
    LogHead head() const { return log_->head(); }

private:
    Batch nextBatch();

    std::unique_ptr<EventLog> log_;
    SampleDelivery sample_;
    std::vector<StreamId> open_;
};

}  // namespace waybill::bench
