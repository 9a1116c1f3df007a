// Does each request find its route, and each error its shape?
#include "waybill/server/router.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "http/percent.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

class RouterTest : public testing::Test {
protected:
    RouterTest() {
        const auto answering = [](std::string text) {
            return [text](HttpRequest&) { return jsonResponse(200, text); };
        };
        router_.add("GET", "/a", nullptr, answering("list"));
        router_.add("POST", "/a", nullptr, answering("make"));
        router_.add("GET", "/a/{id}/events", nullptr, answering("events"));
        router_.add("GET", "/a/count", nullptr, answering("count"));
        router_.add("GET", "/a/{id}", nullptr, answering("one"));
        router_.add(
            "GET", "/secret",
            [](HttpRequest& request) -> std::optional<HttpResponse> {
                if (request.headers.find("key")) return std::nullopt;
                return errorResponse(request, {401, "No key.", "", ""});
            },
            answering("secret"));
    }

    Router::Match match(std::string method, std::string path) {
        request_ = HttpRequest();
        request_.method = std::move(method);
        request_.path = std::move(path);
        return router_.match(request_);
    }

    std::string answerOf(std::string method, std::string path) {
        const Router::Match found = match(std::move(method), std::move(path));
        if (!found.route) return std::to_string(found.answer->status);
        return *found.route->handler(request_).body;
    }

    Router router_;
    HttpRequest request_;
};

TEST_F(RouterTest, FindsTheRoute) {
    EXPECT_EQ(answerOf("GET", "/a"), "list");
    EXPECT_EQ(answerOf("HEAD", "/a"), "list");
    EXPECT_EQ(answerOf("POST", "/a"), "make");
    EXPECT_EQ(answerOf("GET", "/a/x"), "one");
    EXPECT_EQ(answerOf("GET", "/a/events"), "one");
    EXPECT_EQ(answerOf("GET", "/a/x/events"), "events");
}

TEST_F(RouterTest, DecodesWhatStandsInAPlaceholder) {
    EXPECT_EQ(answerOf("GET", "/a/x%2Fy%20z"), "one");
    ASSERT_EQ(request_.path_values.size(), 1U);
    EXPECT_EQ(request_.path_values[0], "x/y z");
    EXPECT_EQ(answerOf("GET", "/a/%00"), "404");
    EXPECT_EQ(answerOf("GET", "/a/%zz"), "404");
}

TEST_F(RouterTest, TheFirstOfTwoRoutesThatFitAnswers) {
    EXPECT_EQ(answerOf("GET", "/a/count"), "count");
    EXPECT_EQ(answerOf("GET", "/a/counts"), "one");
    EXPECT_EQ(match("POST", "/a/count").answer->headers.value("Allow"), "GET, HEAD");
}

TEST_F(RouterTest, SaysWhatIsNotThereAndWhatIsAllowed) {
    for (const char* path : {"/", "/b", "/a/", "/a//events", "/a/x/", "/a/x/y", "/A"})
        EXPECT_EQ(answerOf("GET", path), "404") << path;
    const Router::Match wrong = match("DELETE", "/a");
    ASSERT_TRUE(wrong.answer);
    EXPECT_EQ(wrong.answer->status, 405);
    EXPECT_EQ(wrong.answer->headers.value("Allow"), "GET, HEAD, POST");
    const Router::Match options = match("OPTIONS", "/a");
    ASSERT_TRUE(options.answer);
    EXPECT_EQ(options.answer->status, 204);
    EXPECT_EQ(options.answer->headers.value("Allow"), "GET, HEAD, POST");
}

TEST_F(RouterTest, TheRestIsWhatNoRouteBeforeAnswers) {
    for (const char* method : {"GET", "POST", "DELETE"})
        router_.addRest(method, "/a", "ours", nullptr,
                        [](HttpRequest&) { return jsonResponse(200, "rest"); });
    EXPECT_EQ(answerOf("GET", "/a/x"), "one");
    EXPECT_EQ(answerOf("DELETE", "/a/x"), "rest");
    EXPECT_EQ(answerOf("POST", "/a/x/y/%2F/z"), "rest");
    EXPECT_EQ(answerOf("HEAD", "/a/x/y"), "rest");
    EXPECT_EQ(answerOf("GET", "/a//x"), "rest");
    for (const char* path : {"/a/", "/ab/c", "/b/a/x", "/a/ours/x/y"})
        EXPECT_EQ(answerOf("GET", path), "404") << path;
    EXPECT_EQ(answerOf("DELETE", "/a"), "405");
    EXPECT_EQ(answerOf("DELETE", "/a/ours"), "405");
    EXPECT_EQ(answerOf("POST", "/a/ourselves"), "rest");
    EXPECT_EQ(answerOf("TRACE", "/a/x/y"), "405");
    EXPECT_EQ(match("OPTIONS", "/a/x/y").answer->headers.value("Allow"), "GET, HEAD, POST, DELETE");
    EXPECT_TRUE(match("GET", "/a/x/y").route->streams_body);
}

TEST_F(RouterTest, AsksTheGuardBeforeTheHandler) {
    EXPECT_EQ(answerOf("GET", "/secret"), "401");
    request_.headers.add("Key", "x");
    EXPECT_NE(router_.match(request_).route, nullptr);
}

nlohmann::json errorOn(const std::string& path, const ApiError& error) {
    HttpRequest request;
    request.path = path;
    request.id = "req_1";
    return nlohmann::json::parse(*errorResponse(request, error).body);
}

TEST(ApiError, HasTheShapeOfTheApiThatWasCalled) {
    const auto openai = errorOn("/v1/responses", {400, "No \"model\".", "model", "missing"});
    EXPECT_EQ(openai, (nlohmann::json{{"error",
                                       {{"message", "No \"model\"."},
                                        {"type", "invalid_request_error"},
                                        {"param", "model"},
                                        {"code", "missing"}}}}));
    EXPECT_TRUE(errorOn("/v1/messagesque", {404, "x", "", ""})["error"]["param"].is_null());
    const auto anthropic = errorOn("/v1/messages", {413, "Too large.", "", ""});
    EXPECT_EQ(anthropic,
              (nlohmann::json{{"type", "error"},
                              {"error", {{"type", "request_too_large"}, {"message", "Too large."}}},
                              {"request_id", "req_1"}}));
}

TEST(ApiError, ARefusalKeepsItsMeaning) {
    HttpRequest request;
    const HttpResponse busy =
        errorResponse(request, Refusal{RefusalCode::kOverloaded, "Full.", ""});
    EXPECT_EQ(busy.status, 503);
    EXPECT_EQ(busy.headers.value("Retry-After"), "1");
    EXPECT_EQ(statusOf(RefusalCode::kErased), 410);
    EXPECT_EQ(statusOf(RefusalCode::kConflict), 409);
}

TEST(Query, IsTakenApartAndDecoded) {
    const auto query = parseQuery("a=1&b=x%20y+z&&c&d=%3D=");
    ASSERT_TRUE(query);
    EXPECT_EQ(*query, (QueryParameters{{"a", "1"}, {"b", "x y z"}, {"c", ""}, {"d", "=="}}));
    EXPECT_FALSE(parseQuery("a=%"));
    EXPECT_FALSE(parseQuery("a=%0a"));
}

}  // namespace
}  // namespace waybill::server
