#include "daemon/openapi_route.h"

#include <string>
#include <utility>

namespace waybill::server {

void addOpenApiRoute(Router& router, Guard guard) {
    const Bytes document = makeBytes(std::string(openApiDocument()));
    router.add("GET", "/openapi.json", std::move(guard), [document](HttpRequest&) {
        HttpResponse response;
        response.body = document;
        return response;
    });
}

}  // namespace waybill::server
