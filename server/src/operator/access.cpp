#include "operator/access.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "credentials/bearer_token.h"
#include "http/connection_table.h"
#include "http/percent.h"
#include "waybill/server/api_error.h"
#include "waybill/server/site_guard.h"
#include "waybill/text_check.h"

namespace waybill::server {
namespace {

const std::string kOperator = "operator:";

constexpr std::array<std::string_view, 3> kRoleNames = {"viewer", "operator", "admin"};

/// What `Waybill-Actor` says: a name in UTF-8, percent-encoded (RFC 3986 section 2.1).
Result<std::string> actorNamed(std::string_view header) {
    const auto refuse = [](const std::string& why) {
        return Refusal{RefusalCode::kInvalid, why, "Waybill-Actor"};
    };
    auto name = percentDecode(header);
    if (!name)
        return refuse(
            "Waybill-Actor is a name in percent-encoded UTF-8 (Kim%20Lee): each % stands "
            "before two hexadecimal digits, and no escape stands for a control "
            "character.");
    if (const auto problem = nameProblem(*name))
        return refuse("The name in Waybill-Actor " + *problem + ".");
    return *std::move(name);
}

std::optional<OperatorIdentity> identify(const OperatorApiOptions& options,
                                         const HttpRequest& request) {
    const std::string_view token = bearerToken(request.headers);
    return token.empty() ? std::nullopt : options.identify(token);
}

bool hasOwnToken(const OperatorApiOptions& options, std::string_view name) {
    return options.is_named && options.is_named(name);
}

void note(const OperatorApiOptions& options, const HttpRequest& request, std::string actor,
          AccessRecorded access) {
    access.address = addressGroup(request.remote_address);
    if (options.trail != nullptr) options.trail->note({std::move(actor), std::move(access)});
}

HttpResponse refuseLogin(const OperatorApiOptions& options, const HttpRequest& request) {
    note(options, request, std::string(kEngineActor), {AccessKind::kLoginFailed});
    if (options.on_failed_login)
        if (const auto wait = options.on_failed_login(addressGroup(request.remote_address)))
            return tooManyFailedLogins(request, *wait);
    return errorResponse(request,
                         {401, "This needs an operator's token: Authorization: Bearer <token>.", "",
                          "invalid_token"});
}

/// The name that `Waybill-Actor` gives, to a shared token. Who has a token has a name that nobody
/// else can take.
std::optional<HttpResponse> takeClaim(const OperatorApiOptions& options,
                                      const OperatorIdentity& who, HttpRequest& request) {
    const std::string* const said = request.headers.find("waybill-actor");
    if (said == nullptr) return std::nullopt;
    const Result<std::string> name = actorNamed(*said);
    if (name && *name != who.name && hasOwnToken(options, *name)) {
        note(options, request, request.principal,
             {AccessKind::kRoleRefused, "Waybill-Actor " + *name});
        return errorResponse(request, {403,
                                       *name + " is an operator with a token of their own: only "
                                               "with that one does anybody act under this name.",
                                       "Waybill-Actor", "name_of_another"});
    }
    if (!who.shared) return std::nullopt;
    if (!name) return errorResponse(request, name.refusal());
    request.principal = kOperator + *name;
    request.principal_claimed |= *name != who.name;
    return std::nullopt;
}

}  // namespace

std::string_view toString(Role role) noexcept {
    return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<Role> roleFrom(std::string_view text) noexcept {
    const auto found = std::find(kRoleNames.begin(), kRoleNames.end(), text);
    if (found == kRoleNames.end()) return std::nullopt;
    return static_cast<Role>(found - kRoleNames.begin());
}

HttpResponse tooManyFailedLogins(const HttpRequest& request, Duration wait) {
    const std::string seconds =
        std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
    HttpResponse response =
        errorResponse(request, {429,
                                "Too many wrong credentials came from this address; try again in " +
                                    seconds + " s. A right one is taken at any time.",
                                "", "too_many_failed_logins"});
    response.headers.add("Retry-After", seconds);
    return response;
}

std::optional<HttpResponse> admitOperator(const OperatorApiOptions& options, const Asked& asked,
                                          HttpRequest& request) {
    if (std::optional<HttpResponse> refusal = refuseForeignSite(request)) return refusal;
    if (std::optional<HttpResponse> refusal = refuseTwoCredentials(request)) return refusal;
    if (options.needs_client_certificate && !request.client_certificate) {
        note(options, request, std::string(kEngineActor),
             {AccessKind::kLoginFailed, "no client certificate"});
        return errorResponse(request, {403,
                                       "This needs a TLS client certificate that --operator-ca "
                                       "vouches for, beside an operator's token.",
                                       "", "client_certificate_needed"});
    }
    const std::optional<OperatorIdentity> who = identify(options, request);
    if (!who) return refuseLogin(options, request);
    const std::string own = kOperator + who->name;
    if (who->role < asked.needed) {
        note(options, request, own,
             {AccessKind::kRoleRefused, request.method + " " + std::string(asked.route)});
        return errorResponse(
            request, {403,
                      "This needs the role " + std::string(toString(asked.needed)) + "; " +
                          who->name + " has the role " + std::string(toString(who->role)) + ".",
                      "", "role_may_not"});
    }
    request.principal = own;
    request.principal_claimed = who->shared && hasOwnToken(options, who->name);
    return takeClaim(options, *who, request);
}

Role roleOf(const OperatorApiOptions& options, const HttpRequest& request) {
    const std::optional<OperatorIdentity> who = identify(options, request);
    return who ? who->role : Role::kViewer;
}

}  // namespace waybill::server
