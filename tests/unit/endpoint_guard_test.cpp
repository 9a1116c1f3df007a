// When has an endpoint done nothing but fail for long enough?
#include "daemon/endpoint_guard.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

using namespace std::chrono_literals;

const Timestamp kGuardNoon{12h};

EndpointView failing(Timestamp since, Timestamp newest) {
    EndpointView endpoint;
    endpoint.failing_since = since;
    endpoint.last_error_at = newest;
    return endpoint;
}

TEST(FailsSteadily, OnceItsFailuresReachOverThePatience) {
    EXPECT_FALSE(failsSteadily(failing(kGuardNoon, kGuardNoon + 59min), std::nullopt, 1h));
    EXPECT_TRUE(failsSteadily(failing(kGuardNoon, kGuardNoon + 1h), std::nullopt, 1h));
}

TEST(FailsSteadily, NotWhereASuccessEndedTheRun) {
    EndpointView endpoint = failing(kGuardNoon, kGuardNoon + 2h);
    endpoint.failing_since.reset();
    EXPECT_FALSE(failsSteadily(endpoint, std::nullopt, 1h));
}

TEST(FailsSteadily, NotWhatIsPausedAlready) {
    EndpointView endpoint = failing(kGuardNoon, kGuardNoon + 2h);
    endpoint.paused = true;
    EXPECT_FALSE(failsSteadily(endpoint, std::nullopt, 1h));
}

TEST(FailsSteadily, AnOperatorsResumptionGivesItAnotherChance) {
    const EndpointView endpoint = failing(kGuardNoon, kGuardNoon + 2h);
    EXPECT_FALSE(failsSteadily(endpoint, kGuardNoon + 90min, 1h));
    EXPECT_TRUE(failsSteadily(endpoint, kGuardNoon + 30min, 1h));
}

}  // namespace
}  // namespace waybill::server
