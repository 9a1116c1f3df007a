// The log is opened before anything else; while another program's lock is in the way, the daemon
// says so to everybody who asks.
#pragma once

#include <csignal>

#include "config/options.h"
#include "daemon/daemon.h"
#include "logging/log_writer.h"

namespace waybill::server {

/// Opens the log. While another program keeps writers out of it, tries again, several times a
/// second, and serves `/healthz` (200, "degraded") and `/readyz` (503, with the cause and the
/// process); everything else gets 503. A port that was left to the system is written to `options`,
/// so that it stays the same. The log names the cause at once and once a minute.
///
/// Without a log when a stop signal, one of `signals`, which must be blocked, ends the wait. Throws
/// StoreUnavailable when the directory cannot be used, also when another waybilld has it.
OpenedLog openLogWhenFree(ServerOptions& options, const sigset_t& signals, LogWriter& log);

}  // namespace waybill::server
