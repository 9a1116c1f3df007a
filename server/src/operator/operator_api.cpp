#include "waybill/server/operator_api.h"

#include <algorithm>

#include "json/check.h"
#include "json/quote.h"
#include "json/text.h"
#include "operator/bearer_token.h"
#include "operator/listing_query.h"
#include "waybill/errors.h"
#include "waybill/server/api_error.h"
#include "waybill/server/engine_admin_api.h"
#include "waybill/views.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxActor = 64;
constexpr std::string_view kDefaultActor = "admin";

bool isActorName(std::string_view name) {
    return !name.empty() && name.size() <= kMaxActor &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// What an operator may say with an action.
struct ActionBody {
    std::string reason;
    std::optional<std::string> url;
    std::optional<std::string> token;
};

Refusal invalid(std::string param, std::string message) {
    return {RefusalCode::kInvalid, std::move(message), std::move(param)};
}

/// An object with the given string members at most; an empty body says nothing.
Result<ActionBody> parseAction(const std::string& body,
                               const std::vector<std::string_view>& known) {
    ActionBody action;
    if (body.empty()) return action;
    if (const auto problem = checkJson(body))
        return invalid("", "The body is not JSON that can be used: " + problem->message + ".");
    if (!isJsonObject(std::string_view(body).substr(body.find_first_not_of(" \t\r\n"))))
        return invalid("", "The body must be a JSON object.");
    for (const JsonMember& member : jsonMembers(body)) {
        if (std::find(known.begin(), known.end(), member.key) == known.end())
            return invalid(member.key, "There is no member " + member.key + " here.");
        const std::string_view value = valueText(body, member);
        if (value == "null") continue;
        if (!isJsonString(value)) return invalid(member.key, member.key + " must be a string.");
        if (member.key == "reason") action.reason = jsonStringValue(value);
        if (member.key == "url") action.url = jsonStringValue(value);
        if (member.key == "token") action.token = jsonStringValue(value);
    }
    return action;
}

std::string quotedOrNull(const std::string& text) {
    return text.empty() ? "null" : jsonQuote(text);
}

std::string infoJson(const InfoView& info) {
    std::string json = R"({"version":)" + jsonQuote(info.version);
    const auto member = [&](std::string_view key, const std::string& value) {
        json.append(",\"").append(key).append("\":").append(value);
    };
    member("log_id", jsonQuote(info.log_id));
    member("head_position", std::to_string(info.head_position));
    member("head_hash", jsonQuote(info.head_hash));
    member("started_at", jsonQuote(formatTimestamp(info.started_at)));
    member("now", jsonQuote(formatTimestamp(info.now)));
    member("ready", info.ready ? "true" : "false");
    member("problem", quotedOrNull(info.problem));
    member("actor", jsonQuote(info.actor));
    member("role", jsonQuote(info.role));
    member("source", jsonQuote(info.source));
    member("max_in_flight", std::to_string(info.max_in_flight));
    member("max_in_flight_per_endpoint", std::to_string(info.max_in_flight_per_endpoint));
    return json + "}";
}

/// Answers the routes; copied into them, so it holds references and the token check only.
class OperatorRoutes {
public:
    OperatorRoutes(Engine& engine, const sqlite::ReadModel& model, OperatorApiOptions options)
        : engine_(engine), model_(model), options_(std::move(options)) {}

    /// Lets the operator's token pass; the principal becomes the actor.
    std::optional<HttpResponse> guard(HttpRequest& request) const {
        const std::string_view token = bearerToken(request.headers);
        if (token.empty() || !options_.accepts_token(token))
            return errorResponse(
                request,
                {401, "This needs the operator's token: Authorization: Bearer <admin token>.", "",
                 "invalid_token"});
        const std::string* said = request.headers.find("waybill-actor");
        const std::string name = said ? *said : std::string(kDefaultActor);
        if (!isActorName(name))
            return errorResponse(request, {400, "Waybill-Actor must be 1 to 64 visible characters.",
                                           "Waybill-Actor", ""});
        request.principal = "operator:" + name;
        return std::nullopt;
    }

    HttpResponse list(const HttpRequest& request) const {
        const auto listing = parseDeliveryListing(request.query, allListingParameters());
        if (!listing) return errorResponse(request, listing.refusal());
        const auto page = api(request).deliveries(listing->filter, listing->limit, listing->cursor);
        if (!page) return errorResponse(request, page.refusal());
        return jsonResponse(200, pageJson(*page));
    }

    HttpResponse show(const HttpRequest& request) const {
        const auto detail = api(request).delivery(request.path_values.front());
        if (!detail) return errorResponse(request, detail.refusal());
        return jsonResponse(200, toJson(*detail));
    }

    HttpResponse eventsOf(const HttpRequest& request) const {
        const auto page = api(request).deliveryEvents(request.path_values.front());
        if (!page) return errorResponse(request, page.refusal());
        return jsonResponse(200, pageJson(*page));
    }

    HttpResponse payload(const HttpRequest& request) const {
        auto bytes = api(request).payload(request.path_values.front());
        if (!bytes) return errorResponse(request, bytes.refusal());
        HttpResponse response;
        response.content_type = "application/octet-stream";
        response.body = std::move(bytes).value();
        return response;
    }

    HttpResponse redeliver(const HttpRequest& request) const {
        const auto action = parseAction(request.body, {"reason", "url", "token"});
        if (!action) return errorResponse(request, action.refusal());
        return acted(request, api(request).redeliver(request.path_values.front(), action->reason,
                                                     action->url, action->token));
    }

    HttpResponse cancel(const HttpRequest& request) const {
        const auto action = parseAction(request.body, {"reason"});
        if (!action) return errorResponse(request, action.refusal());
        return acted(request, api(request).cancel(request.path_values.front(), action->reason));
    }

    HttpResponse events(const HttpRequest& request) const {
        const auto listing = parseEventListing(request.query);
        if (!listing) return errorResponse(request, listing.refusal());
        const auto page = api(request).events(listing->after, listing->limit);
        if (!page) return errorResponse(request, page.refusal());
        return jsonResponse(200, pageJson(*page));
    }

    HttpResponse info(const HttpRequest& request) const {
        const auto info = api(request).info();
        if (!info) return errorResponse(request, info.refusal());
        return jsonResponse(200, infoJson(*info));
    }

private:
    EngineAdminApi api(const HttpRequest& request) const {
        return EngineAdminApi(engine_, model_, request.principal, options_.about);
    }

    static HttpResponse acted(const HttpRequest& request, const Result<DeliveryView>& result) {
        if (!result) return errorResponse(request, result.refusal());
        return jsonResponse(202, toJson(*result));
    }

    Engine& engine_;
    const sqlite::ReadModel& model_;
    OperatorApiOptions options_;
};

}  // namespace

