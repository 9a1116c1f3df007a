#include "operator/request_bodies.h"

#include "operator/body_reader.h"
#include "operator/listing_query.h"
#include "waybill/callback_url.h"
#include "waybill/endpoint.h"
#include "waybill/listing_rules.h"
#include "waybill/text_check.h"

namespace waybill::server {
namespace {

/// Empty where there is none. What cannot be recorded is refused.
std::string reasonIn(BodyReader& body) {
    std::string reason = body.text("reason").value_or("");
    if (const auto problem = textProblem(reason, SIZE_MAX))
        body.fail("reason", "reason " + *problem + ".");
    return reason;
}

DeliveryFilter readFilter(BodyReader& body) {
    DeliveryFilter filter;
    const auto text = body.object("filter");
    if (!text) return filter;
    BodyReader members(*text, filterNames(), "filter.");
    for (const std::string_view name : filterNames()) {
        const auto said = name == "http_status" ? std::nullopt : members.text(name);
        if (!said) continue;
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
    action.reason = reasonIn(reader);
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
    request.reason = reasonIn(reader);
    if (request.limit == 0) reader.fail("limit", "limit must be at least 1.");
    if (request.rate)
        if (auto refusal = checkRate(*request.rate)) reader.fail("rate", refusal->message);
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
    asked.reason = reasonIn(reader);
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
    BodyReader reader(body, {"url", "delivery", "send"});
    CheckBody check;
    check.send = reader.flag("send");
    check.url = reader.text("url");
    check.delivery = reader.text("delivery");
    if (check.url.has_value() == check.delivery.has_value())
        reader.fail("url", "Say what to check: either url, or delivery for a delivery's own URL.");
    if (reader.problem()) return *reader.problem();
    return check;
}

}  // namespace waybill::server
