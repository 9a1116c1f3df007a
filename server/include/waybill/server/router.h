// Which code answers which request.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// Answers a request whose body has been read. Called from several threads at once; may block.
using RouteHandler = std::function<HttpResponse(HttpRequest&)>;

/// Decides, before the body is read, who asks (`HttpRequest::principal`); an answer refuses.
using Guard = std::function<std::optional<HttpResponse>(HttpRequest&)>;

/// The table of routes. Fill it first, then serve from it: `match` may be called from any thread.
class Router {
public:
    struct Route {
        std::string method;
        std::vector<std::string> segments;  ///< `{id}` stands for one segment, whatever it says
        Guard guard;
        RouteHandler handler;
    };

    /// `pattern`: `/v1/responses/{id}`. A null guard lets everybody pass. A route for GET answers
    /// HEAD too.
    void add(std::string method, std::string_view pattern, Guard guard, RouteHandler handler);

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
