// Is what is described what is served, and the other way round?
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "config/settings.h"
#include "daemon/daemon.h"
#include "daemon/openapi_route.h"
#include "support/temporary_directory.h"
#include "waybill/version.h"

namespace waybill::server {
namespace {

using Json = nlohmann::json;

Json document() {
    return Json::parse(openApiDocument());
}

std::string upper(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

/// `GET /v1/models` …
std::set<std::string> described() {
    std::set<std::string> routes;
    const Json paths = document().at("paths");
    for (const auto& [path, operations] : paths.items())
        for (const auto& [method, operation] : operations.items())
            if (operation.is_object()) routes.insert(upper(method) + " " + path);
    return routes;
}

std::set<std::string> served() {
    const test::TemporaryDirectory directory;
    const ServerOptions options =
        makeOptions(readSettings({"--listen", "127.0.0.1:0", "--data", directory / "data",
                                  "--upstream", "http://127.0.0.1:1"},
                                 {}));
    const int null = ::open("/dev/null", O_WRONLY);
    std::set<std::string> routes;
    {
        LogWriter log(null, LogLevel::kError, LogFormat::kText);
        const Daemon daemon(options, readSecrets(options), log);
        for (const Router::Route& route : daemon.routes().routes()) {
            std::string line = route.method + " ";
            for (const std::string& segment : route.segments)
                line += "/" + segment;
            routes.insert(line);
        }
    }
    ::close(null);
    return routes;
}

/// Every value of `$ref` in the document.
void collectReferences(const Json& value, std::set<std::string>& references) {
    if (value.is_object() && value.contains("$ref"))
        references.insert(value.at("$ref").get<std::string>());
    if (value.is_structured())
        for (const Json& inner : value)
            collectReferences(inner, references);
}

TEST(OpenApi, DescribesExactlyWhatIsServed) {
    EXPECT_EQ(described(), served());
}

TEST(OpenApi, IsOfThisVersion) {
    EXPECT_EQ(document().at("openapi"), "3.1.0");
    EXPECT_EQ(document().at("info").at("version"), version());
}

TEST(OpenApi, RefersOnlyToWhatIsThereAndHasNothingIdle) {
    const Json all = document();
    std::set<std::string> references;
    collectReferences(all, references);
    EXPECT_FALSE(references.empty());
    for (const std::string& reference : references)
        EXPECT_TRUE(all.contains(Json::json_pointer(reference.substr(1)))) << reference;
    for (const char* kind : {"schemas", "responses"})
        for (const auto& [name, component] : all.at("components").at(kind).items())
            EXPECT_TRUE(references.contains("#/components/" + std::string(kind) + "/" + name))
                << name;
}

TEST(OpenApi, EveryOperatorRouteNamesItsTokenAndWhatARoleMayNot) {
    const Json paths = document().at("paths");
    for (const auto& [path, operations] : paths.items()) {
        if (!path.starts_with("/admin/v1/")) continue;
        for (const auto& [method, operation] : operations.items()) {
            EXPECT_EQ(operation.at("security").at(0).begin().key(), "operatorToken") << path;
            EXPECT_TRUE(operation.at("responses").contains("403")) << path;
        }
    }
}

}  // namespace
}  // namespace waybill::server
