// Requests that are the backend's to answer.
#pragma once

#include <string>
#include <vector>

#include "gateway/backend.h"

namespace waybill::server {

/// Passes requests for the backend's own routes on as they are, and the answers back, both while
/// they come. Any thread, many at once.
class PassThrough {
public:
    /// `routes`: below `/v1/`, those of the account that pass with the operator's key all the same.
    PassThrough(Backend& backend, std::vector<std::string> routes)
        : backend_(backend), routes_(std::move(routes)) {}

    /// Whether a request may go: every one with the client's own key; with the operator's those
    /// that keep nothing (gateway/passed_routes.h), and what the operator named.
    bool mayPass(std::string_view method, std::string_view path) const;

    /// Answers the request, or says why it may not go.
    HttpResponse pass(HttpRequest& http) const;

    /// Answers it as if it were for `path`, which begins with `/v1/`; 400 for one that has two
    /// readings.
    HttpResponse passAs(HttpRequest& http, const std::string& path) const;

private:
    Backend& backend_;
    const std::vector<std::string> routes_;
};

}  // namespace waybill::server
