#include "waybill/server/operator_api.h"

#include <memory>

#include "operator/access.h"
#include "operator/operator_routes.h"
#include "waybill/errors.h"

namespace waybill::server {
namespace {

struct OperatorRoute {
    std::string_view method;
    std::string_view path;  ///< below /admin/v1/
    Role needed;
    OperatorAnswer answer;
};

// clang-format off
constexpr OperatorRoute kRoutes[] = {
    {"GET",  "deliveries",                 Role::kViewer,   listDeliveries},
    {"GET",  "deliveries/count",           Role::kViewer,   countDeliveries},
    {"GET",  "deliveries/{id}",            Role::kViewer,   showDelivery},
    {"GET",  "deliveries/{id}/events",     Role::kViewer,   showDeliveryEvents},
    {"GET",  "deliveries/{id}/payload",    Role::kAdmin,    showPayload},
    {"POST", "deliveries/{id}/redeliver",  Role::kOperator, redeliverOne},
    {"POST", "deliveries/{id}/cancel",     Role::kOperator, cancelOne},
    {"POST", "redeliveries",               Role::kOperator, redeliverMany},
    {"GET",  "redeliveries",               Role::kViewer,   listBulks},
    {"GET",  "redeliveries/{id}",          Role::kViewer,   showBulk},
    {"POST", "redeliveries/{id}/pause",    Role::kOperator, pauseBulk},
    {"POST", "redeliveries/{id}/resume",   Role::kOperator, resumeBulk},
    {"POST", "redeliveries/{id}/stop",     Role::kOperator, stopBulk},
    {"POST", "cancellations",              Role::kOperator, cancelMany},
    {"GET",  "responses",                  Role::kViewer,   listResponses},
    {"GET",  "responses/count",            Role::kViewer,   countResponses},
    {"POST", "responses/{id}/redeliver",   Role::kAdmin,    callResponseBack},
    {"GET",  "endpoints",                  Role::kViewer,   listEndpoints},
    {"POST", "endpoints/pause",            Role::kOperator, pauseEndpoint},
    {"POST", "endpoints/resume",           Role::kOperator, resumeEndpoint},
    {"POST", "check",                      Role::kOperator, checkEndpoint},
    {"GET",  "events",                     Role::kViewer,   listEvents},
    {"GET",  "events/stream",              Role::kViewer,   streamEvents},
    {"GET",  "stats",                      Role::kViewer,   showStats},
    {"GET",  "info",                       Role::kViewer,   showInfo},
};
// clang-format on

}  // namespace

void addOperatorApi(Router& router, Engine& engine, const sqlite::ReadModel& model,
                    OperatorApiOptions options) {
    const auto context =
        std::shared_ptr<OperatorContext>(new OperatorContext{engine, model, std::move(options)});
    if (context->options.trail == nullptr) {
        context->own_trail = std::make_unique<AccessTrail>(engine);
        context->options.trail = context->own_trail.get();
    }
    for (const OperatorRoute& route : kRoutes) {
        router.add(
            std::string(route.method), "/admin/v1/" + std::string(route.path),
            [context, &route](HttpRequest& request) {
                return admitOperator(context->options, {route.needed, route.path}, request);
            },
            [context, answer = route.answer](HttpRequest& request) {
                try {
                    return answer(*context, request);
                } catch (const StoreUnavailable& error) {
                    return errorResponse(request, {503, error.message(), "", "log_unavailable"});
                } catch (const DamagedBytes& error) {
                    return errorResponse(request, {500, error.message(), "", "damaged"});
                }
            });
    }
}

}  // namespace waybill::server
