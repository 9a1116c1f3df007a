#include "operator/bearer_token.h"

namespace waybill::server {

std::string_view bearerToken(const HttpHeaders& headers) {
    constexpr std::string_view kScheme = "Bearer ";
    std::string_view value = headers.value("authorization");
    if (!equalsIgnoringCase(value.substr(0, kScheme.size()), kScheme)) return {};
    value.remove_prefix(kScheme.size());
    while (value.starts_with(' '))
        value.remove_prefix(1);
    return value;
}

std::string_view apiKey(const HttpHeaders& headers) {
    const std::string_view token = bearerToken(headers);
    return token.empty() ? headers.value("x-api-key") : token;
}

}  // namespace waybill::server
