#include "metrics/http_metrics.h"

#include <algorithm>

#include "llm/api_kind.h"

namespace waybill::server {
namespace {

constexpr std::array<std::string_view, HttpMetrics::kClasses> kNames = {
    "create", "responses", "deliveries", "passed", "operator", "monitoring", "other"};

bool isBelow(std::string_view path, std::string_view parent) {
    return path.starts_with(parent) && (path.size() == parent.size() || path[parent.size()] == '/');
}

bool isCreate(std::string_view method, std::string_view path) {
    if (method != "POST") return false;
    for (const ApiKind api : {ApiKind::kResponses, ApiKind::kChatCompletions, ApiKind::kMessages})
        if (path == traitsOf(api).path) return true;
    return false;
}

}  // namespace

RouteClass routeClassOf(std::string_view method, std::string_view path) noexcept {
    if (isCreate(method, path)) return RouteClass::kCreate;
    if (isBelow(path, "/v1/responses")) return RouteClass::kResponses;
    if (isBelow(path, "/v1/deliveries")) return RouteClass::kDeliveries;
    if (isBelow(path, "/v1")) return RouteClass::kPassed;
    if (isBelow(path, "/admin/v1")) return RouteClass::kOperator;
    for (const std::string_view own : {"/healthz", "/readyz", "/metrics", "/openapi.json"})
        if (path == own) return RouteClass::kMonitoring;
    return RouteClass::kOther;
}

std::string_view toString(RouteClass route_class) noexcept {
    return kNames[static_cast<std::size_t>(route_class)];
}

void HttpMetrics::answered(const HttpRequest& request, int status) noexcept {
    const auto route_class = static_cast<std::size_t>(routeClassOf(request.method, request.path));
    const auto first_digit = static_cast<std::size_t>(std::clamp(status / 100, 1, 5));
    counts_[route_class][first_digit - 1].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace waybill::server
