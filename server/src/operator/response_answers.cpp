// Stored responses.
#include "operator/listing_query.h"
#include "operator/operator_routes.h"
#include "operator/request_bodies.h"

namespace waybill::server {

HttpResponse listResponses(OperatorContext& context, const HttpRequest& request) {
    const auto listing = parseResponseListing(request.query);
    if (!listing) return errorResponse(request, listing.refusal());
    const auto page =
        context.api(request).responses(listing->filter, listing->page.limit, listing->page.cursor);
    if (!page) return errorResponse(request, page.refusal());
    return jsonResponse(200, pageJson(*page));
}

HttpResponse countResponses(OperatorContext& context, const HttpRequest& request) {
    const auto listing = parseResponseListing(request.query, /*paged=*/false);
    if (!listing) return errorResponse(request, listing.refusal());
    const auto count = context.api(request).countResponses(listing->filter);
    if (!count) return errorResponse(request, count.refusal());
    return jsonResponse(200, R"({"count":)" + std::to_string(*count) + "}");
}

HttpResponse callResponseBack(OperatorContext& context, const HttpRequest& request) {
    const auto action = parseAction(request.body, {"reason", "url", "token"});
    if (!action) return errorResponse(request, action.refusal());
    if (!action->url)
        return errorResponse(request, Refusal{RefusalCode::kInvalid,
                                              "url says where the object is to be sent.", "url"});
    return answerWith(request,
                      context.api(request).callResponseBack(
                          request.path_values.front(), action->reason, *action->url, action->token),
                      202);
}

}  // namespace waybill::server
