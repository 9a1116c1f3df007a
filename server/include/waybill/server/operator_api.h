// The operator API over HTTP: what the dashboard, the CLI and scripts speak.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "waybill/engine.h"
#include "waybill/operator_views.h"
#include "waybill/server/bulk_runner.h"
#include "waybill/server/event_notifier.h"
#include "waybill/server/operator_access.h"
#include "waybill/server/router.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// What a host gives beside engine and log. What it points to must outlive the router.
struct OperatorApiOptions {
    /// Whose a bearer token is; nothing: nobody's. Any thread.
    std::function<std::optional<OperatorIdentity>(std::string_view token)> identify;

    /// Who serves: since when, and with which limits.
    InfoView about{};

    /// For `check`; null: it is refused.
    Transport* transport = nullptr;

    /// For re-deliveries and cancellations of many; null: they are refused.
    BulkRunner* bulk = nullptr;

    /// How long responses are kept once they are over; nothing: until their owners delete them.
    std::optional<Duration> retain_responses{};

    /// For what is said about the index; null: nothing.
    const sqlite::Indexer* indexer = nullptr;

    /// For followers of the log; null: they ask it several times a second.
    EventNotifier* notifier = nullptr;
};

/// The routes under `/admin/v1`. A host that embeds the engine adds them to a Router of its own and
/// serves it with an HttpServer, and the dashboard and CLI work against it. Pages of other sites
/// are refused (site_guard.h), with a token too. Engine and read model must outlive the router.
void addOperatorApi(Router& router, Engine& engine, const sqlite::ReadModel& model,
                    OperatorApiOptions options);

}  // namespace waybill::server
