// Runs an engine on the log in the directory given as the first argument and serves its operator
// API, to whoever has the token given as the second, until its input ends.
#include <waybill/server/bulk_runner.h>
#include <waybill/server/http_server.h>
#include <waybill/server/operator_api.h>
#include <waybill/sqlite/log.h>

#include <iostream>
#include <limits>
#include <optional>
#include <string>

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string directory = argv[1];
    const std::string operator_token = argv[2];
    const auto log = waybill::sqlite::openLog({.directory = directory});
    const auto transport = waybill::makeHttpTransport({});
    waybill::Engine engine(*log, *transport, {});
    engine.start();

    namespace server = waybill::server;
    const waybill::sqlite::ReadModel model(directory + "/waybill.db");
    server::BulkRunner bulk(engine, model);
    bulk.start();
    server::OperatorApiOptions options;
    options.identify = [&](std::string_view token) -> std::optional<server::OperatorIdentity> {
        if (token != operator_token) return std::nullopt;
        return server::OperatorIdentity{.name = "admin", .role = server::Role::kAdmin};
    };
    options.transport = transport.get();  // for `waybill check`
    options.bulk = &bulk;
    server::Router router;
    server::addOperatorApi(router, engine, model, options);
    server::HttpServer http({.host = "127.0.0.1", .port = 0}, router);
    http.start();
    std::cout << "listening on http://127.0.0.1:" << http.port() << std::endl;

    std::cin.ignore(std::numeric_limits<std::streamsize>::max());
    http.stop();
    bulk.stop();
    engine.stop();
}
