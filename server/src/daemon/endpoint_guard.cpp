#include "daemon/endpoint_guard.h"

#include <algorithm>

#include "waybill/clock.h"
#include "waybill/in_words.h"
#include "waybill/worker_thread.h"

namespace waybill::server {
namespace {

constexpr Duration kSeldom = std::chrono::seconds(10);
constexpr Duration kOften = std::chrono::milliseconds(100);
constexpr Duration kLeastWindow = std::chrono::hours(1);

std::optional<Timestamp> resumedAt(const sqlite::ReadModel& model, const std::string& endpoint) {
    const std::vector<EventView> events = model.streamEvents(endpoint);
    if (events.empty() || events.back().type != typeName(EndpointResumed{})) return std::nullopt;
    return events.back().recorded_at;
}

}  // namespace

bool failsSteadily(const EndpointView& endpoint, std::optional<Timestamp> resumed_at,
                   Duration patience) {
    if (endpoint.paused || !endpoint.failing_since || !endpoint.last_error_at) return false;
    const Timestamp since =
        std::max(*endpoint.failing_since, resumed_at.value_or(Timestamp::min()));
    return *endpoint.last_error_at - since >= patience;
}

EndpointGuard::EndpointGuard(Engine& engine, const sqlite::ReadModel& model, LogWriter& log,
                             Duration patience)
    : engine_(engine),
      model_(model),
      log_(log),
      patience_(patience),
      thread_(startWorkerThread(
          "waybill-guard", [this] { run(); }, log_.reportOf(Component::kEndpoints))) {}

EndpointGuard::~EndpointGuard() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
}

void EndpointGuard::run() {
    const Duration interval = std::clamp(patience_ / 10, kOften, kSeldom);
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, interval, [this] { return stopping_; })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

void EndpointGuard::look() {
    const ProblemReport report = log_.reportOf(Component::kEndpoints);
    contained(report, "endpoints cannot be looked at now", [&] {
        const Timestamp now = systemClock().now().wall;
        const auto endpoints = model_.endpoints(std::max(2 * patience_, kLeastWindow), now);
        if (!endpoints) return;  // while the index is made anew
        for (const EndpointView& endpoint : endpoints->data)
            contained(report, "an endpoint cannot be looked at now", [&] { look(endpoint); });
    });
}

void EndpointGuard::look(const EndpointView& endpoint) {
    if (failsSteadily(endpoint, std::nullopt, patience_) &&
        failsSteadily(endpoint, resumedAt(model_, endpoint.endpoint), patience_))
        pause(endpoint);
}

void EndpointGuard::pause(const EndpointView& endpoint) {
    const std::string reason = "nothing but failures for " + durationInWords(patience_) +
                               "; the newest: " + endpoint.last_error;
    const auto paused =
        engine_.pauseEndpoint({endpoint.endpoint, std::string(kEngineActor), reason});
    if (paused)
        log_.line(LogLevel::kWarn, "endpoint paused",
                  {{"endpoint", endpoint.endpoint}, {"reason", reason}});
}

}  // namespace waybill::server
