#include "credentials/bearer_token.h"

#include <algorithm>

#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

constexpr std::string_view kScheme = "Bearer";

HttpResponse refused(const HttpRequest& request, std::string message) {
    return errorResponse(request, {401, std::move(message), "", "ambiguous_credentials"});
}

std::ptrdiff_t countOf(const HttpHeaders& headers, std::string_view name) {
    return std::count_if(headers.begin(), headers.end(),
                         [&](const auto& field) { return equalsIgnoringCase(field.first, name); });
}

/// SDKs without a key send an empty one.
bool saysNothing(std::string_view authorization) {
    while (authorization.ends_with(' '))
        authorization.remove_suffix(1);
    return authorization.empty() || equalsIgnoringCase(authorization, kScheme);
}

}  // namespace

std::string_view bearerToken(const HttpHeaders& headers) {
    std::string_view value = headers.value("authorization");
    if (!equalsIgnoringCase(value.substr(0, kScheme.size()), kScheme)) return {};
    value.remove_prefix(kScheme.size());
    if (!value.starts_with(' ')) return {};
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
}

std::string_view apiKey(const HttpHeaders& headers) {
    const std::string_view token = bearerToken(headers);
    return token.empty() ? headers.value("x-api-key") : token;
}

std::optional<HttpResponse> refuseRepeatedCredential(const HttpRequest& request) {
    for (const char* name : {"Authorization", "x-api-key"})
        if (countOf(request.headers, name) > 1)
            return refused(request, std::string("There is more than one ") + name +
                                        " header in this request; send one.");
    return std::nullopt;
}

std::optional<HttpResponse> refuseTwoCredentials(const HttpRequest& request) {
    if (auto refusal = refuseRepeatedCredential(request)) return refusal;
    const std::string_view key = request.headers.value("x-api-key");
    if (key.empty() || saysNothing(request.headers.value("authorization")) ||
        bearerToken(request.headers) == key)
        return std::nullopt;
    return refused(request,
                   "Authorization and x-api-key of this request are different credentials; send "
                   "one of them, or the same in both.");
}

}  // namespace waybill::server
