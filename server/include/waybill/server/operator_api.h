// The operator API over HTTP: what the dashboard, the CLI and scripts speak.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "waybill/engine.h"
#include "waybill/operator_views.h"
#include "waybill/server/access_trail.h"
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

    /// Whether an operator of this name has a token of their own: then nobody acts under it with
    /// another. Any thread; null: nobody has.
    std::function<bool(std::string_view name)> is_named;

    /// Told the client network (access_trail.h) of each token that is wrong or missing; what it
    /// returns is how long the client must wait (429), else it is 401. Any thread, must be quick;
    /// may be null.
    std::function<std::optional<Duration>(const std::string& network)> on_failed_login;

    /// Beside a token a TLS client certificate is needed (`HttpRequest::client_certificate`).
    bool needs_client_certificate = false;

    /// Where accesses are recorded; null: a trail of the API's own. It must outlive the last
    /// request.
    AccessTrail* trail = nullptr;

    /// Who serves: since when, and with which limits.
    InfoView about{};

    /// What one client may cause; what was refused for it, the engine says. Nothing: it is not
    /// said.
    std::optional<ClientLimitsView> client_limits{};

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
/// Who reads a payload is recorded before it is answered; see AccessTrail for the rest.
void addOperatorApi(Router& router, Engine& engine, const sqlite::ReadModel& model,
                    OperatorApiOptions options);

}  // namespace waybill::server
