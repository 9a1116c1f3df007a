// Is every answer counted under a label of ours?
#include "metrics/http_metrics.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

TEST(HttpMetrics, EveryPathBelongsToOneOfTheRouteClasses) {
    const auto named = [](std::string_view method, std::string_view path) {
        return toString(routeClassOf(method, path));
    };
    EXPECT_EQ(named("POST", "/v1/responses"), "create");
    EXPECT_EQ(named("POST", "/v1/chat/completions"), "create");
    EXPECT_EQ(named("POST", "/v1/messages"), "create");
    EXPECT_EQ(named("GET", "/v1/responses"), "responses");
    EXPECT_EQ(named("GET", "/v1/responses/r1"), "responses");
    EXPECT_EQ(named("POST", "/v1/responses/r1/cancel"), "responses");
    EXPECT_EQ(named("POST", "/v1/deliveries"), "deliveries");
    EXPECT_EQ(named("POST", "/v1/messages/count_tokens"), "passed");
    EXPECT_EQ(named("GET", "/v1/responsesx"), "passed");
    EXPECT_EQ(named("GET", "/admin/v1/info"), "operator");
    EXPECT_EQ(named("GET", "/healthz"), "monitoring");
    EXPECT_EQ(named("GET", "/healthz/x"), "other");
    EXPECT_EQ(named("", ""), "other");
}

TEST(HttpMetrics, CountsCallbacksThatCameBack) {
    HttpMetrics metrics;
    EXPECT_EQ(metrics.loopsCut(), 0U);
    metrics.loopCut();
    EXPECT_EQ(metrics.loopsCut(), 1U);
}

TEST(HttpMetrics, CountsByTheFirstDigitOfTheStatus) {
    HttpMetrics metrics;
    HttpRequest request;
    request.method = "GET";
    request.path = "/v1/models";
    for (const int status : {200, 202, 404, 503, 999, 0})
        metrics.answered(request, status);
    constexpr auto kPassed = static_cast<std::size_t>(RouteClass::kPassed);
    EXPECT_EQ(metrics.count(kPassed, 0), 1U) << "what is no status is still counted";
    EXPECT_EQ(metrics.count(kPassed, 1), 2U);
    EXPECT_EQ(metrics.count(kPassed, 2), 0U);
    EXPECT_EQ(metrics.count(kPassed, 3), 1U);
    EXPECT_EQ(metrics.count(kPassed, 4), 2U);
}

}  // namespace
}  // namespace waybill::server
