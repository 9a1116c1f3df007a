// Deliveries: looking at them, sending one again, ending one.
#include "operator/listing_query.h"
#include "operator/operator_routes.h"
#include "operator/request_bodies.h"
#include "waybill/server/request_memory.h"

namespace waybill::server {

HttpResponse listDeliveries(OperatorContext& context, const HttpRequest& request) {
    const auto listing = parseDeliveryListing(request.query, allListingParameters());
    if (!listing) return errorResponse(request, listing.refusal());
    const auto page = context.api(request).deliveries(listing->filter, listing->page);
    if (!page) return errorResponse(request, page.refusal());
    return jsonResponse(200, pageJson(*page));
}

HttpResponse countDeliveries(OperatorContext& context, const HttpRequest& request) {
    const auto listing = parseDeliveryListing(request.query, filterNames());
    if (!listing) return errorResponse(request, listing.refusal());
    const auto count = context.api(request).countDeliveries(listing->filter);
    if (!count) return errorResponse(request, count.refusal());
    return jsonResponse(200, R"({"count":)" + std::to_string(*count) + "}");
}

HttpResponse showDelivery(OperatorContext& context, const HttpRequest& request) {
    return answerWith(request, context.api(request).delivery(request.path_values.front()));
}

HttpResponse showDeliveryEvents(OperatorContext& context, const HttpRequest& request) {
    const auto page = context.api(request).deliveryEvents(request.path_values.front());
    if (!page) return errorResponse(request, page.refusal());
    return jsonResponse(200, pageJson(*page));
}

HttpResponse showPayload(OperatorContext& context, const HttpRequest& request) {
    // Before it is read.
    const std::string& id = request.path_values.front();
    const std::optional<Delivery> delivery = context.model.findDelivery(id);
    if (delivery && !holds(request.memory, delivery->payload_bytes))
        return errorResponse(request, memoryFull());
    auto bytes = context.api(request).payload(id);
    if (!bytes) return errorResponse(request, bytes.refusal());
    HttpResponse response;
    response.content_type = "application/octet-stream";
    response.body = std::move(bytes).value();
    return response;
}

HttpResponse redeliverOne(OperatorContext& context, const HttpRequest& request) {
    const auto action = parseAction(request.body, {"reason", "url", "token"});
    if (!action) return errorResponse(request, action.refusal());
    return answerWith(request,
                      context.api(request).redeliver(request.path_values.front(), action->reason,
                                                     action->url, action->token),
                      202);
}

HttpResponse cancelOne(OperatorContext& context, const HttpRequest& request) {
    const auto action = parseAction(request.body, {"reason"});
    if (!action) return errorResponse(request, action.refusal());
    return answerWith(
        request, context.api(request).cancel(request.path_values.front(), action->reason), 202);
}

}  // namespace waybill::server
