// Requests that are the backend's to answer.
#pragma once

#include <string>
#include <vector>

#include "llm/backend.h"
#include "llm/id_guard.h"

namespace waybill::server {

/// Passes requests for the backend's own routes on as they are, and the answers back, both while
/// they come. Any thread, many at once.
class PassThrough {
public:
    /// `routes`: below `/v1/`, those of the account that pass with the operator's key all the same.
    /// What a body names is held against `ids`, which must outlive it; a coded one is decoded for
    /// that, to `most_decoded` bytes.
    PassThrough(Backend& backend, std::vector<std::string> routes, const IdGuard& ids,
                std::size_t most_decoded)
        : backend_(backend), routes_(std::move(routes)), ids_(ids), most_decoded_(most_decoded) {}

    /// Whether a request may go: every one with the client's own key; with the operator's those
    /// that keep nothing (gateway/passed_routes.h), and what the operator named.
    bool mayPass(std::string_view method, std::string_view path) const;

    /// Answers the request, or says why it may not go.
    HttpResponse pass(HttpRequest& http) const;

    /// Answers it as if it were for `path`, which begins with `/v1/`; 400 for one that has two
    /// readings.
    HttpResponse passAs(HttpRequest& http, const std::string& path) const;

private:
    bool readsBody(const HttpRequest& http) const;

    Backend& backend_;
    const std::vector<std::string> routes_;
    const IdGuard& ids_;
    const std::size_t most_decoded_;
};

}  // namespace waybill::server
