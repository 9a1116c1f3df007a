#include "waybill/server/api_error.h"

#include <algorithm>
#include <chrono>

#include "http/without_folders.h"
#include "waybill/excerpt.h"
#include "waybill/json_quote.h"

namespace waybill::server {
namespace {

// In bytes. Whoever makes a message shortens what it quotes; this is for what nobody thought of.
constexpr std::size_t kMaxMessage = 1200;
constexpr std::size_t kMaxParam = 256;

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
    // What goes wrong here is told with its file: to operators, and in the log.
    const bool stranger = error.status >= 500 && !request.path.starts_with("/admin/");
    const std::string message =
        excerpt(stranger ? withoutFolders(error.message) : error.message, kMaxMessage);
    const std::string param = excerpt(error.param, kMaxParam);
    std::string json;
    if (isAnthropic(request)) {
        json.append(R"({"type":"error","error":{"type":)")
            .append(jsonQuote(anthropicType(error.status)))
            .append(R"(,"message":)")
            .append(jsonQuote(message))
            .append(R"(},"request_id":)")
            .append(jsonQuote(request.id))
            .append("}");
    } else {
        json.append(R"({"error":{"message":)")
            .append(jsonQuote(message))
            .append(R"(,"type":)")
            .append(jsonQuote(openAiType(error.status)))
            .append(R"(,"param":)")
            .append(quotedOrNull(param))
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
    const auto code = [&] {
        if (refusal.code == RefusalCode::kLimited) return "limited";
        return refusal.code == RefusalCode::kForbidden ? "role_may_not" : "";
    }();
    HttpResponse response = errorResponse(
        request, ApiError{statusOf(refusal.code), refusal.message, refusal.param, code});
    if (refusal.code == RefusalCode::kLimited) {
        const auto wait =
            std::chrono::ceil<std::chrono::seconds>(refusal.retry_after.value_or(Duration::zero()));
        response.headers.add("Retry-After",
                             std::to_string(std::max<std::int64_t>(wait.count(), 1)));
    }
    return response;
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
        case RefusalCode::kLimited:
            return 429;
        case RefusalCode::kTooLarge:
            return 413;
        case RefusalCode::kOverloaded:
        case RefusalCode::kUnavailable:
            return 503;
    }
    return 500;
}

}  // namespace waybill::server
