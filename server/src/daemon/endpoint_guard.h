// Pauses endpoints that do nothing but fail.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "logging/log_writer.h"
#include "waybill/engine.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// Whether an endpoint's failures reach over `patience`: nothing but failures from `since` to the
/// newest one. `resumed_at`: an operator said then that it works again; what came before does not
/// count. Pure.
bool failsSteadily(const EndpointView& endpoint, std::optional<Timestamp> resumed_at,
                   Duration patience);

/// Looks now and then which endpoints have had nothing but failures for `patience`, and pauses
/// them, on record, as `engine`. They stay so until an operator resumes them. A thread of its own;
/// engine, read model and log must outlive it.
class EndpointGuard {
public:
    EndpointGuard(Engine& engine, const sqlite::ReadModel& model, LogWriter& log,
                  Duration patience);
    ~EndpointGuard();
    EndpointGuard(const EndpointGuard&) = delete;
    EndpointGuard& operator=(const EndpointGuard&) = delete;

private:
    void run();
    void look();
    void look(const EndpointView& endpoint);
    void pause(const EndpointView& endpoint);

    Engine& engine_;
    const sqlite::ReadModel& model_;
    LogWriter& log_;
    const Duration patience_;
    std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace waybill::server
