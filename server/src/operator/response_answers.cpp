// Stored responses.
#include "operator/listing_query.h"
#include "operator/operator_routes.h"

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

}  // namespace waybill::server
