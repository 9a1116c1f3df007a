// Which code answers which request.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/server/http_message.h"
#include "waybill/server/reply.h"

namespace waybill::server {

/// Answers a request whose body has been read. Called from several threads at once; may block.
using RouteHandler = std::function<HttpResponse(HttpRequest&)>;

/// The same for an answer that comes later, without a thread that waits for it. The request stays
/// where it is until the answer has been made. Must not block: all other clients wait meanwhile.
using AsyncRouteHandler = std::function<void(HttpRequest&, Reply)>;

/// Decides, before the body is read, who asks (`HttpRequest::principal`); an answer refuses. Must
/// not block.
using Guard = std::function<std::optional<HttpResponse>(HttpRequest&)>;

/// The table of routes. Fill it first, then serve from it: `match` may be called from any thread.
class Router {
public:
    struct Route {
        std::string method;
        std::vector<std::string> segments;  ///< `{id}` stands for one segment, whatever it says
        Guard guard;
        RouteHandler handler;             ///< null: the answer comes later
        AsyncRouteHandler async_handler;  ///< null: it does not

        bool takes_rest = false;    ///< the last placeholder stands for one segment or more
        std::string except;         ///< what it does not begin with
        bool streams_body = false;  ///< the handler reads the body itself
    };

    /// `pattern`: `/v1/responses/{id}`. A null guard lets everybody pass. A route for GET answers
    /// HEAD too.
    void add(std::string method, std::string_view pattern, Guard guard, RouteHandler handler);

    /// The same, for an answer that comes later.
    void addAsync(std::string method, std::string_view pattern, Guard guard,
                  AsyncRouteHandler handler);

    /// For everything below `prefix` that no route added before answers, but what begins with the
    /// segment `except`: `/v1/{path}` stands for `/v1/files/f/content` too. The handler reads the
    /// body itself (`HttpRequest::incoming_body`), in whatever content coding it came.
    void addRest(std::string method, std::string_view prefix, std::string except, Guard guard,
                 RouteHandler handler);

    /// What is to be done with a request: exactly one member is set.
    struct Match {
        const Route* route = nullptr;
        std::optional<HttpResponse> answer;  ///< 404, 405, the answer to OPTIONS, a guard's refusal
    };

    /// Finds the route, sets `path_values`, asks the guard.
    Match match(HttpRequest& request) const;

    const std::vector<Route>& routes() const { return routes_; }

private:
    std::vector<Route> routes_;
};

}  // namespace waybill::server
