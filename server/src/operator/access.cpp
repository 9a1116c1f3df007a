#include "operator/access.h"

#include <algorithm>
#include <array>

#include "operator/bearer_token.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxActor = 64;
constexpr std::array<std::string_view, 3> kRoleNames = {"viewer", "operator", "admin"};

bool isActorName(std::string_view name) {
    return !name.empty() && name.size() <= kMaxActor &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F; });
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
    const std::string& name = said ? *said : who->name;
    if (!isActorName(name))
        return errorResponse(request, {400, "Waybill-Actor must be 1 to 64 visible characters.",
                                       "Waybill-Actor", ""});
    request.principal = "operator:" + name;
    return std::nullopt;
}

Role roleOf(const OperatorApiOptions& options, const HttpRequest& request) {
    const std::optional<OperatorIdentity> who = identify(options, request);
    return who ? who->role : Role::kViewer;
}

}  // namespace waybill::server
