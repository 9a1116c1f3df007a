#include "waybill/server/site_guard.h"

#include <algorithm>

#include "http/host.h"
#include "waybill/errors.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

constexpr std::string_view kAllowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
constexpr std::string_view kAllowedHeaders =
    "authorization, content-type, x-api-key, anthropic-version, anthropic-beta, "
    "anthropic-dangerous-direct-browser-access, idempotency-key, openai-beta, "
    "openai-organization, openai-project";
// A star stands for all others, where no cookies are sent (Fetch section 3.2.3).
constexpr std::string_view kExposedHeaders =
    "x-request-id, request-id, retry-after, waybill-recorded, idempotent-replayed, *";
constexpr std::string_view kPreflightSeconds = "7200";  // more is cut down to that by Chromium

std::string lowered(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string_view defaultPort(std::string_view scheme) {
    if (scheme == "http") return "80";
    return scheme == "https" ? "443" : "";
}

/// An origin with a host, taken apart; nothing for `null` and what is none.
struct Origin {
    std::string_view scheme;
    HostAndPort at;
};

std::optional<Origin> parseOrigin(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const std::string_view scheme = text.substr(0, colon);
    const bool good_scheme = std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
    const auto at = parseHostAndPort(text.substr(colon + 3));
    if (!good_scheme || !at || at->host.empty()) return std::nullopt;
    return Origin{scheme, *at};
}

/// Whether `origin` is that of a page which came from where its request goes. The scheme is not
/// looked at: a proxy may have taken the TLS off.
bool isOwn(std::string_view origin, std::string_view host) {
    const auto page = parseOrigin(origin);
    const auto target = parseHostAndPort(host);
    if (!page || !target) return false;
    const std::string_view usual = defaultPort(page->scheme);
    const auto port = [&](std::string_view given) { return given.empty() ? usual : given; };
    return !usual.empty() && equalsIgnoringCase(page->at.host, target->host) &&
           port(page->at.port) == port(target->port);
}

HttpResponse refused(const HttpRequest& request, std::string message, std::string code) {
    return errorResponse(request, {403, std::move(message), "", std::move(code)});
}

/// The type of a `Content-Type`, without its parameters.
std::string typeIn(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
        type.remove_suffix(1);
    return lowered(type);
}

bool isJson(std::string_view type) {
    return type == "application/json" ||
           (type.starts_with("application/") && type.ends_with("+json"));
}

bool isAcceptable(std::string_view type, BodyKind kind) {
    if (isJson(type)) return true;
    return kind == BodyKind::kDeclared && type.find('/') != std::string_view::npos &&
           type != "text/plain" && type != "application/x-www-form-urlencoded";
}

bool hasBody(const HttpHeaders& headers) {
    if (headers.find("transfer-encoding") != nullptr) return true;
    const std::string_view length = headers.value("content-length");
    return length.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

void AllowedOrigins::add(std::string_view text) {
    std::string origin = lowered(text);
    const auto parsed = parseOrigin(origin);
    if (!parsed || origin.find('*') != std::string::npos)
        throw ConfigError(
            "write an origin as browsers send it, scheme and host without a path, such as "
            "https://app.example or http://localhost:3000");
    const std::string_view usual = defaultPort(parsed->scheme);
    if (origin.ends_with(':') || (!usual.empty() && parsed->at.port == usual))
        throw ConfigError("browsers leave the usual port out: write " +
                          origin.substr(0, origin.rfind(':')));
    if (!contains(origin)) origins_.push_back(std::move(origin));
}

bool AllowedOrigins::contains(std::string_view origin) const {
    return std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

std::optional<HttpResponse> refuseForeignSite(const HttpRequest& request,
                                              const AllowedOrigins& allowed) {
    // No page whose own name was resolved to this machine has an origin that the operator allows.
    const auto at = parseHostAndPort(request.host);
    const bool vouched_for =
        at && isSingleLabel(at->host) && allowed.contains(request.headers.value("origin"));
    if (request.foreign_host && !vouched_for)
        return refused(request,
                       "The Host of this request is no name of this machine, and this server "
                       "listens on loopback only: ask for 127.0.0.1 or localhost, also through a "
                       "proxy.",
                       "foreign_host");
    bool by_allowed_page = false;
    for (const auto& [name, value] : request.headers) {
        if (!equalsIgnoringCase(name, "origin")) continue;
        if (allowed.contains(value))
            by_allowed_page = true;
        else if (!isOwn(value, request.host))
            return refused(request,
                           "Pages of other sites may not use this; the operator can allow an "
                           "origin to use the client API with --allow-origin.",
                           "foreign_site");
    }
    if (by_allowed_page) return std::nullopt;
    for (const auto& [name, value] : request.headers)
        if (equalsIgnoringCase(name, "sec-fetch-site") && value != "same-origin" && value != "none")
            return refused(request, "Pages of other sites may not use this.", "foreign_site");
    return std::nullopt;
}

std::optional<HttpResponse> refuseUndeclaredBody(const HttpRequest& request, BodyKind kind) {
    if (!hasBody(request.headers)) return std::nullopt;
    bool declared = false;
    for (const auto& [name, value] : request.headers) {
        if (!equalsIgnoringCase(name, "content-type")) continue;
        declared = isAcceptable(typeIn(value), kind);
        if (!declared) break;
    }
    if (declared) return std::nullopt;
    return errorResponse(request, {415,
                                   "While no key is needed, a body must say what it is: "
                                   "Content-Type: application/json.",
                                   "Content-Type", "unsupported_media_type"});
}

std::optional<HttpResponse> answerAllowedOrigin(HttpRequest& request,
                                                const AllowedOrigins& allowed) {
    if (allowed.empty()) return std::nullopt;
    request.answer_headers.add("Vary", "Origin");  // a cache must not give it to another page
    const std::string_view origin = request.headers.value("origin");
    if (!allowed.contains(origin)) return std::nullopt;
    request.answer_headers.add("Access-Control-Allow-Origin", std::string(origin));
    if (request.method != "OPTIONS" ||
        request.headers.find("access-control-request-method") == nullptr) {
        request.answer_headers.add("Access-Control-Expose-Headers", std::string(kExposedHeaders));
        return std::nullopt;
    }
    HttpResponse answer;
    answer.status = 204;
    answer.headers.add("Access-Control-Allow-Methods", std::string(kAllowedMethods));
    std::string headers(kAllowedHeaders);
    // What an SDK adds of its own; the origin is trusted with the rest as well. No SDK adds more.
    constexpr std::size_t kMostAdded = 1024;
    if (const std::string* more = request.headers.find("access-control-request-headers"))
        if (!more->empty() && more->size() <= kMostAdded) headers.append(", ").append(*more);
    answer.headers.add("Access-Control-Allow-Headers", std::move(headers));
    answer.headers.add("Access-Control-Max-Age", std::string(kPreflightSeconds));
    // https://wicg.github.io/private-network-access: a public page may ask a loopback address.
    if (request.headers.value("access-control-request-private-network") == "true")
        answer.headers.add("Access-Control-Allow-Private-Network", "true");
    return answer;
}

}  // namespace waybill::server
