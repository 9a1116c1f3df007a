// Is a callback that comes back told from a request?
#include "daemon/loop_guard.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

HttpRequest request(const std::string& path, const std::string& header) {
    HttpRequest made;
    made.method = "POST";
    made.path = path;
    made.headers.add("Content-Type", "application/json");
    made.headers.add("Authorization", "Bearer a-valid-key");
    if (!header.empty()) made.headers.add(header, "1");
    return made;
}

TEST(LoopGuard, ACallbackOfAnyDaemonIsNoRequest) {
    for (const char* path : {"/v1/responses", "/v1/chat/completions", "/v1/deliveries", "/v1/files",
                             "/v1/responses/r1/cancel", "/admin/v1/check"}) {
        for (const char* mark :
             {"waybill-hops", "waybill-attempt", "waybill-check", "Waybill-Hops"}) {
            const auto refusal = refuseCallback(request(path, mark));
            ASSERT_TRUE(refusal) << path << ' ' << mark;
            EXPECT_EQ(refusal->status, 508);
            EXPECT_NE(refusal->body->find("loop_detected"), std::string::npos) << *refusal->body;
        }
        EXPECT_FALSE(refuseCallback(request(path, ""))) << path;
        EXPECT_FALSE(refuseCallback(request(path, "webhook-id"))) << "of another sender";
        EXPECT_FALSE(refuseCallback(request(path, "waybill-actor"))) << path;
    }
    EXPECT_FALSE(refuseCallback(request("/healthz", "waybill-hops")));
}

TEST(LoopGuard, TheRefusalHasTheShapeOfTheApi) {
    const auto refusal = refuseCallback(request("/v1/messages", "waybill-attempt"));
    ASSERT_TRUE(refusal);
    EXPECT_TRUE(refusal->body->starts_with(R"({"type":"error","error":{"type":"api_error")"))
        << *refusal->body;
}

}  // namespace
}  // namespace waybill::server
