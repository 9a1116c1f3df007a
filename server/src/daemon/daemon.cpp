#include "daemon/daemon.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <utility>

#include "credentials/bearer_token.h"
#include "credentials/credential_record.h"
#include "credentials/failed_logins.h"
#include "credentials/secret_files.h"
#include "daemon/endpoint_guard.h"
#include "daemon/health_routes.h"
#include "daemon/local_faults.h"
#include "daemon/loop_guard.h"
#include "daemon/openapi_route.h"
#include "daemon/reloadable.h"
#include "daemon/reloadable_transport.h"
#include "deliveries/delivery_routes.h"
#include "http/connection_table.h"
#include "llm/echo/echo_backend.h"
#include "llm/gateway.h"
#include "llm/recovery.h"
#include "llm/response_retention.h"
#include "llm/upstream_backend.h"
#include "logging/attempt_log.h"
#include "metrics/engine_metrics.h"
#include "metrics/http_metrics.h"
#include "metrics/metrics_route.h"
#include "operator/access.h"
#include "waybill/clock.h"
#include "waybill/errors.h"
#include "waybill/private_files.h"
#include "waybill/server/api_error.h"
#include "waybill/server/http_server.h"
#include "waybill/server/operator_api.h"
#include "waybill/server/site_guard.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/worker_thread.h"

namespace waybill::server {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// A stop signal waits no longer.
constexpr Duration kTryToOpenFor = std::chrono::milliseconds(200);

/// `--max-payload-memory`, one half each: hanging endpoints leave clients their half, and clients
/// that read slowly leave deliveries theirs.
struct Memory {
    explicit Memory(std::size_t bytes)
        : deliveries(std::make_shared<ByteBudget>(bytes - bytes / 2)),
          clients(std::make_shared<ByteBudget>(bytes / 2)) {}

    std::shared_ptr<ByteBudget> deliveries;
    std::shared_ptr<ByteBudget> clients;
};

HttpTransportOptions transportOptions(const ServerOptions& options) {
    HttpTransportOptions transport;
    transport.ca_file = options.ca_file;
    return transport;
}

/// What callbacks may reach: never the daemon itself.
AddressPolicy callbackPolicy(const ServerOptions& options, const HttpServer& http) {
    AddressPolicy policy = options.address_policy;
    policy.refuseListener(parseNetwork(http.address()).value().base, http.port());
    return policy;
}

/// For callbacks.
HttpTransportOptions callbackTransportOptions(const ServerOptions& options,
                                              const AddressPolicy& policy, LogWriter& log,
                                              const Memory& memory) {
    HttpTransportOptions transport = transportOptions(options);
    transport.address_policy = policy;
    transport.memory = memory.deliveries;
    transport.on_problem = log.reportOf(Component::kCallbacks);
    return transport;
}

/// Those who hear of what the engine and the server do; they live as long as the daemon.
struct Listeners {
    EngineMetrics metrics;
    HttpMetrics http;
    EventNotifier notifier;
    LocalFaults faults;

