// URLs that callbacks go to.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "fuzz/target.h"
#include "http/request_writer.h"
#include "net/url_host.h"
#include "waybill/callback_url.h"

namespace waybill::test {
namespace {

/// Whether inet_aton(3), as the system's resolver would, takes the name for an address.
bool systemTakesForAddress(const std::string& name) {
    in_addr address{};
    in6_addr address6{};
    return ::inet_aton(name.c_str(), &address) != 0 ||
           ::inet_pton(AF_INET6, name.c_str(), &address6) == 1;
}

}  // namespace

/// A URL that is taken adds no line to a request, is refused as an address whenever the system
/// would take it for one, and means the same when it is read again.
WAYBILL_FUZZ_TARGET(callback_url) {
    static const AddressPolicy kPolicy;
    const UrlCheck check = parseCallbackUrl(bytes, kPolicy);
    FUZZ_CHECK(check.url.has_value() != check.unusable.has_value());
    const auto named = endpointNamed(bytes);
    if (named) FUZZ_CHECK(endpointNamed(*named) == named);
    if (const auto unusable = checkToken(bytes)) FUZZ_CHECK(!unusable->reason.empty());
    if (check.unusable) {
        FUZZ_CHECK(!check.unusable->code.empty() && !check.unusable->reason.empty());
        FUZZ_CHECK(check.unusable->reason.size() <= 600);
        return;
    }
    const CallbackUrl& url = *check.url;
    FUZZ_CHECK(url.literal.has_value() || !systemTakesForAddress(url.host));
    FUZZ_CHECK(!url.literal || !kPolicy.refusal(*url.literal));
    const auto head = http::composeRequestHead("POST", url, {}, 2);
    FUZZ_CHECK(head.has_value());
    FUZZ_CHECK(std::count(head->begin(), head->end(), '\n') == 4);
    FUZZ_CHECK(url.target.starts_with('/') && !url.host.empty() && url.port != 0);
    for (const char c : url.host + url.target)
        FUZZ_CHECK(c > 0x20 && c < 0x7f);
    const UrlCheck again = parseCallbackUrl(url.endpoint() + url.target, kPolicy);
    FUZZ_CHECK(again.url && again.url->endpoint() == url.endpoint() &&
               again.url->target == url.target && again.url->literal == url.literal);
    FUZZ_CHECK(endpointNamed(url.endpoint()) == url.endpoint());
}

}  // namespace waybill::test
