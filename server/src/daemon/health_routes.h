// Whether the daemon lives and whether it can work.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daemon/local_faults.h"
#include "waybill/clock.h"
#include "waybill/engine.h"
#include "waybill/server/router.h"
#include "waybill/sqlite/indexer.h"

namespace waybill::server {

/// Why the daemon cannot do its work now, in words; empty when it can: the log takes events, the
/// engine has gone round in the last five seconds, and attempts do not fail for want of something
/// on this machine.
std::string problemOf(const EngineHealth& health, const LocalFaults& faults, Timestamp now);

/// What keeps part of the work from being done while the rest goes on; empty: nothing.
std::string warningOf(const EngineHealth& health);

/// Adds `/healthz` (200 as long as the engine goes round; what else is wrong stands in the body)
/// and `/readyz` (200 exactly when there is no problem). Trouble with the index is shown by both
/// and keeps nothing from its work. Open to all. What they ask must outlive the router.
void addHealthRoutes(Router& router, const Engine& engine, const LocalFaults& faults,
                     const sqlite::Indexer& indexer, Clock& clock = systemClock());

/// The same two while the log cannot be opened yet. `problem` says why; any thread.
void addWaitingRoutes(Router& router, std::function<std::string()> problem);

/// 503 for everything else meanwhile; for HttpServerOptions::front.
std::optional<HttpResponse> refuseWhileWaiting(const HttpRequest& request);

}  // namespace waybill::server
