#include "waybill/callback_url.h"

#include <algorithm>
#include <charconv>

#include "net/characters.h"
#include "net/remedy.h"
#include "net/request_url.h"
#include "net/url_host.h"
#include "waybill/any_address.h"

namespace waybill {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool isVisibleAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), isVisible);
}

UrlCheck unusable(std::string code, std::string reason) {
    return {std::nullopt, Unusable{std::move(code), std::move(reason)}};
}

// An empty port is the default one (RFC 3986 section 3.2.3).
std::optional<std::uint16_t> parsePort(std::string_view digits, std::uint16_t fallback) {
    if (digits.empty()) return fallback;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
    if (error != std::errc() || end != digits.end() || port == 0) return std::nullopt;
    return port;
}

struct Authority {
    std::string_view host;
    std::string_view port;
};

Authority splitAuthority(std::string_view authority) {
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
    if (colon == authority.npos) return {authority, {}};
    return {authority.substr(0, colon), authority.substr(colon + 1)};
}

// Takes `http:` or `https:` off the front and says which; nothing when it is neither.
std::optional<bool> takeScheme(std::string_view& text) {
    const auto colon = text.find(':');
    if (colon == text.npos) return std::nullopt;
    const std::string_view scheme = text.substr(0, colon);
    const bool https = equalsIgnoringCase(scheme, "https");
    if (!https && !equalsIgnoringCase(scheme, "http")) return std::nullopt;
    text.remove_prefix(colon + 1);
    return https;
}

std::optional<Unusable> refusedAddress(const IpAddress& address, std::uint16_t port,
                                       const AddressPolicy& policy) {
    const auto refused = policy.refusal(address, port);
    if (!refused) return std::nullopt;
    std::string reason = "The URL leads to an address that must not be reached: " + *refused + ".";
    if (allowingHelps(policy, address, port))
        reason += " If it is meant to be, " + AddressPolicy::remedy(address) + ".";
    return Unusable{"url_refused_address", std::move(reason)};
}

std::optional<Unusable> takeAuthority(std::string_view authority, const AddressPolicy& policy,
                                      CallbackUrl& url) {
    if (authority.find('@') != authority.npos) {
        return Unusable{"url_credentials",
                        "The URL has credentials in it (user@host); use a token instead."};
    }
    const auto [host_text, port_text] = splitAuthority(authority);
    if (host_text.empty()) return Unusable{"url_host", "The URL has no host."};
    auto host = parseUrlHost(host_text);
    if (!host) {
        return Unusable{"url_host", "The URL's host is neither a name nor an address."};
    }
    const auto port = parsePort(port_text, url.https ? kHttpsPort : kHttpPort);
    if (!port) return Unusable{"url_port", "The URL's port is not a number from 1 to 65535."};
    if (const auto refused = policy.refusalOfPort(*port)) {
        return Unusable{"url_refused_port",
                        "The URL leads to a port that must not be reached: " + *refused + "."};
    }
    if (host->literal) {
        if (auto refused = refusedAddress(*host->literal, *port, policy)) return refused;
    }
    url.host = std::move(host->name);
    url.literal = host->literal;
    url.port = *port;
    return std::nullopt;
}

std::string bracketed(const CallbackUrl& url) {
    return url.literal && !url.literal->is_v4 ? "[" + url.host + "]" : url.host;
}

UrlCheck parseUrl(std::string_view text, const AddressPolicy& policy, std::size_t most) {
    if (text.size() > most) {
        return unusable("url_too_long",
                        "The URL is longer than " + std::to_string(most) + " characters.");
    }
    if (!isVisibleAscii(text)) {
        return unusable("url_characters",
                        "The URL has characters outside visible ASCII; write international host "
                        "names in their xn-- form and percent-encode the rest.");
    }

    const auto https = takeScheme(text);
    if (!https) {
        return unusable("url_scheme", "The URL does not begin with http:// or https://.");
    }
    if (!text.starts_with("//")) return unusable("url_host", "The URL has no host.");
    text.remove_prefix(2);
    text = text.substr(0, text.find('#'));

    CallbackUrl url;
    url.https = *https;
    const auto authority_end = std::min(text.find_first_of("/?"), text.size());
    if (auto problem = takeAuthority(text.substr(0, authority_end), policy, url)) {
        return {std::nullopt, std::move(problem)};
    }
    url.target = text.substr(authority_end);
    if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
    return {std::move(url), std::nullopt};
}

}  // namespace

std::string CallbackUrl::endpoint() const {
    return (https ? "https://" : "http://") + bracketed(*this) + ":" + std::to_string(port);
}

std::string CallbackUrl::hostHeader() const {
    if (port == (https ? kHttpsPort : kHttpPort)) return bracketed(*this);
    return bracketed(*this) + ":" + std::to_string(port);
}

UrlCheck parseCallbackUrl(std::string_view text, const AddressPolicy& policy) {
    return parseUrl(text, policy, kMaxUrlLength);
}

UrlCheck parseRequestUrl(std::string_view text, const AddressPolicy& policy) {
    return parseUrl(text, policy, kMaxRequestUrl);
}

std::optional<std::string> endpointNamed(std::string_view text) {
    const UrlCheck check = parseCallbackUrl(text, anyAddress());
    if (!check.url || check.url->target != "/") return std::nullopt;
    return check.url->endpoint();
}

std::optional<Unusable> checkToken(std::string_view token) {
    if (token.size() > kMaxTokenLength) {
        return Unusable{"token_too_long", "The token is longer than " +
                                              std::to_string(kMaxTokenLength) + " characters."};
    }
    if (!isVisibleAscii(token)) {
        return Unusable{"token_characters",
                        "The token has characters outside visible ASCII (0x21 to 0x7E)."};
    }
    return std::nullopt;
}

}  // namespace waybill