    void recorded(const RecordedEvent& event) {
        metrics.recorded(event);
        faults.recorded(event);
        notifier.recorded(event.global_position);
    }
};

EngineOptions engineOptions(const ServerOptions& options, const AddressPolicy& policy,
                            std::vector<SigningKey> signing_keys, LogWriter& log,
                            Listeners& listeners, const Memory& memory) {
    EngineOptions engine;
    engine.retry_policy = options.retry_policy;
    engine.attempt_timeout = options.attempt_timeout;
    engine.max_in_flight = options.max_in_flight;
    engine.max_in_flight_per_endpoint = options.max_in_flight_per_endpoint;
    engine.max_in_flight_per_client = options.maxInFlightPerClient();
    engine.client_limits = options.clientLimits();
    engine.payload_memory = memory.deliveries;
    engine.cached_payload_bytes =
        std::min(engine.cached_payload_bytes, memory.deliveries->limit() / 2);
    // One payload of any size that is taken must be able to wait.
    engine.max_waiting_bytes = std::min(
        engine.max_waiting_bytes, std::max(memory.deliveries->limit(), engine.max_payload_bytes));
    engine.on_problem = log.reportOf(Component::kEngine);
    engine.address_policy = policy;
    engine.signing_keys = std::move(signing_keys);
    engine.on_event = [&log, &listeners](const RecordedEvent& event) {
        logEvent(log, event);
        listeners.recorded(event);
    };
    engine.on_commit = [&listeners](std::size_t events, Duration took) {
        listeners.metrics.committed(events, took);
    };
    engine.on_start = [&listeners](Duration lag) { listeners.metrics.started(lag); };
    return engine;
}

ClientLimitsView clientLimitsView(const ServerOptions& options) {
    const ClientLimits limits = options.clientLimits();
    ClientLimitsView view;
    view.max_retries = options.client_max_retries;
    view.min_retry_delay = options.client_min_retry_delay;
    view.deliveries_per_second = limits.deliveries_per_second;
    view.attempts_per_minute = limits.attempts_per_minute;
    view.pending_bytes = limits.pending_bytes;
    return view;
}

bool isClientPath(std::string_view path) {
    return path.starts_with("/v1/");
}

BackgroundOptions backgroundOptions(const ServerOptions& options, const Memory& memory) {
    BackgroundOptions background;
    background.most_answer_bytes = options.max_response;
    background.memory = memory.clients;
    // What waits for long leaves room for what does not.
    background.most_waiting_bytes =
        std::min(background.most_waiting_bytes, memory.clients->limit() / 2);
    return background;
}

std::string urlOf(const ServerOptions& options, const std::string& host, std::uint16_t port) {
    const bool bare_v6 = host.find(':') != std::string::npos;
    return (options.tls_cert.empty() ? "http://" : "https://") +
           (bare_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

/// Where local tools reach a server that listens on `host`.
std::string localHost(const std::string& host) {
    if (host == "0.0.0.0") return "127.0.0.1";
    return host == "::" ? "::1" : host;
}

/// Without keys of theirs there is only one client.
Sharing sharingOf(const ServerOptions& options) {
    return {.account = !options.upstream_key_file.empty() && !options.api_keys_file.empty(),
            .ids = options.share_upstream_ids};
}

}  // namespace

HttpServerOptions httpOptions(const ServerOptions& options, LogWriter& log) {
    HttpServerOptions http;
    http.host = options.listen_host;
    http.port = options.listen_port;
    http.tls_certificate_file = options.tls_cert;
    http.tls_key_file = options.tls_key;
    http.tls_client_ca_file = options.operator_ca;
    http.max_body_bytes = options.max_body;
    http.max_connections = options.max_connections;
    http.max_connections_per_address = options.max_connections_per_address;
    http.reserved_connections = options.reservedConnections();
    http.uses_reserve = [](const HttpRequest& request) {
        // The description is long and for everybody: who reads it slowly holds no reserved place.
        if (request.path == "/openapi.json") return false;
        const RouteClass about = routeClassOf(request.method, request.path);
        return about == RouteClass::kOperator || about == RouteClass::kMonitoring;
    };
    if (!options.allowed_origins.empty()) {
        http.front = [allowed = options.allowed_origins](HttpRequest& request) {
            return isClientPath(request.path) ? answerAllowedOrigin(request, allowed)
                                              : std::nullopt;
        };
    }
    http.on_problem = log.reportOf(Component::kHttp);
    return http;
}

OpenedLog openLog(const ServerOptions& options, LogWriter& log,
                  std::function<bool(const std::string& problem)> on_locked) {
    OpenedLog opened{std::make_shared<DamagedRows>(log), nullptr};
    sqlite::LogOptions of_log;
    of_log.directory = options.data;
    of_log.accept_loss = options.accept_loss;
    if (on_locked) of_log.lock_timeout = kTryToOpenFor;
    of_log.on_locked = std::move(on_locked);
    of_log.on_notice = [&log](const std::string& notice) { log.line(LogLevel::kWarn, notice); };
    of_log.on_damaged_row = [rows = opened.damaged_rows](std::string_view table,
                                                         const StreamId& stream) {
        rows->met(table, stream);
    };
    try {
        opened.log = sqlite::openLog(of_log);
    } catch (const ConfigError& error) {
        // Not a wrong option but a directory that cannot be used.
        throw StoreUnavailable(error.message());
    }
    return opened;
}

class Daemon::Impl {
public:
    Impl(ServerOptions given, Secrets secrets, LogWriter& log_writer, OpenedLog opened)
        : options(std::move(given)),
          log(log_writer),
          failed_logins(options.max_failed_logins_per_minute),
          credentials(credentialsOf(secrets)),
          api_keys(std::move(secrets.api_keys)),
          upstream_key(std::move(secrets.upstream_key)),
          anthropic_upstream_key(std::move(secrets.anthropic_upstream_key)),
          operators(std::move(secrets.operators)),
          memory(options.max_payload_memory),
          http(servingOptions(), router),
          address_policy(callbackPolicy(options, http)),
          transport(callbackTransportOptions(options, address_policy, log, memory)),
          damaged_rows(std::move(opened.damaged_rows)),
          event_log(std::move(opened.log)),
          admin_token(ownAdminToken()),
          indexer({.directory = options.data, .on_problem = log.reportOf(Component::kLog)}),
          model(options.data + "/waybill.db"),
          engine(*event_log, transport,
                 engineOptions(options, address_policy, std::move(secrets.signing_keys), log,
                               listeners, memory)),
          trail(std::in_place, engine, log.reportOf(Component::kEngine)),
          bulk(std::in_place, engine, model, log.reportOf(Component::kBulk)),
          backend(makeBackend()),
          recorder(std::in_place, engine, log, memory.clients),
          background(std::in_place, *backend, *recorder, log, backgroundOptions(options, memory)),
          gateway(
              *backend, *recorder, *background, model, address_policy,
              {options.max_response, options.max_body, options.pass_routes, sharingOf(options)}) {
        addRoutes();
        sqlite::tellReadersDamagedRows(
            [rows = damaged_rows](std::string_view table, const StreamId& stream) {
                rows->met(table, stream);
            });
        sqlite::publishUrl(options.data,
                           urlOf(options, localHost(options.listen_host), http.port()));
    }

    ~Impl() {
        stop(SteadyClock::now());
        sqlite::tellReadersDamagedRows(nullptr);
    }

    void start() {
        const auto unreadable = [&](const CorruptLog& error) {
            log.line(
                LogLevel::kError,
                error.message() + ": the response is not completed; `waybill verify` says more");
        };
        const OpenResponses open =
            readOpenResponses(*event_log, options.background_reruns, unreadable);
        const bool log_is_new = model.head().global_position == 0;
        engine.start();
        recordCredentialsNow(log_is_new);
        for (const ResponseCompletion& completion : open.to_complete)
            recorder->finish(completion);
        for (const BackgroundJob& job : open.to_run)
            background->resume(job);
        bulk->start();
        if (options.retain_responses)
            retention.emplace(*options.retain_responses, *recorder, model, log);
        if (options.pause_endpoint_after)
            endpoint_guard.emplace(engine, model, log, *options.pause_endpoint_after);
        http.start();
        if (options.upstream.empty())
            log.line(LogLevel::kInfo, "no --upstream given: the built-in echo backend answers");
    }

    void reload() {
        try {
            Secrets secrets = readSecrets(options);
            const SecretText token(
                readAdminToken(options.adminTokenFile(), options.admin_token_file.empty()));
            const std::string warning =
                checkAdminToken(token, options, secrets.api_keys, secrets.operators);
            checkFiles(options);
            http.reloadTls();
            transport.reload();
            if (to_upstream != nullptr) to_upstream->reload();
            credentials = credentialsOf(secrets);
            api_keys.set(std::move(secrets.api_keys));
            upstream_key.set(std::move(secrets.upstream_key));
            anthropic_upstream_key.set(std::move(secrets.anthropic_upstream_key));
            admin_token.set(sha256(token));
            operators.set(std::move(secrets.operators));
            engine.setSigningKeys(std::move(secrets.signing_keys));
            log.line(LogLevel::kInfo,
                     "keys, tokens, signing secrets, TLS certificate and trust anchors read anew");
            recordCredentialsNow(/*log_is_new=*/false);
            for (const std::string& about : secrets.warnings)
                warnAbout(about);
            warnAbout(warning);
        } catch (const Poco::Exception& error) {
            log.line(LogLevel::kError, "certificates and keys stay as they are",
                     {{"reason", error.message()}});
        } catch (...) {
            log.line(LogLevel::kError, "certificates and keys stay as they are",
                     {{"reason", currentProblem()}});
        }
    }

    /// Calls under way first: they owe the engine their end.
    void stop(SteadyClock::time_point deadline) {
        if (std::exchange(stopped, true)) return;
        const auto left = [&] {
            return std::max(std::chrono::ceil<Duration>(deadline - SteadyClock::now()),
                            Duration::zero());
        };
        http.drain(left());
        background->drain(deadline);
        backend->cancel();
        http.stop();
        trail.reset();
        background.reset();
        retention.reset();
        recorder.reset();
        endpoint_guard.reset();
        bulk->stop();
        engine.stop(left());
    }

    const Router& routes() const { return router; }

    std::string url() const { return urlOf(options, options.listen_host, http.port()); }

private:
    /// What is kept of the shared token: its digest.
    Digest ownAdminToken() const {
        const SecretText token(readOrMakeToken(options.adminTokenFile(),
                                               options.admin_token_file.empty(), systemEntropy()));
        warnAbout(checkAdminToken(token, options, *api_keys.get(), *operators.get()));
        return sha256(token);
    }

    void warnAbout(const std::string& problem) const {
        if (!problem.empty()) log.line(LogLevel::kWarn, problem);
    }

    std::unique_ptr<Backend> makeBackend() {
        if (options.upstream.empty()) return std::make_unique<EchoBackend>(options.echo_delay);
        UpstreamOptions upstream;
        upstream.url = options.upstream;
        upstream.anthropic_url = options.anthropic_upstream;
        upstream.timeout = options.upstream_timeout;
        if (!options.upstream_key_file.empty())
            upstream.key = [this] { return *upstream_key.get(); };
        if (!options.anthropic_upstream_key_file.empty())
            upstream.anthropic_key = [this] { return *anthropic_upstream_key.get(); };
        HttpTransportOptions its_transport = upstreamTransportOptions();
        its_transport.ca_file = options.ca_file;
        its_transport.on_problem = log.reportOf(Component::kUpstream);
        auto owned = std::make_unique<ReloadableTransport>(std::move(its_transport));
        to_upstream = owned.get();
        return std::make_unique<UpstreamBackend>(std::move(upstream), std::move(owned));
    }

    HttpServerOptions servingOptions() {
        HttpServerOptions serving = httpOptions(options, log);
        serving.memory = memory.clients;
        // Without keys there is only one client.
        if (!options.api_keys_file.empty())
            serving.max_memory_per_client = memory.clients->limit() / 2;
        serving.front = [this, next = std::move(serving.front)](HttpRequest& request) {
            if (next)
                if (std::optional<HttpResponse> answer = next(request)) return answer;
            std::optional<HttpResponse> refusal = refuseCallback(request);
            if (refusal) listeners.http.loopCut();
            return refusal;
        };
        serving.on_answer = [this](const HttpRequest& request, int status) {
            listeners.http.answered(request, status);
        };
        return serving;
    }

    /// Lets a client pass and says whose its request is. Where no key keeps others out, a web page
    /// must not get in through the browser of somebody on this machine.
    std::optional<HttpResponse> admitClient(HttpRequest& request, BodyKind body) {
        const auto keys = api_keys.get();
        if (!*keys) {
            if (auto refusal = refuseForeignSite(request, options.allowed_origins)) return refusal;
            if (auto refusal = refuseUndeclaredBody(request, body)) return refusal;
            if (auto refusal = refuseRepeatedCredential(request)) return refusal;
            request.principal = "anonymous";
            return std::nullopt;
        }
        if (auto refusal = refuseTwoCredentials(request)) return refusal;
        if (std::optional<std::string> owner = (*keys)->ownerOf(apiKey(request.headers))) {
            request.principal = std::move(*owner);
            return std::nullopt;
        }
        if (const auto wait = failedLogin(addressGroup(request.remote_address)))
            return tooManyFailedLogins(request, *wait);
        return errorResponse(request, {401,
                                       "This needs a key: Authorization: Bearer <key>, or "
                                       "x-api-key: <key>.",
                                       "", "invalid_api_key"});
    }

    std::optional<OperatorIdentity> operatorOf(std::string_view token) const {
        if (isSecret(token, *admin_token.get()))
            return OperatorIdentity{"admin", Role::kAdmin, true};
        return operators.get()->ownerOf(token);
    }

    std::optional<Duration> failedLogin(const std::string& network) {
        return failed_logins.failed(network, systemClock().now().monotonic);
    }

    /// What the log cannot take now is recorded at the next start or SIGHUP.
    void recordCredentialsNow(bool log_is_new) {
        std::vector<Credential> all = credentials;
        all.push_back({"admin token", "", toHex(*admin_token.get())});
        contained(log.reportOf(Component::kEngine), "a change of credentials to be recorded", [&] {
            recordCredentials(engine, log_is_new, options.data + "/credentials.seen", all);
        });
    }

    /// What is open to this machine is not open to web pages.
    static std::optional<HttpResponse> programsOnly(const HttpRequest& request) {
        return refuseForeignSite(request);
    }

    /// Whoever can reach this machine's loopback may see the figures; others need a token.
    Guard metricsGuard(const OperatorApiOptions& operator_api) const {
        if (isLoopback(options.listen_host)) return programsOnly;
        return [operator_api](HttpRequest& request) {
            return admitOperator(operator_api, {Role::kViewer, "metrics"}, request);
        };
    }

    void addRoutes() {
        const Guard client = [this](HttpRequest& request) {
            return admitClient(request, BodyKind::kDeclared);
        };
        const Guard json_client = [this](HttpRequest& request) {
            return admitClient(request, BodyKind::kJson);
        };
        addDeliveryRoutes(router, json_client, engine, model, options.retry_policy,
                          {options.client_max_retries, options.client_min_retry_delay});
        gateway.addTo(router, client, json_client);
        OperatorApiOptions operator_api;
        operator_api.identify = [this](std::string_view token) { return operatorOf(token); };
        operator_api.is_named = [this](std::string_view name) {
            return operators.get()->has(name);
        };
        operator_api.on_failed_login = [this](const std::string& network) {
            return failedLogin(network);
        };
        operator_api.needs_client_certificate = !options.operator_ca.empty();
        operator_api.trail = &*trail;
        operator_api.about.started_at = systemClock().now().wall;
        operator_api.about.max_in_flight = options.max_in_flight;
        operator_api.about.max_in_flight_per_endpoint = options.max_in_flight_per_endpoint;
        operator_api.client_limits = clientLimitsView(options);
        operator_api.transport = &transport;
        operator_api.bulk = &*bulk;
        operator_api.notifier = &listeners.notifier;
        operator_api.retain_responses = options.retain_responses;
        operator_api.indexer = &indexer;
        addOperatorApi(router, engine, model, operator_api);
        addOpenApiRoute(router, isLoopback(options.listen_host) ? Guard(programsOnly) : nullptr);
        addHealthRoutes(router, engine, listeners.faults, indexer);
        addMetricsRoute(router, metricsGuard(operator_api),
                        {listeners.metrics,
                         listeners.http,
                         engine,
                         transport,
                         model,
                         indexer,
                         *damaged_rows,
                         log,
                         options.data + "/waybill.db",
                         {options.max_in_flight, options.max_in_flight_per_endpoint,
                          options.maxInFlightPerClient()},
                         *memory.deliveries,
                         *memory.clients,
                         {[this] { return http.stats(); }, options.max_connections}});
    }

    const ServerOptions options;
    LogWriter& log;
    FailedLogins failed_logins;
    std::vector<Credential> credentials;  ///< but the admin token
    Reloadable<std::optional<ApiKeys>> api_keys;
    Reloadable<std::optional<std::string>> upstream_key;
    Reloadable<std::optional<std::string>> anthropic_upstream_key;
    Reloadable<OperatorTokens> operators;
    Listeners listeners;
    const Memory memory;
    Router router;
    HttpServer http;  // bound first: what is known then is its address, which no callback reaches
    const AddressPolicy address_policy;
    ReloadableTransport transport;
    std::shared_ptr<DamagedRows> damaged_rows;
    std::unique_ptr<EventLog> event_log;
    Reloadable<Digest> admin_token;  ///< of the token, which is kept nowhere else
    sqlite::Indexer indexer;
    sqlite::ReadModel model;
    Engine engine;
    std::optional<AccessTrail> trail;
    std::optional<BulkRunner> bulk;
    std::optional<EndpointGuard> endpoint_guard;
    ReloadableTransport* to_upstream = nullptr;  // the backend's
    std::unique_ptr<Backend> backend;
    std::optional<ResponseRecorder> recorder;
    std::optional<BackgroundRunner> background;
    std::optional<ResponseRetention> retention;
    Gateway gateway;
    bool stopped = false;
};

void checkFiles(const ServerOptions& options) {
    const auto require = [](const char* option, const std::string& file, FileUse use) {
        const std::string problem = problemOfNamedFile(file, use);
        if (!problem.empty()) throw ConfigError(option + problem);
    };
    require("tls-key ", options.tls_key, FileUse::kNamedSecret);
    require("operator-ca ", options.operator_ca, FileUse::kNamedData);
    checkTlsFiles(options.tls_cert, options.tls_key, options.operator_ca);
    if (!options.ca_file.empty()) makeHttpTransport(transportOptions(options));
}

Daemon::Daemon(ServerOptions options, Secrets secrets, LogWriter& log)
    : Daemon(options, std::move(secrets), log, openLog(options, log)) {}

Daemon::Daemon(ServerOptions options, Secrets secrets, LogWriter& log, OpenedLog opened)
    : impl_(
          std::make_unique<Impl>(std::move(options), std::move(secrets), log, std::move(opened))) {}

Daemon::~Daemon() = default;

void Daemon::start() {
    impl_->start();
}

std::string Daemon::url() const {
    return impl_->url();
}

const Router& Daemon::routes() const {
    return impl_->routes();
}

void Daemon::reload() {
    impl_->reload();
}

void Daemon::drain(Duration timeout) {
    impl_->stop(SteadyClock::now() + timeout);
}

}  // namespace waybill::server
