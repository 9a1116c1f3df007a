#include "llm/passed_headers.h"

#include <algorithm>
#include <array>
#include <vector>

#include "http/request_head.h"
#include "waybill/bytes.h"
#include "waybill/json_check.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

// Of this connection (RFC 9110 section 7.6.1), of the body's form, or for us alone.
constexpr std::array<std::string_view, 15> kOfThisConnection = {"connection",
                                                                "content-length",
                                                                "expect",
                                                                "host",
                                                                "keep-alive",
                                                                "proxy-connection",
                                                                "te",
                                                                "trailer",
                                                                "transfer-encoding",
                                                                "upgrade",
                                                                "cookie",
                                                                "http2-settings",
                                                                "proxy-authorization",
                                                                "proxy-authenticate",
                                                                "proxy-authentication-info"};

constexpr std::array<std::string_view, 3> kBodyForm = {"accept-encoding", "content-encoding",
                                                       "content-type"};

// What backends take for a key: OpenAI and most others, Anthropic, Azure, Google.
constexpr std::array<std::string_view, 4> kCredentials = {"authorization", "x-api-key", "api-key",
                                                          "x-goog-api-key"};

// A field whose name has one of these is taken for a credential too, whoever reads it.
constexpr std::array<std::string_view, 6> kWordsOfCredentials = {"key",  "token",    "secret",
                                                                 "auth", "password", "credential"};
// ... but for those that end so: a name for one call, and of a person.
constexpr std::array<std::string_view, 2> kNoCredentials = {"idempotency-key", "author"};

// What proxies in front of us say of our side of the network, as RFC 7239, RFC 9110 section 7.6.3,
// RFC 8586 and the usual products name it.
constexpr std::array<std::string_view, 20> kOfProxies = {"forwarded",
                                                         "via",
                                                         "cdn-loop",
                                                         "x-real-ip",
                                                         "x-real-port",
                                                         "x-client-ip",
                                                         "x-cluster-client-ip",
                                                         "x-remote-ip",
                                                         "x-remote-addr",
                                                         "x-proxyuser-ip",
                                                         "true-client-ip",
                                                         "cf-connecting-ip",
                                                         "cf-connecting-ipv6",
                                                         "cf-ray",
                                                         "cf-visitor",
                                                         "cf-ipcountry",
                                                         "fastly-client-ip",
                                                         "fly-client-ip",
                                                         "x-original-host",
                                                         "x-host"};
constexpr std::array<std::string_view, 5> kPrefixesOfProxies = {
    "x-forwarded-", "x-original-forwarded-", "x-envoy-", "x-azure-", "x-appengine-"};

// What a browser says of the page that asks: it asks us, and a backend may have rules of its own
// for foreign pages.
constexpr std::array<std::string_view, 2> kOfPages = {"origin", "referer"};
constexpr std::array<std::string_view, 2> kPrefixesOfPages = {"sec-fetch-",
                                                              "access-control-request-"};

// With these a request would say another method or path than the one that was looked at.
constexpr std::array<std::string_view, 5> kOtherRequest = {"x-http-method-override",
                                                           "x-http-method", "x-method-override",
                                                           "x-original-url", "x-rewrite-url"};

/// Fields of one kind that a client may send along with the operator's key.
struct FieldsOfClient {
    std::string_view why;
    std::vector<std::string_view> names;  ///< `x-*`: every name that begins with `x-`
};

/// What is not here names something of the key's account (`OpenAI-Organization`, `OpenAI-Project`),
/// another path, host or method than the one that was looked at (`X-Original-URL`), or the id of a
/// request among those of other clients (`X-Request-Id` at vLLM), or nobody knows what it names.
const std::vector<FieldsOfClient>& fieldsBesideOperatorsKey() {
    static const std::vector<FieldsOfClient> kFields = {
        {"what the answer is to be like (RFC 9110 section 12)", {"accept", "accept-language"}},
        {"who asks (RFC 9110 section 10.1.5), and what vendors' SDKs say of themselves",
         {"user-agent", "x-stainless-*"}},
        {"versions and trial features of an API",
         {"anthropic-version", "anthropic-beta", "openai-beta"}},
        {"a name for the call, by which it is made once; and one for the vendor's own records",
         {"idempotency-key", "x-client-request-id"}},
        {"where it belongs in a trace (W3C Trace Context)", {"traceparent", "tracestate"}},
        {"the form of a body that is passed on as it came",
         {"content-type", "content-encoding", "accept-encoding"}}};
    return kFields;
}

constexpr std::array<std::string_view, 5> kForClient = {"content-encoding", "retry-after",
                                                        "retry-after-ms", "vary", "x-should-retry"};
constexpr std::array<std::string_view, 3> kPrefixesForClient = {"x-ratelimit-", "anthropic-",
                                                                "openai-"};

// Ours to say; of the backend's origin, which the client does not talk to; or for whoever made the
// connection to the backend, which other clients use too.
constexpr std::array<std::string_view, 13> kNotForClient = {"date",
                                                            "content-type",
                                                            "x-request-id",
                                                            "request-id",
                                                            "set-cookie",
                                                            "set-cookie2",
                                                            "alt-svc",
                                                            "via",
                                                            "clear-site-data",
                                                            "nel",
                                                            "report-to",
                                                            "expect-ct",
                                                            "strict-transport-security"};
constexpr std::array<std::string_view, 1> kPrefixesNotForClient = {"access-control-"};

template <std::size_t N>
bool isFieldOf(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view known) { return equalsIgnoringCase(name, known); });
}

