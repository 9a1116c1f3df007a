#include "daemon/health_routes.h"

#include "http/without_folders.h"
#include "waybill/json_quote.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

// The engine goes round at least once a second.
constexpr Duration kStalledAfter = std::chrono::seconds(5);

bool goesRound(const EngineHealth& health, Timestamp now) {
    return now - health.last_tick <= kStalledAfter;
}

/// Nobody is asked who reads it.
std::string textOrNull(const std::string& text) {
    return text.empty() ? "null" : jsonQuote(withoutFolders(text));
}

HttpResponse answer(bool fine, std::string_view status, const std::string& problem,
                    const std::string& index_problem) {
    return jsonResponse(fine ? 200 : 503, R"({"status":)" + jsonQuote(status) + R"(,"problem":)" +
                                              textOrNull(problem) + R"(,"index_problem":)" +
                                              textOrNull(index_problem) + "}");
}

}  // namespace

std::string problemOf(const EngineHealth& health, const LocalFaults& faults, Timestamp now) {
    if (!goesRound(health, now))
        return "the engine has not gone round since " + formatTimestamp(health.last_tick) +
               "; the disk may be stuck";
    if (!health.ready) return health.problem.empty() ? "the log is being opened" : health.problem;
    return faults.problem(now);
}

std::string warningOf(const EngineHealth& health) {
    if (health.set_aside == 0) return "";
    return std::to_string(health.set_aside) +
           (health.set_aside == 1 ? " delivery cannot be read and is"
                                  : " deliveries cannot be read and are") +
           " set aside: nothing is done to them; the log of the daemon names them, `waybill "
           "verify` "
           "says what is damaged";
}

void addHealthRoutes(Router& router, const Engine& engine, const LocalFaults& faults,
                     const sqlite::Indexer& indexer, Clock& clock) {
    router.add("GET", "/healthz", nullptr, [&engine, &faults, &indexer, &clock](HttpRequest&) {
        const EngineHealth health = engine.health();
        const Timestamp now = clock.now().wall;
        const bool alive = goesRound(health, now);
        std::string problem = problemOf(health, faults, now);
        if (problem.empty()) problem = warningOf(health);
        const std::string index_problem = indexer.problem();
        const bool fine = problem.empty() && index_problem.empty();
        return answer(alive, fine ? "ok" : alive ? "degraded" : "stalled", problem, index_problem);
    });
    router.add("GET", "/readyz", nullptr, [&engine, &faults, &indexer, &clock](HttpRequest&) {
        const std::string problem = problemOf(engine.health(), faults, clock.now().wall);
        return answer(problem.empty(), problem.empty() ? "ready" : "not ready", problem,
                      indexer.problem());
    });
}

void addWaitingRoutes(Router& router, std::function<std::string()> problem) {
    router.add("GET", "/healthz", nullptr,
               [problem](HttpRequest&) { return answer(true, "degraded", problem(), ""); });
    router.add("GET", "/readyz", nullptr,
               [problem](HttpRequest&) { return answer(false, "not ready", problem(), ""); });
}

std::optional<HttpResponse> refuseWhileWaiting(const HttpRequest& request) {
    if (request.path == "/healthz" || request.path == "/readyz") return std::nullopt;
    return errorResponse(
        request, Refusal{RefusalCode::kUnavailable,
                         "the log cannot be opened yet; try again shortly, /readyz says why",
                         {}});
}

}  // namespace waybill::server
