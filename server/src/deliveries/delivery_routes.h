// Deliveries of any program's payload, and what became of a client's own.
#pragma once

#include "deliveries/delivery_request.h"
#include "waybill/engine.h"
#include "waybill/server/router.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// Adds `/v1/deliveries`. `guard` says whose a request is; `defaults` is the engine's own policy,
/// `limits` bounds what clients ask for instead. Engine and read model must outlive the router.
void addDeliveryRoutes(Router& router, const Guard& guard, Engine& engine,
                       const sqlite::ReadModel& model, const RetryPolicy& defaults,
                       const RetryLimits& limits);

}  // namespace waybill::server
