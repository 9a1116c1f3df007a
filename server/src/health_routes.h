// Whether the daemon lives and whether it can work.
#pragma once

#include "waybill/clock.h"
#include "waybill/engine.h"
#include "waybill/server/router.h"

namespace waybill::server {

/// Adds `/healthz` (200 as long as the engine goes round; what else is wrong stands in the body)
/// and
/// `/readyz` (200 exactly when the log takes events). Open to all. The engine must outlive the
/// router.
void addHealthRoutes(Router& router, const Engine& engine, Clock& clock = systemClock());

}  // namespace waybill::server
