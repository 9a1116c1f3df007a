// Endpoints: how they do, holding them, trying one.
#include "operator/listing_query.h"
#include "operator/operator_routes.h"
#include "operator/request_bodies.h"

namespace waybill::server {

HttpResponse listEndpoints(OperatorContext& context, const HttpRequest& request) {
    const auto asked = parseWindow(request.query, /*stepped=*/false);
    if (!asked) return errorResponse(request, asked.refusal());
    const auto page = context.api(request).endpoints(asked->window);
    if (!page) return errorResponse(request, page.refusal());
    return jsonResponse(200, pageJson(*page));
}

HttpResponse pauseEndpoint(OperatorContext& context, const HttpRequest& request) {
    const auto asked = parseEndpointBody(request.body);
    if (!asked) return errorResponse(request, asked.refusal());
    return answerWith(request, context.api(request).pauseEndpoint(asked->endpoint, asked->reason));
}

HttpResponse resumeEndpoint(OperatorContext& context, const HttpRequest& request) {
    const auto asked = parseEndpointBody(request.body);
    if (!asked) return errorResponse(request, asked.refusal());
    return answerWith(request, context.api(request).resumeEndpoint(asked->endpoint, asked->reason));
}

HttpResponse checkEndpoint(OperatorContext& context, const HttpRequest& request) {
    const auto asked = parseCheckBody(request.body);
    if (!asked) return errorResponse(request, asked.refusal());
    EngineAdminApi api = context.api(request);
    return answerWith(request, asked->url ? api.check(*asked->url, asked->send)
                                          : api.checkDelivery(*asked->delivery, asked->send));
}

}  // namespace waybill::server
