// The answers of the operator API, one function for each route.
#pragma once

#include <atomic>
#include <memory>

#include "waybill/server/api_error.h"
#include "waybill/server/engine_admin_api.h"
#include "waybill/server/http_message.h"
#include "waybill/server/operator_api.h"

namespace waybill::server {

/// What every answer works with; shared by the routes of one router.
struct OperatorContext {
    Engine& engine;
    const sqlite::ReadModel& model;
    OperatorApiOptions options;
    std::unique_ptr<AccessTrail> own_trail{};  ///< where `options` bring none
    std::atomic<int> followers{0};             ///< of the event stream

    /// The verbs in the name of the operator who asks.
    EngineAdminApi api(const HttpRequest& request) const;
};

using OperatorAnswer = HttpResponse (*)(OperatorContext& context, const HttpRequest& request);

// delivery_answers.cpp
HttpResponse listDeliveries(OperatorContext& context, const HttpRequest& request);
HttpResponse countDeliveries(OperatorContext& context, const HttpRequest& request);
HttpResponse showDelivery(OperatorContext& context, const HttpRequest& request);
HttpResponse showDeliveryEvents(OperatorContext& context, const HttpRequest& request);
HttpResponse showPayload(OperatorContext& context, const HttpRequest& request);
HttpResponse redeliverOne(OperatorContext& context, const HttpRequest& request);
HttpResponse cancelOne(OperatorContext& context, const HttpRequest& request);

// bulk_answers.cpp
HttpResponse redeliverMany(OperatorContext& context, const HttpRequest& request);
HttpResponse listBulks(OperatorContext& context, const HttpRequest& request);
HttpResponse showBulk(OperatorContext& context, const HttpRequest& request);
HttpResponse pauseBulk(OperatorContext& context, const HttpRequest& request);
HttpResponse resumeBulk(OperatorContext& context, const HttpRequest& request);
HttpResponse stopBulk(OperatorContext& context, const HttpRequest& request);
HttpResponse cancelMany(OperatorContext& context, const HttpRequest& request);

// response_answers.cpp
HttpResponse listResponses(OperatorContext& context, const HttpRequest& request);
HttpResponse countResponses(OperatorContext& context, const HttpRequest& request);
HttpResponse callResponseBack(OperatorContext& context, const HttpRequest& request);

// endpoint_answers.cpp
HttpResponse listEndpoints(OperatorContext& context, const HttpRequest& request);
HttpResponse pauseEndpoint(OperatorContext& context, const HttpRequest& request);
HttpResponse resumeEndpoint(OperatorContext& context, const HttpRequest& request);
HttpResponse checkEndpoint(OperatorContext& context, const HttpRequest& request);

// log_answers.cpp
HttpResponse listEvents(OperatorContext& context, const HttpRequest& request);
HttpResponse streamEvents(OperatorContext& context, const HttpRequest& request);
HttpResponse showStats(OperatorContext& context, const HttpRequest& request);
HttpResponse showInfo(OperatorContext& context, const HttpRequest& request);

/// `result` as JSON with this status, or its refusal.
template <typename T>
HttpResponse answerWith(const HttpRequest& request, const Result<T>& result, int status = 200) {
    if (!result) return errorResponse(request, result.refusal());
    return jsonResponse(status, toJson(*result));
}

}  // namespace waybill::server
