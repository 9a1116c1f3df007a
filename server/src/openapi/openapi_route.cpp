#include "openapi/openapi_route.h"

#include <string>

namespace waybill::server {

void addOpenApiRoute(Router& router) {
    const Bytes document = makeBytes(std::string(openApiDocument()));
    router.add("GET", "/openapi.json", nullptr, [document](HttpRequest&) {
        HttpResponse response;
        response.body = document;
        return response;
    });
}

}  // namespace waybill::server
