// waybilld, put together.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/options.h"
#include "credentials/secrets.h"
#include "daemon/damaged_rows.h"
#include "logging/log_writer.h"
#include "waybill/event_log.h"
#include "waybill/server/http_server.h"
#include "waybill/server/router.h"
#include "waybill/time.h"

namespace waybill::server {

/// What the daemon's HTTP server is told by the options.
HttpServerOptions httpOptions(const ServerOptions& options, LogWriter& log);

/// A log, and who counts what it cannot believe.
struct OpenedLog {
    std::shared_ptr<DamagedRows> damaged_rows;
    std::unique_ptr<EventLog> log;
};

/// Opens the log of `options.data`. `on_locked` as in sqlite::LogOptions, asked several times a
/// second. Throws StoreUnavailable for what cannot be used.
OpenedLog openLog(const ServerOptions& options, LogWriter& log,
                  std::function<bool(const std::string& problem)> on_locked = nullptr);

/// Throws ConfigError for files of certificates and trust anchors that cannot be used.
void checkFiles(const ServerOptions& options);

/// Log, engine, backend and HTTP server, wired as the options say.
///
/// Life: construct (opens the log, binds), `start`, `drain`, destroy.
class Daemon {
public:
    /// Throws ConfigError for files that the options name and that cannot be used, another
    /// Poco::Exception when data directory or address cannot be had. `log` must outlive it.
    Daemon(ServerOptions options, Secrets secrets, LogWriter& log);
    /// With the log of `options.data`, open.
    Daemon(ServerOptions options, Secrets secrets, LogWriter& log, OpenedLog opened);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Recovers, takes up what an earlier process left, and serves.
    void start();

    /// `http://127.0.0.1:8080`: as it was told to listen, with the port it got.
    std::string url() const;

    /// What it serves.
    const Router& routes() const;

    /// Takes keys, tokens, signing secrets, trust anchors and the TLS certificate with its key from
    /// their files anew. When one of them cannot be used, everything stays as it is and the log
    /// says so.
    void reload();

    /// Accepts nothing more and waits up to `timeout` for calls and attempts under way; what is
    /// left is taken up at the next start.
    void drain(Duration timeout);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::server