template <std::size_t N>
bool beginsLikeOneOf(std::string_view name, const std::array<std::string_view, N>& prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
        return equalsIgnoringCase(name.substr(0, prefix.size()), prefix);
    });
}

/// Whether `Connection` says that a field is for this connection alone (RFC 9110 section 7.6.1).
bool isNamedByConnection(std::string_view name, const HttpHeaders& headers) {
    for (const auto& [field, value] : headers)
        if (equalsIgnoringCase(field, "connection") && hasWord(value, name)) return true;
    return false;
}

/// What a backend may take for `name`: CGI and what came from it know no difference between `_` and
/// `-` (RFC 3875 section 4.1.18).
std::string asRead(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

bool isForBackend(const std::string& given, const HttpHeaders& client) {
    const std::string name = asRead(given);
    return !isFieldOf(name, kOfThisConnection) && !isFieldOf(name, kBodyForm) &&
           !isFieldOf(name, kOfProxies) && !beginsLikeOneOf(name, kPrefixesOfProxies) &&
           !isFieldOf(name, kOfPages) && !beginsLikeOneOf(name, kPrefixesOfPages) &&
           !isFieldOf(name, kOtherRequest) && !isNamedByConnection(given, client);
}

bool goesBesideOperatorsKey(std::string_view name) {
    for (const FieldsOfClient& kind : fieldsBesideOperatorsKey())
        for (std::string_view known : kind.names) {
            const bool prefix = known.ends_with('*');
            if (prefix) known.remove_suffix(1);
            if (equalsIgnoringCase(prefix ? name.substr(0, known.size()) : name, known))
                return true;
        }
    return false;
}

/// Bytes as text that JSON can hold: each from 0x80 on as the character of that number (ISO
/// 8859-1), and back.
std::string textOf(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) text.push_back(static_cast<char>(0xC0 | (byte >> 6)));
        text.push_back(byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3F)));
    }
    return text;
}

std::string bytesOf(std::string_view text) {
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool pair = (byte == 0xC2 || byte == 0xC3) && at + 1 < text.size();
        if (pair) ++at;
        bytes.push_back(pair ? static_cast<char>(((byte & 0x03) << 6) | (text[at] & 0x3F))
                             : text[at]);
    }
    return bytes;
}

}  // namespace

bool isKnownCredential(std::string_view name) {
    return isFieldOf(asRead(std::string(name)), kCredentials);
}

bool isCredential(std::string_view given) {
    std::string name = asRead(std::string(given));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (isKnownCredential(name)) return true;
    for (const std::string_view other : kNoCredentials)
        if (name.ends_with(other)) name.resize(name.size() - other.size());
    return std::any_of(kWordsOfCredentials.begin(), kWordsOfCredentials.end(),
                       [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

HttpHeaders headersBesideOperatorsKey(const HttpHeaders& client) {
    HttpHeaders passed;
    for (const auto& [name, value] : client)
        if (goesBesideOperatorsKey(name)) passed.add(name, value);
    return passed;
}

HttpHeaders withOwnIdempotencyKey(const HttpHeaders& headers, const std::string& client) {
    HttpHeaders passed;
    for (const auto& [name, value] : headers)
        passed.add(name, equalsIgnoringCase(name, "idempotency-key")
                             ? toHex(sha256(client + '\n' + value))
                             : value);
    return passed;
}

HttpHeaders headersForBackend(const HttpHeaders& client) {
    HttpHeaders passed;
    for (const auto& [name, value] : client)
        if (isForBackend(name, client) && !isCredential(name)) passed.add(name, value);
    return passed;
}

HttpHeaders bodyFormOf(const HttpHeaders& client) {
    HttpHeaders form;
    for (const auto& [name, value] : client)
        if (isFieldOf(name, kBodyForm)) form.add(name, value);
    return form;
}

HttpHeaders credentialOf(const HttpHeaders& client) {
    HttpHeaders credential;
    for (const auto& [name, value] : client)
        if (isForBackend(name, client) && isCredential(name)) credential.add(name, value);
    return credential;
}

HttpHeaders headersForClient(const HttpHeaders& backend) {
    HttpHeaders passed;
    for (const auto& [name, value] : backend)
        if (isFieldOf(name, kForClient) || beginsLikeOneOf(name, kPrefixesForClient))
            passed.add(name, value);
    return passed;
}

HttpHeaders allHeadersForClient(const HttpHeaders& backend) {
    HttpHeaders passed;
    for (const auto& [name, value] : backend)
        if ((!isFieldOf(name, kOfThisConnection) || equalsIgnoringCase(name, "content-length")) &&
            !isFieldOf(name, kNotForClient) && !beginsLikeOneOf(name, kPrefixesNotForClient) &&
            !isNamedByConnection(name, backend))
            passed.add(name, value);
    return passed;
}

std::string toJson(const HttpHeaders& headers) {
    std::string json;
    for (const auto& [name, value] : headers)
        json.append(json.empty() ? "{" : ",")
            .append(jsonQuote(name))
            .append(":")
            .append(jsonQuote(textOf(value)));
    return json.empty() ? "{}" : json + "}";
}

HttpHeaders headersFromJson(std::string_view json) {
    HttpHeaders headers;
    if (checkJson(json, {.max_depth = 1, .unique_keys = false})) return headers;
    for (const JsonMember& member : jsonMembers(json))
        if (const std::string_view value = valueText(json, member); isJsonString(value))
            headers.add(member.key, bytesOf(jsonStringValue(value)));
    return headers;
}

}  // namespace waybill::server
