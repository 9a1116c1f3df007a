#include "waybill/server/api_error.h"

#include "waybill/json_quote.h"

namespace waybill::server {
namespace {

bool isAnthropic(const HttpRequest& request) {
    constexpr std::string_view kPath = "/v1/messages";
    return request.path.starts_with(kPath) &&
           (request.path.size() == kPath.size() || request.path[kPath.size()] == '/');
}

std::string_view anthropicType(int status) {
    switch (status) {
        case 401:
            return "authentication_error";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 413:
            return "request_too_large";
        case 429:
            return "rate_limit_error";
        case 503:
            return "overloaded_error";
        default:
            return status < 500 ? "invalid_request_error" : "api_error";
    }
}

std::string_view openAiType(int status) {
    switch (status) {
        case 401:
            return "authentication_error";
        case 403:
            return "permission_error";
        case 429:
            return "rate_limit_error";
        default:
            return status < 500 ? "invalid_request_error" : "server_error";
    }
}

std::string quotedOrNull(std::string_view text) {
    return text.empty() ? "null" : jsonQuote(text);
}

}  // namespace

HttpResponse errorResponse(const HttpRequest& request, const ApiError& error) {
    std::string json;
    if (isAnthropic(request)) {
        json.append(R"({"type":"error","error":{"type":)")
            .append(jsonQuote(anthropicType(error.status)))
            .append(R"(,"message":)")
            .append(jsonQuote(error.message))
            .append(R"(},"request_id":)")
            .append(jsonQuote(request.id))
            .append("}");
    } else {
        json.append(R"({"error":{"message":)")
            .append(jsonQuote(error.message))
            .append(R"(,"type":)")
            .append(jsonQuote(openAiType(error.status)))
            .append(R"(,"param":)")
            .append(quotedOrNull(error.param))
            .append(R"(,"code":)")
            .append(quotedOrNull(error.code))
            .append("}}");
    }
    HttpResponse response = jsonResponse(error.status, std::move(json));
    if (error.status == 401) response.headers.add("WWW-Authenticate", "Bearer");
    if (error.status == 503) response.headers.add("Retry-After", "1");
    return response;
}

HttpResponse errorResponse(const HttpRequest& request, const Refusal& refusal) {
    return errorResponse(request,
                         ApiError{statusOf(refusal.code), refusal.message, refusal.param, ""});
}

ApiError memoryFull() {
    return {503, "There is no memory left for this request and its answer now; try again shortly.",
            "", "memory_full"};
}

int statusOf(RefusalCode code) noexcept {
    switch (code) {
        case RefusalCode::kInvalid:
            return 400;
        case RefusalCode::kForbidden:
            return 403;
        case RefusalCode::kNotFound:
            return 404;
        case RefusalCode::kConflict:
            return 409;
        case RefusalCode::kErased:
            return 410;
        case RefusalCode::kTooLarge:
            return 413;
        case RefusalCode::kOverloaded:
        case RefusalCode::kUnavailable:
            return 503;
    }
    return 500;
}

}  // namespace waybill::server
