// Many deliveries at once.
#include "operator/listing_query.h"
#include "operator/operator_routes.h"
#include "operator/request_bodies.h"

namespace waybill::server {
namespace {

/// A run that goes on by itself is 202; what is only counted, or done already, 200.
int statusFor(const Result<BulkView>& bulk) {
    return bulk && bulk->state == "running" ? 202 : 200;
}

HttpResponse changeBulk(OperatorContext& context, const HttpRequest& request, BulkAction action) {
    const auto nothing = parseAction(request.body, {});
    if (!nothing) return errorResponse(request, nothing.refusal());
    return answerWith(
        request, context.api(request).changeBulkRedelivery(request.path_values.front(), action));
}

}  // namespace

HttpResponse redeliverMany(OperatorContext& context, const HttpRequest& request) {
    const auto asked = parseBulkRequest(request.body, /*paced=*/true);
    if (!asked) return errorResponse(request, asked.refusal());
    const auto bulk = context.api(request).redeliverMany(*asked);
    return answerWith(request, bulk, statusFor(bulk));
}

HttpResponse listBulks(OperatorContext& context, const HttpRequest& request) {
    const auto asked = parsePageQuery(request.query);
    if (!asked) return errorResponse(request, asked.refusal());
    const auto page = context.api(request).bulkRedeliveries(asked->limit, asked->cursor);
    if (!page) return errorResponse(request, page.refusal());
    return jsonResponse(200, pageJson(*page));
}

HttpResponse showBulk(OperatorContext& context, const HttpRequest& request) {
    return answerWith(request, context.api(request).bulkRedelivery(request.path_values.front()));
}

HttpResponse pauseBulk(OperatorContext& context, const HttpRequest& request) {
    return changeBulk(context, request, BulkAction::kPause);
}

HttpResponse resumeBulk(OperatorContext& context, const HttpRequest& request) {
    return changeBulk(context, request, BulkAction::kResume);
}

HttpResponse stopBulk(OperatorContext& context, const HttpRequest& request) {
    return changeBulk(context, request, BulkAction::kStop);
}

HttpResponse cancelMany(OperatorContext& context, const HttpRequest& request) {
    const auto asked = parseBulkRequest(request.body, /*paced=*/false);
    if (!asked) return errorResponse(request, asked.refusal());
    return answerWith(request, context.api(request).cancelMany(*asked));
}

}  // namespace waybill::server
