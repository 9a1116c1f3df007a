// Keeping web pages away from a server that trusts whoever can reach it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// The origins (RFC 6454) whose pages may use a server across sites.
class AllowedOrigins {
public:
    /// `origin` as browsers send it: `https://app.example`, with a port where that is not the
    /// scheme's own. Throws ConfigError for anything else, `*` and `null` too: every page has
    /// those.
    void add(std::string_view origin);

    bool contains(std::string_view origin) const;
    bool empty() const { return origins_.empty(); }

private:
    std::vector<std::string> origins_;
};

/// 403 for a request that a web page of another site makes, or may be making: with a name that is
/// none of this server's in `Host` while it listens on loopback only (`HttpRequest::foreign_host`:
/// DNS rebinding), an `Origin` other than the server's own and `allowed`, or a `Sec-Fetch-Site`
/// that says so (W3C Fetch Metadata). Programs send neither of the last two. Pure; for a Guard.
std::optional<HttpResponse> refuseForeignSite(const HttpRequest& request,
                                              const AllowedOrigins& allowed = {});

/// The bodies a route takes without a credential.
enum class BodyKind {
    kJson,     ///< `application/json` or `application/…+json`
    kDeclared  ///< any type but those of a plain form or text, which browsers send without asking
};

/// 415 for a body of another kind, or of none: a page may send `text/plain` and forms to any site
/// without a preflight (Fetch, "CORS-safelisted request-header"). A request without a body passes.
/// Pure; for a Guard.
std::optional<HttpResponse> refuseUndeclaredBody(const HttpRequest& request, BodyKind kind);

/// CORS (Fetch, "HTTP extensions"): gives every answer to a page of an allowed origin the fields
/// with which its browser lets it read them, and answers preflight requests of such pages. For
/// HttpServerOptions::front. Answers to other pages stay unreadable.
std::optional<HttpResponse> answerAllowedOrigin(HttpRequest& request,
                                                const AllowedOrigins& allowed);

}  // namespace waybill::server
