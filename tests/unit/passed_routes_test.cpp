// Which requests go to the backend, and can a path mean another route there than here?
#include "llm/passed_routes.h"

#include <gtest/gtest.h>

#include "waybill/errors.h"

namespace waybill::server {
namespace {

TEST(PassedRoutes, WithASharedKeyOnlyWhatKeepsNothingPasses) {
    for (const char* path :
         {"embeddings", "completions", "moderations", "rerank", "tokenize", "detokenize", "score",
          "messages/count_tokens", "responses/input_tokens", "audio/speech", "images/generations"})
        EXPECT_TRUE(keepsNothing("POST", std::string("/v1/") + path)) << path;
    for (const char* method : {"GET", "HEAD"})
        for (const char* path : {"models", "models/m", "models/org/m", "models/org%2Fm"})
            EXPECT_TRUE(keepsNothing(method, std::string("/v1/") + path)) << path;
    for (const char* method : {"GET", "POST", "DELETE"})
        for (const char* path : {"files",
                                 "files/f/content",
                                 "batches",
                                 "fine_tuning/jobs",
                                 "assistants",
                                 "threads/t",
                                 "vector_stores",
                                 "conversations",
                                 "containers",
                                 "uploads",
                                 "evals",
                                 "responses",
                                 "responses/resp_1",
                                 "chat/completions",
                                 "messages/batches",
                                 "realtime/client_secrets",
                                 "embeddings/x",
                                 "embeddingsx",
                                 "Embeddings",
                                 "unknown",
                                 ""})
            EXPECT_FALSE(keepsNothing(method, std::string("/v1/") + path)) << method << path;
    EXPECT_FALSE(keepsNothing("DELETE", "/v1/models/ft:m"));
    EXPECT_FALSE(keepsNothing("GET", "/v1/models/"));
    EXPECT_FALSE(keepsNothing("GET", "/v1/embeddings"));
    EXPECT_FALSE(keepsNothing("POST", "/v2/embeddings"));
}

TEST(PassedRoutes, WhatTheOperatorNamesPassesWithWhatIsBelow) {
    const std::vector<std::string> routes = {passedRoute("files"),
                                             passedRoute("/v1/fine_tuning/jobs/")};
    for (const char* path : {"files", "files/f", "files/f/content", "fine_tuning/jobs/j"})
        EXPECT_TRUE(isBelow(std::string("/v1/") + path, routes)) << path;
    for (const char* path : {"file", "filesx", "fine_tuning", "fine_tuning/jobsx", "x/files", ""})
        EXPECT_FALSE(isBelow(std::string("/v1/") + path, routes)) << path;
    for (const char* text : {"", "/", "..", "a/../b", "a//b", "a%2fb", "a b", "deliveries"})
        EXPECT_THROW(passedRoute(text), ConfigError) << text;
}

TEST(PassedRoutes, APathThatTwoReadersTakeForTwoIsRefused) {
    for (const char* path : {"/v1/../admin",
                             "/v1/models/../files",
                             "/v1/models/./x",
                             "/v1/models/..",
                             "/v1//files",
                             "/v1/files/",
                             "/v1/models/..;/files",
                             "/v1/models/%2e%2e/files",
                             "/v1/models/.%2E/files",
                             "/v1/models/x%2F..%2F..%2Ffiles",
                             "/v1/models%2Fx",
                             "/v1/embeddings%2f..%2ffiles",
                             "/v1/models/a%2F%2Fb",
                             "/v1/models/a\\..\\files",
                             "/v1/models/a%5C..%5Cfiles",
                             "/v1/models/%252e%252e",
                             "/v1/%66iles",
                             "/v1/models/a%00",
                             "/v1/models/a%0d%0a",
                             "/v1/models/%",
                             "/v1/models/%zz",
                             "/v1/models/a#b",
                             "/v1/models#/x",
                             "/v1/models/a%2"}) {
        const auto problem = ambiguityIn(path);
        ASSERT_TRUE(problem) << path;
        EXPECT_EQ(problem->status, 400) << path;
    }
    for (const char* path :
         {"/v1/models/org%2Fm", "/v1/models/org%2fm", "/v1/models/a%20b", "/v1/files/caf%C3%A9",
          "/v1/models/ft:gpt-4o:x::1", "/v1/models/ft%3Agpt", "/v1/models/gpt-4.1", "/v1/a..b/c",
          "/v1/models/..."})
        EXPECT_FALSE(ambiguityIn(path)) << path;
}

}  // namespace
}  // namespace waybill::server
