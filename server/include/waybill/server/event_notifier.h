// Wakes those who follow the log.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "waybill/time.h"

namespace waybill::server {

/// Knows how far the log reaches, and lets readers wait until it reaches further. They read from
/// the log itself, at their own pace: the engine never waits for one of them. Any thread.
class EventNotifier {
public:
    /// For EngineOptions::on_event, with each event's global position. About 10 ns while nobody
    /// waits.
    void recorded(std::uint64_t global_position) noexcept;

    /// Whether there is an event after `position`; waits up to `timeout` for one.
    bool waitBeyond(std::uint64_t position, Duration timeout);

private:
    std::atomic<std::uint64_t> position_{0};
    std::atomic<std::uint32_t> waiting_{0};
    std::mutex mutex_;
    std::condition_variable grown_;
};

}  // namespace waybill::server
