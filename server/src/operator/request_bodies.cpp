#include "operator/request_bodies.h"

#include "operator/body_reader.h"
#include "operator/listing_query.h"
#include "waybill/callback_url.h"
#include "waybill/endpoint.h"

namespace waybill::server {
namespace {

constexpr double kMostPerSecond = 100'000;
constexpr double kLeastPerSecond = 1.0 / 60;

DeliveryFilter readFilter(BodyReader& body) {
    DeliveryFilter filter;
    const auto text = body.object("filter");
    if (!text) return filter;
    BodyReader members(*text, filterNames(), "filter.");
    for (const std::string_view name : filterNames()) {
        const auto said = name == "http_status" ? std::nullopt : members.text(name);
        if (!said || said->empty()) continue;
        if (auto refusal = setFilter(filter, name, *said))
            members.fail(name, std::move(refusal->message));
    }
    if (const auto status = members.count("http_status"))
        if (auto refusal = setFilter(filter, "http_status", std::to_string(*status)))
            members.fail("http_status", std::move(refusal->message));
    if (members.problem()) body.fail(members.problem()->param, members.problem()->message);
    return filter;
}

std::optional<std::string> endpointIn(const std::string& text) {
    if (text == kEveryEndpoint) return text;
    return endpointNamed(text);
}

}  // namespace

Result<ActionBody> parseAction(std::string_view body, const std::vector<std::string_view>& known) {
    BodyReader reader(body, known);
    ActionBody action;
    action.reason = reader.text("reason").value_or("");
    action.url = reader.text("url");
    action.token = reader.text("token");
    if (reader.problem()) return *reader.problem();
    return action;
}

Result<BulkRequest> parseBulkRequest(std::string_view body, bool paced) {
    std::vector<std::string_view> known = {"filter", "all", "dry_run", "limit", "reason"};
    if (paced) known.push_back("rate");
    BodyReader reader(body, known);
    BulkRequest request;
    request.filter = readFilter(reader);
    request.all = reader.flag("all");
    request.dry_run = reader.flag("dry_run");
    request.limit = reader.count("limit");
    request.rate = reader.number("rate");
    request.reason = reader.text("reason").value_or("");
    if (request.limit == 0) reader.fail("limit", "limit must be at least 1.");
    if (request.rate && (*request.rate < kLeastPerSecond || *request.rate > kMostPerSecond))
        reader.fail("rate", "rate is in deliveries a second, from 1/60 to 100000.");
    if (isEmpty(request.filter) && !request.all)
        reader.fail("filter",
                    "An empty filter would take every delivery there is. If that is what you "
                    "want, say \"all\": true.");
    if (reader.problem()) return *reader.problem();
    return request;
}

Result<EndpointBody> parseEndpointBody(std::string_view body) {
    BodyReader reader(body, {"endpoint", "client", "reason"});
    EndpointBody asked;
    asked.reason = reader.text("reason").value_or("");
    if (reader.text("client"))
        reader.fail("client",
                    "An endpoint is paused for everybody: one client's deliveries alone cannot "
                    "be held.");
    const auto endpoint = endpointIn(reader.text("endpoint").value_or(""));
    if (!endpoint)
        reader.fail("endpoint",
                    "endpoint must be like https://example.com:443, or \"*\" for all of them.");
    if (reader.problem()) return *reader.problem();
    asked.endpoint = *endpoint;
    return asked;
}

Result<CheckBody> parseCheckBody(std::string_view body) {
    BodyReader reader(body, {"url", "send"});
    CheckBody check;
    check.send = reader.flag("send");
    const auto url = reader.text("url");
    if (!url) reader.fail("url", "url says what to check.");
    if (reader.problem()) return *reader.problem();
    check.url = *url;
    return check;
}

}  // namespace waybill::server
