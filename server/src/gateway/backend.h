// What makes the objects.
#pragma once

#include <string>

#include "gateway/api_kind.h"
#include "waybill/server/http_message.h"

namespace waybill::server {

/// One create call as a backend gets it.
struct BackendCall {
    ApiKind api = ApiKind::kResponses;
    std::string id;          ///< for a backend that has no ids of its own
    std::string query;       ///< of the client's URL
    std::string body;        ///< JSON object, checked
    HttpHeaders headers;     ///< of the client, as far as they concern a backend
    HttpHeaders credential;  ///< the client's own key, if it is to be passed on
};

struct BackendAnswer {
    int status = 0;       ///< 0: there was no answer, and `failure` says why
    std::string failure;  ///< a sentence for the client
    bool timed_out = false;
    HttpHeaders headers;  ///< those that concern the client
    std::string content_type;
    std::string body;

    bool succeeded() const { return status >= 200 && status < 300; }
};

/// Answers create calls. `call` blocks, may be called from many threads at once and does not throw
/// for what the other side does.
class Backend {
public:
    virtual ~Backend() = default;

    virtual BackendAnswer call(const BackendCall& call) = 0;

    /// Whether it works with the client's key.
    virtual bool wantsClientKey() const = 0;

    /// Ends all calls, now and from now on, with a failure.
    virtual void cancel() = 0;
};

}  // namespace waybill::server
