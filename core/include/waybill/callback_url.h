// Which URLs a callback can be sent to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "waybill/address_policy.h"

namespace waybill {

/// An http or https URL, taken apart (RFC 3986). Only `parseCallbackUrl` makes one.
struct CallbackUrl {
    bool https = false;
    std::string
        host{};  ///< lower case; an IPv6 address without brackets; a literal IPv4 in dotted decimal
    std::uint16_t port = 0;
    std::string
        target{};  ///< origin-form for the request line: path and query as given, `/` when empty
    std::optional<IpAddress> literal{};  ///< when the host is an address, in whatever spelling

    std::string endpoint() const;    ///< `https://example.com:443`: lower case, port always shown
    std::string hostHeader() const;  ///< RFC 9110 section 7.2: without the scheme's default port
};

/// Why a URL or token cannot be used.
struct Unusable {
    std::string code{};  ///< `url_type`, `url_scheme`, `url_host`, `url_credentials`,
                         ///< `url_characters`, `url_too_long`, `url_port`, `url_refused_port`,
                         ///< `url_refused_address`, `token_…` (`type`, `characters`, `too_long`)
    std::string reason{};  ///< a sentence for an operator; contains nothing of path, query or token
};

struct UrlCheck {
    std::optional<CallbackUrl> url{};  ///< set exactly when usable
    std::optional<Unusable> unusable{};
};

inline constexpr std::size_t kMaxUrlLength = 2048;
inline constexpr std::size_t kMaxTokenLength = 4096;

/// Usable: http or https, a host, no credentials, only visible ASCII (international names in their
/// `xn--` form), at most kMaxUrlLength characters, and not a literal address (decimal, octal, hex,
/// short, mapped: in whatever spelling the system's resolver would take for one) or a port that
/// `policy` refuses. A fragment is dropped.
UrlCheck parseCallbackUrl(std::string_view text, const AddressPolicy& policy);

/// An endpoint that somebody names (`HTTPS://Example.com`) as `CallbackUrl::endpoint` spells it.
/// Nothing for what is none. Pure.
std::optional<std::string> endpointNamed(std::string_view text);

/// Nothing when the token can be sent (RFC 6750's b64token and beyond: visible ASCII, 0x21–0x7E),
/// else why not.
std::optional<Unusable> checkToken(std::string_view token);

}  // namespace waybill
