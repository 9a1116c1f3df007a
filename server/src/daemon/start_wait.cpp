#include "daemon/start_wait.h"

#include <cerrno>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "daemon/health_routes.h"
#include "waybill/errors.h"
#include "waybill/server/http_server.h"

namespace waybill::server {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr timespec kRest = {0, 200'000'000};
constexpr auto kRepeat = std::chrono::minutes(1);

/// Web pages of allowed origins can read the refusals, as all answers.
HttpServerOptions waitingOptions(const ServerOptions& options, LogWriter& log) {
    HttpServerOptions http = httpOptions(options, log);
    http.front = [front = std::move(http.front)](HttpRequest& request) {
        if (front)
            if (std::optional<HttpResponse> answer = front(request)) return answer;
        return refuseWhileWaiting(request);
    };
    return http;
}

/// What is served meanwhile.
class WaitingServer {
public:
    WaitingServer(const ServerOptions& options, LogWriter& log)
        : http_(waitingOptions(options, log), router_) {
        addWaitingRoutes(router_, [this] {
            const std::lock_guard lock(mutex_);
            return problem_;
        });
        http_.start();
    }

    std::uint16_t port() const { return http_.port(); }

    void tell(const std::string& problem) {
        const std::lock_guard lock(mutex_);
        problem_ = problem;
    }

private:
    std::mutex mutex_;
    std::string problem_;
    Router router_;
    HttpServer http_;
};

class StartWait {
public:
    StartWait(ServerOptions& options, const sigset_t& signals, LogWriter& log)
        : options_(options), signals_(signals), log_(log) {}

    bool stopped() const { return stopped_; }
    bool waited() const { return server_.has_value(); }

    /// Waits a little; false: no longer.
    bool again(const std::string& problem) {
        if (!server_) {
            server_.emplace(options_, log_);
            options_.listen_port = server_->port();
        }
        server_->tell(problem);
        tellLog(problem);
        stopped_ = signalled();
        return !stopped_;
    }

private:
    void tellLog(const std::string& problem) {
        const auto now = SteadyClock::now();
        if (problem == told_ && now - told_at_ < kRepeat) return;
        told_ = problem;
        told_at_ = now;
        log_.line(LogLevel::kWarn, "not ready: waiting for the log", {{"reason", problem}});
    }

    bool signalled() const {
        const int signal = ::sigtimedwait(&signals_, nullptr, &kRest);
        return signal == SIGTERM || signal == SIGINT;
    }

    ServerOptions& options_;
    const sigset_t signals_;
    LogWriter& log_;
    std::optional<WaitingServer> server_;
    std::string told_;
    SteadyClock::time_point told_at_{};
    bool stopped_ = false;
};

}  // namespace

OpenedLog openLogWhenFree(ServerOptions& options, const sigset_t& signals, LogWriter& log) {
    StartWait wait(options, signals, log);
    try {
        OpenedLog opened =
            openLog(options, log, [&](const std::string& problem) { return wait.again(problem); });
        if (wait.waited()) log.line(LogLevel::kInfo, "the log is open: the wait is over");
        return opened;
    } catch (const StoreUnavailable&) {
        if (!wait.stopped()) throw;
        return {};
    }
}

}  // namespace waybill::server
