// What operators ask and send: queries of listings, cursors, bodies.
#include "fuzz/target.h"
#include "http/host.h"
#include "http/percent.h"
#include "llm/passed_routes.h"
#include "llm/response_query.h"
#include "operator/listing_query.h"
#include "operator/request_bodies.h"
#include "read/page_cursor.h"
#include "waybill/errors.h"
#include "waybill/json_check.h"
#include "waybill/listing_rules.h"
#include "waybill/server/site_guard.h"
#include "waybill/text_check.h"

namespace waybill::test {
namespace {

/// A refusal is a sentence that is safe to show, and no copy of the input.
template <typename T>
bool taken(const Result<T>& result) {
    if (result) return true;
    const std::string& message = result.refusal().message;
    FUZZ_CHECK(!message.empty() && message.size() < 2000);
    return false;
}

void checkQuery(std::string_view bytes) {
    const auto listing = server::parseDeliveryListing(bytes, server::allListingParameters());
    if (taken(listing)) {
        FUZZ_CHECK(listing->page.limit >= 1 && listing->page.limit <= kMostLimit);
        FUZZ_CHECK(deliveryFilterFromJson(toJson(listing->filter)) == listing->filter);
    }
    if (const auto page = server::parsePageQuery(bytes); taken(page))
        FUZZ_CHECK(page->limit >= 1 && page->limit <= kMostLimit);
    taken(server::parseResponseListing(bytes));
    taken(server::parseEventListing(bytes));
    if (const auto window = server::parseWindow(bytes, true); taken(window)) {
        FUZZ_CHECK(window->window >= kShortestWindow && window->window <= kLongestWindow);
        FUZZ_CHECK(window->step > Duration::zero());
        FUZZ_CHECK(window->window / window->step <= kMostSteps);
    }
    taken(server::parseResponseQuery(bytes));
    static_cast<void>(server::refusalOfQuery(bytes));
}

void checkCursor(std::string_view bytes) {
    for (const auto order :
         {DeliveryOrder::kCreated, DeliveryOrder::kUpdated, DeliveryOrder::kNextAttempt})
        if (const auto place = sqlite::placeFrom(order, bytes))
            FUZZ_CHECK(sqlite::cursorOf(order, *place) == bytes);
    if (const auto key = sqlite::keyFrom('r', bytes))
        FUZZ_CHECK(sqlite::cursorOf('r', *key) == bytes);
}

void checkBody(std::string_view bytes) {
    if (const auto action = server::parseAction(bytes, {"reason", "url", "token"}); taken(action))
        FUZZ_CHECK(action->reason.size() <= bytes.size());
    if (const auto bulk = server::parseBulkRequest(bytes, true); taken(bulk)) {
        FUZZ_CHECK(bulk->all || !isEmpty(bulk->filter));
        FUZZ_CHECK(!bulk->rate || !checkRate(*bulk->rate));
        FUZZ_CHECK(!checkJson(toJson(bulk->filter)));
    }
    taken(server::parseEndpointBody(bytes));
    if (const auto check = server::parseCheckBody(bytes); taken(check))
        FUZZ_CHECK(check->url.has_value() != check->delivery.has_value());
}

void checkPath(std::string_view bytes) {
    const std::string path = "/v1/" + std::string(bytes);
    if (server::ambiguityIn(path)) return;
    FUZZ_CHECK(path.find("/../") == path.npos && path.find("//") == path.npos);
    static_cast<void>(server::keepsNothing("GET", path));
    try {
        const std::string route = server::passedRoute(bytes);
        FUZZ_CHECK(server::isBelow("/v1/" + route, {route}));
        FUZZ_CHECK(!server::isBelow("/v1/" + route + "x", {route}));
    } catch (const ConfigError& error) {
        FUZZ_CHECK(!error.message().empty());
    }
}

/// In lower case, whatever the operator wrote (RFC 6454 section 6.1).
std::string asBrowsersSend(std::string_view origin) {
    std::string sent(origin);
    for (char& c : sent)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return sent;
}

void checkOrigin(std::string_view bytes) {
    server::AllowedOrigins allowed;
    try {
        allowed.add(bytes);
        FUZZ_CHECK(allowed.contains(asBrowsersSend(bytes)) && bytes != "*" && bytes != "null");
    } catch (const ConfigError& error) {
        FUZZ_CHECK(!error.message().empty());
    }
    server::HttpRequest request;
    request.method = "POST";
    request.host = "127.0.0.1:8080";
    request.headers.add("Origin", std::string(bytes));
    const bool refused = server::refuseForeignSite(request).has_value();
    FUZZ_CHECK(refused == (bytes != "http://127.0.0.1:8080" && bytes != "https://127.0.0.1:8080"));
    if (const auto host = server::parseHostAndPort(bytes); host && server::isLocalName(host->host))
        FUZZ_CHECK(!server::isSingleLabel(host->host) || host->host.size() == 9);
}

}  // namespace

/// Everything is taken within its bounds or refused in a short sentence.
WAYBILL_FUZZ_TARGET(operator_queries) {
    switch (takeByte(bytes) % 5) {
        case 0:
            return checkQuery(bytes);
        case 1:
            return checkCursor(bytes);
        case 2:
            return checkBody(bytes);
        case 3:
            return checkPath(bytes);
        default:
            return checkOrigin(bytes);
    }
}

}  // namespace waybill::test
