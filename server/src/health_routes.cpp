#include "health_routes.h"

#include "json/quote.h"

namespace waybill::server {
namespace {

// The engine goes round at least once a second.
constexpr Duration kStalledAfter = std::chrono::seconds(5);

std::string problemOf(const EngineHealth& health, Timestamp now) {
    if (now - health.last_tick > kStalledAfter)
        return "the engine has not gone round since " + formatTimestamp(health.last_tick);
    return health.ready ? "" : health.problem;
}

HttpResponse answer(bool fine, std::string_view status, const std::string& problem) {
    return jsonResponse(fine ? 200 : 503, R"({"status":)" + jsonQuote(status) + R"(,"problem":)" +
                                              (problem.empty() ? "null" : jsonQuote(problem)) +
                                              "}");
}

}  // namespace

void addHealthRoutes(Router& router, const Engine& engine, Clock& clock) {
    router.add("GET", "/healthz", nullptr, [&engine, &clock](HttpRequest&) {
        const EngineHealth health = engine.health();
        const Timestamp now = clock.now().wall;
        const bool alive = now - health.last_tick <= kStalledAfter;
        const std::string problem = problemOf(health, now);
        return answer(alive, problem.empty() ? "ok" : alive ? "degraded" : "stalled", problem);
    });
    router.add("GET", "/readyz", nullptr, [&engine, &clock](HttpRequest&) {
        const std::string problem = problemOf(engine.health(), clock.now().wall);
        return answer(problem.empty(), problem.empty() ? "ready" : "not ready", problem);
    });
}

}  // namespace waybill::server
