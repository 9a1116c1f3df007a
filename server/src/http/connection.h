// One client's connection: requests in, answers out.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "http/byte_budget.h"
#include "http/channel.h"
#include "http/connection_table.h"
#include "http/request_head.h"
#include "waybill/server/http_server.h"
#include "waybill/server/router.h"

namespace waybill::server {

/// What all connections of a server share; must outlive them.
struct ConnectionContext {
    const HttpServerOptions& options;
    const Router& router;
    ConnectionTable& table;
    ByteBudget& body_budget;
    std::function<std::string()> new_request_id;
};

/// Serves one connection until either side ends it.
class Connection {
public:
    Connection(ConnectionContext& context, Channel& channel, ConnectionTable::Handle handle,
               std::string remote_address);

    void run();

private:
    /// Reads and answers one request; false when the connection is to end.
    bool serveOne();
    bool awaitRequest();
    std::optional<RequestHead> readHead();
    bool readBody(RequestHead& head, ByteAllowance& allowance);
    bool readPlainBody(RequestHead& head, ByteAllowance& allowance);
    bool readChunkedBody(RequestHead& head, ByteAllowance& allowance);
    bool readMore(std::string& buffer, std::size_t limit, Deadline deadline,
                  const HttpRequest& request);
    bool sendContinue(const RequestHead& head);
    HttpResponse handle(const Router::Route& route, HttpRequest& request) const;
    template <typename Call>
    bool guarded(const HttpRequest& request, Call call) const;

    bool answer(const RequestHead& head, const HttpResponse& response);
    bool stream(const RequestHead& head, const HttpResponse& response);
    bool refuse(const HttpRequest& request, const RequestProblem& problem);
    bool bodyTooLarge(const HttpRequest& request);
    bool bodyUnaffordable(const HttpRequest& request);
    Deadline bodyDeadline(Deadline start, std::size_t bytes) const;

    ConnectionContext& context_;
    Channel& channel_;
    ConnectionTable::Handle handle_;
    std::string remote_address_;
    std::string buffer_;  // read, not yet used
    bool linger_ = false;
};

}  // namespace waybill::server
