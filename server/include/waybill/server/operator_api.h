// The operator API over HTTP: what the dashboard, the CLI and scripts speak.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "waybill/engine.h"
#include "waybill/operator_views.h"
#include "waybill/server/router.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

struct OperatorApiOptions {
    /// Whether a bearer token is the operator's. Any thread.
    std::function<bool(std::string_view token)> accepts_token;

    /// Who serves: since when, and with which limits.
    InfoView about{};
};

/// The routes under `/admin/v1`. A host that embeds the engine adds them to a Router of its own and
/// serves it with an HttpServer, and the dashboard and CLI work against it. Engine and read model
/// must outlive the router.
void addOperatorApi(Router& router, Engine& engine, const sqlite::ReadModel& model,
                    OperatorApiOptions options);

}  // namespace waybill::server
