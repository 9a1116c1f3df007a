#include "gateway/passed_headers.h"

#include <algorithm>
#include <array>

#include "http/request_head.h"
#include "waybill/json_check.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

constexpr std::array<std::string_view, 19> kNotForBackend = {
    "accept-encoding",  "authorization",
    "connection",       "content-encoding",
    "content-length",   "content-type",
    "cookie",           "expect",
    "forwarded",        "host",
    "keep-alive",       "proxy-authorization",
    "proxy-connection", "te",
    "trailer",          "transfer-encoding",
    "upgrade",          "x-api-key",
    "x-forwarded-for"};

constexpr std::array<std::string_view, 5> kForClient = {"content-encoding", "retry-after",
                                                        "retry-after-ms", "vary", "x-should-retry"};
constexpr std::array<std::string_view, 3> kPrefixesForClient = {"x-ratelimit-", "anthropic-",
                                                                "openai-"};

template <std::size_t N>
bool isOneOf(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view known) { return equalsIgnoringCase(name, known); });
}

bool beginsLikeOneForClient(std::string_view name) {
    return std::any_of(kPrefixesForClient.begin(), kPrefixesForClient.end(),
                       [&](std::string_view prefix) {
                           return equalsIgnoringCase(name.substr(0, prefix.size()), prefix);
                       });
}

/// Whether `Connection` says that a field is for this connection alone (RFC 9110 section 7.6.1).
bool isNamedByConnection(std::string_view name, const HttpHeaders& headers) {
    for (const auto& [field, value] : headers)
        if (equalsIgnoringCase(field, "connection") && hasWord(value, name)) return true;
    return false;
}

/// What the transport sends: a value of visible ASCII, inner spaces allowed.
bool isSendable(std::string_view value) {
    return !value.empty() &&
           std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

HttpHeaders headersForBackend(const HttpHeaders& client) {
    HttpHeaders passed;
    for (const auto& [name, value] : client)
        if (!isOneOf(name, kNotForBackend) && !isNamedByConnection(name, client) &&
            isSendable(value))
            passed.add(name, value);
    return passed;
}

HttpHeaders credentialOf(const HttpHeaders& client) {
    HttpHeaders credential;
    for (const char* name : {"Authorization", "x-api-key"})
        if (const std::string* value = client.find(name); value && isSendable(*value))
            credential.add(name, *value);
    return credential;
}

HttpHeaders headersForClient(const HttpHeaders& backend) {
    HttpHeaders passed;
    for (const auto& [name, value] : backend)
        if (isOneOf(name, kForClient) || beginsLikeOneForClient(name)) passed.add(name, value);
    return passed;
}

std::string toJson(const HttpHeaders& headers) {
    std::string json;
    for (const auto& [name, value] : headers)
        json.append(json.empty() ? "{" : ",")
            .append(jsonQuote(name))
            .append(":")
            .append(jsonQuote(value));
    return json.empty() ? "{}" : json + "}";
}

HttpHeaders headersFromJson(std::string_view json) {
    HttpHeaders headers;
    if (checkJson(json, {.max_depth = 1, .unique_keys = false})) return headers;
    for (const JsonMember& member : jsonMembers(json))
        if (const std::string_view value = valueText(json, member); isJsonString(value))
            headers.add(member.key, jsonStringValue(value));
    return headers;
}

}  // namespace waybill::server
