#include "operator/access.h"

#include <algorithm>
#include <array>

#include "http/percent.h"
#include "operator/bearer_token.h"
#include "waybill/server/api_error.h"
#include "waybill/server/site_guard.h"
#include "waybill/text_check.h"

namespace waybill::server {
namespace {

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

}  // namespace

std::string_view toString(Role role) noexcept {
    return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<Role> roleFrom(std::string_view text) noexcept {
    const auto found = std::find(kRoleNames.begin(), kRoleNames.end(), text);
    if (found == kRoleNames.end()) return std::nullopt;
    return static_cast<Role>(found - kRoleNames.begin());
}

std::optional<HttpResponse> admitOperator(const OperatorApiOptions& options, Role needed,
                                          HttpRequest& request) {
    if (std::optional<HttpResponse> refusal = refuseForeignSite(request)) return refusal;
    const std::optional<OperatorIdentity> who = identify(options, request);
    if (!who)
        return errorResponse(
            request, {401, "This needs an operator's token: Authorization: Bearer <token>.", "",
                      "invalid_token"});
    if (who->role < needed)
        return errorResponse(
            request, {403,
                      "This needs the role " + std::string(toString(needed)) + "; " + who->name +
                          " has the role " + std::string(toString(who->role)) + ".",
                      "", "role_may_not"});
    const std::string* said = who->shared ? request.headers.find("waybill-actor") : nullptr;
    const Result<std::string> name = said ? actorNamed(*said) : who->name;
    if (!name) return errorResponse(request, name.refusal());
    request.principal = "operator:" + *name;
    return std::nullopt;
}

Role roleOf(const OperatorApiOptions& options, const HttpRequest& request) {
    const std::optional<OperatorIdentity> who = identify(options, request);
    return who ? who->role : Role::kViewer;
}

}  // namespace waybill::server