void addOperatorApi(Router& router, Engine& engine, const sqlite::ReadModel& model,
                    OperatorApiOptions options) {
    const auto routes = std::make_shared<const OperatorRoutes>(engine, model, std::move(options));
    using Answer = HttpResponse (OperatorRoutes::*)(const HttpRequest&) const;
    const auto add = [&](std::string method, const std::string& pattern, Answer answer) {
        router.add(
            std::move(method), "/admin/v1/" + pattern,
            [routes](HttpRequest& request) { return routes->guard(request); },
            [routes, answer](HttpRequest& request) {
                try {
                    return ((*routes).*answer)(request);
                } catch (const StoreUnavailable& error) {
                    return errorResponse(request, {503, error.message(), "", "log_unavailable"});
                }
            });
    };
    add("GET", "deliveries", &OperatorRoutes::list);
    add("GET", "deliveries/{id}", &OperatorRoutes::show);
    add("GET", "deliveries/{id}/events", &OperatorRoutes::eventsOf);
    add("GET", "deliveries/{id}/payload", &OperatorRoutes::payload);
    add("POST", "deliveries/{id}/redeliver", &OperatorRoutes::redeliver);
    add("POST", "deliveries/{id}/cancel", &OperatorRoutes::cancel);
    add("GET", "events", &OperatorRoutes::events);
    add("GET", "info", &OperatorRoutes::info);
}

}  // namespace waybill::server
