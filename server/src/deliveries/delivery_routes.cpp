#include "deliveries/delivery_routes.h"

#include "operator/listing_query.h"
#include "waybill/errors.h"
#include "waybill/server/api_error.h"
#include "waybill/views.h"

namespace waybill::server {
namespace {

constexpr std::string_view kPath = "/v1/deliveries";

/// As its client may see it. That a name does not exist, and that it leads to an address which is
/// refused, is the same to it: else it could ask for the names of the inside, one by one.
DeliveryView forClient(DeliveryView view) {
    std::optional<FailureReason>& reason = view.last_attempt.reason;
    if (reason == FailureReason::kDns || reason == FailureReason::kRefusedAddress)
        reason = FailureReason::kConnect;
    return view;
}

HttpResponse answerTo(const HttpRequest& request, const Result<Accepted>& accepted,
                      const std::string& url) {
    if (!accepted) return errorResponse(request, accepted.refusal());
    return jsonResponse(202, toJson(forClient(viewOf(accepted->delivery, url, false))));
}

/// The commit answers: no thread waits for it, and the engine's makes no JSON.
void submit(const HttpRequest& request, Engine& engine, const RetryPolicy& defaults,
            const RetryLimits& limits, const Reply& reply) {
    Result<Submission> parsed = parseDeliveryRequest(request.body, defaults, limits);
    if (!parsed) return reply(errorResponse(request, parsed.refusal()));
    Submission submission = std::move(parsed).value();
    submission.client = request.principal;
    if (const std::string* key = request.headers.find("idempotency-key")) {
        const auto idempotency = idempotencyOf(kPath, request.principal, *key, request.body);
        if (!idempotency) return reply(errorResponse(request, idempotency.refusal()));
        submission.idempotency = *idempotency;
    }
    std::string url = submission.destination.url;
    engine.submit(std::move(submission),
                  [&request, reply, url = std::move(url)](Result<Accepted> accepted) mutable {
                      reply([&request, url = std::move(url), accepted = std::move(accepted)] {
                          return answerTo(request, accepted, url);
                      });
                  });
}

HttpResponse show(const HttpRequest& request, const sqlite::ReadModel& model) {
    const std::optional<DeliveryView> view = model.delivery(request.path_values.front());
    if (!view || view->client != request.principal)
        return errorResponse(request, {404, "There is no delivery with this id.", "", "not_found"});
    return jsonResponse(200, toJson(forClient(*view)));
}

HttpResponse list(const HttpRequest& request, const sqlite::ReadModel& model) {
    const Result<DeliveryListing> listing =
        parseDeliveryListing(request.query, {"subject", "status", "limit", "cursor"});
    if (!listing) return errorResponse(request, listing.refusal());
    DeliveryFilter filter = listing->filter;
    filter.client = request.principal;
    auto page = model.deliveries(filter, listing->page.limit, listing->page.cursor);
    if (!page) return errorResponse(request, page.refusal());
    for (DeliveryView& view : page.value().data)
        view = forClient(std::move(view));
    return jsonResponse(200, pageJson(*page));
}

/// While the log cannot be read there is nothing to show.
template <typename Answer>
HttpResponse reading(const HttpRequest& request, Answer answer) {
    try {
        return answer();
    } catch (const StoreUnavailable&) {
        return errorResponse(request, {503, "The log cannot be read now; try again shortly.", "",
                                       "log_unavailable"});
    }
}

}  // namespace

void addDeliveryRoutes(Router& router, const Guard& guard, Engine& engine,
                       const sqlite::ReadModel& model, const RetryPolicy& defaults,
                       const RetryLimits& limits) {
    router.addAsync("POST", kPath, guard,
                    [&engine, defaults, limits](const HttpRequest& request, const Reply& reply) {
                        submit(request, engine, defaults, limits, reply);
                    });
    router.add("GET", std::string(kPath) + "/{id}", guard, [&model](HttpRequest& request) {
        return reading(request, [&] { return show(request, model); });
    });
    router.add("GET", kPath, guard, [&model](HttpRequest& request) {
        return reading(request, [&] { return list(request, model); });
    });
}

}  // namespace waybill::server
