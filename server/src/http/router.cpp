#include "waybill/server/router.h"

#include "http/percent.h"
#include "waybill/excerpt.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::size_t length = std::min(path.find('/'), path.size());
        segments.emplace_back(path.substr(0, length));
        path.remove_prefix(length);
    }
    return segments;
}

bool isPlaceholder(std::string_view segment) {
    return segment.starts_with('{');
}

/// Whether `path` has the route's form; `values` gets what stands in its placeholders, undecoded.
bool fits(const Router::Route& route, std::string_view path,
          std::vector<std::string_view>& values) {
    values.clear();
    for (const std::string& segment : route.segments) {
        if (!path.starts_with('/')) return false;
        path.remove_prefix(1);
        const std::string_view given = path.substr(0, path.find('/'));
        if (route.takes_rest && &segment == &route.segments.back())
            return !path.empty() && given != route.except;
        if (isPlaceholder(segment) && !given.empty())
            values.push_back(given);
        else if (segment != given)
            return false;
        path.remove_prefix(given.size());
    }
    return path.empty();
}

bool answers(const Router::Route& route, std::string_view method) {
    return route.method == method || (route.method == "GET" && method == "HEAD");
}

/// Adds a method to a list like `GET, HEAD`, once: two routes may fit one path.
void allow(std::string& allowed, const std::string& method) {
    if (allowed.find(method) != std::string::npos) return;
    allowed += (allowed.empty() ? "" : ", ") + method;
}

HttpResponse notFound(const HttpRequest& request) {
    return errorResponse(request,
                         {404, "There is no " + excerpt(request.path) + " here.", "", "not_found"});
}

HttpResponse wrongMethod(const HttpRequest& request, const std::string& allowed) {
    HttpResponse response;
    if (request.method == "OPTIONS") {
        response.status = 204;
    } else {
        response = errorResponse(request, {405, excerpt(request.path) + " takes " + allowed + ".",
                                           "", "method_not_allowed"});
    }
    response.headers.add("Allow", allowed);
    return response;
}

}  // namespace

void Router::add(std::string method, std::string_view pattern, Guard guard, RouteHandler handler) {
    routes_.push_back({std::move(method),
                       split(pattern),
                       std::move(guard),
                       std::move(handler),
                       nullptr,
                       false,
                       {},
                       false});
}

void Router::addAsync(std::string method, std::string_view pattern, Guard guard,
                      AsyncRouteHandler handler) {
    routes_.push_back({std::move(method),
                       split(pattern),
                       std::move(guard),
                       nullptr,
                       std::move(handler),
                       false,
                       {},
                       false});
}

void Router::addRest(std::string method, std::string_view prefix, std::string except, Guard guard,
                     RouteHandler handler) {
    Route route{std::move(method), split(prefix), std::move(guard),  std::move(handler),
                nullptr,           true,          std::move(except), true};
    route.segments.emplace_back("{path}");
    routes_.push_back(std::move(route));
}

Router::Match Router::match(HttpRequest& request) const {
    std::vector<std::string_view> values;
    std::string allowed;
    for (const Route& route : routes_) {
        if (!fits(route, request.path, values)) continue;
        if (!answers(route, request.method)) {
            allow(allowed, route.method);
            if (route.method == "GET") allow(allowed, "HEAD");
            continue;
        }
        for (const std::string_view value : values) {
            std::optional<std::string> decoded = percentDecode(value);
            if (!decoded) return {nullptr, notFound(request)};
            request.path_values.push_back(std::move(*decoded));
        }
        if (route.guard)
            if (std::optional<HttpResponse> refusal = route.guard(request))
                return {nullptr, std::move(refusal)};
        return {&route, std::nullopt};
    }
    if (allowed.empty()) return {nullptr, notFound(request)};
    return {nullptr, wrongMethod(request, allowed)};
}

}  // namespace waybill::server
