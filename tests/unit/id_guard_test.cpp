// May a client name what is not its own, and what when nobody can tell?
#include "llm/id_guard.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

constexpr const char* kWithId = R"({"previous_response_id":"resp_1"})";
constexpr const char* kWithFile = R"({"input":[{"role":"user","content":[{"file_id":"f"}]}]})";
constexpr const char* kWithout = R"({"input":"hello","metadata":{"file_id":"f"}})";

TEST(IdGuard, WhileTheLogCannotBeReadNobodyOfASharedAccountNamesAnything) {
    const sqlite::ReadModel gone("/nonexistent/waybill.db");
    const IdGuard guard(gone, {.account = true});
    for (const char* body : {kWithId, kWithFile}) {
        const auto refusal = guard.refusalOf(body, "alice", nullptr);
        ASSERT_TRUE(refusal) << body;
        EXPECT_EQ(refusal->status, 503);
        EXPECT_EQ(refusal->code, "log_unavailable");
    }
    EXPECT_FALSE(guard.refusalOf(kWithout, "alice", nullptr)) << "it names nothing";
}

TEST(IdGuard, WithKeysOfTheirOwnOrSharedIdsTheCallOutlivesTheLog) {
    const sqlite::ReadModel gone("/nonexistent/waybill.db");
    for (const Sharing sharing : {Sharing{}, Sharing{.account = true, .ids = true}})
        for (const char* body : {kWithId, kWithFile, kWithout})
            EXPECT_FALSE(IdGuard(gone, sharing).refusalOf(body, "alice", nullptr)) << body;
}

}  // namespace
}  // namespace waybill::server
