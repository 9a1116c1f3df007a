// What makes the objects.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/content_coding.h"
#include "llm/api_kind.h"
#include "waybill/body_stream.h"
#include "waybill/bytes.h"
#include "waybill/server/http_message.h"
#include "waybill/time.h"

namespace waybill::server {

/// What the paths of all routes begin with; a backend's base URL ends with it, or with its own.
inline constexpr std::string_view kVersionPrefix = "/v1";

/// One call as a backend gets it.
struct BackendCall {
    ApiKind api = ApiKind::kResponses;
    std::string id;                    ///< for a backend that has no ids of its own
    std::string query;                 ///< of the client's URL
    std::string body;                  ///< of a create call: JSON object, checked
    bool stream = false;               ///< the body asks for a stream
    HttpHeaders headers;               ///< of the client, as far as they concern a backend
    HttpHeaders credential;            ///< the client's own key, if it is to be passed on
    std::vector<std::string> secrets;  ///< not to be seen in the answer, beside the keys
};

/// A request for a route that is the backend's own, passed on as it is.
struct PassedCall {
    std::string method;
    std::string path;  ///< below `/v1`, with its slash, as the client wrote it: `/files/f%20g`
    std::string query;
    HttpHeaders headers;  ///< of the client, as far as they concern a backend
    HttpHeaders credential;
    Bytes body;                               ///< null: none
    std::shared_ptr<BodyStream> body_stream;  ///< instead: while it comes
};

/// How an answer begins.
struct BackendHead {
    int status = 0;
    HttpHeaders headers;  ///< those that concern the client; of a passed call all that may pass
    std::string content_type;

    bool succeeded() const { return status >= 200 && status < 300; }
    bool isEventStream() const;

    /// What the body is coded in. A success of a create call comes decoded where that is possible.
    ContentCoding coding() const;
};

/// How it ended. Without a head there was no answer.
struct BackendEnd {
    bool whole = false;
    bool timed_out = false;
    std::string failure;  ///< a sentence for the client, of an answer that is not whole
};

/// An answer while it comes. One thread reads, `cancel` may come from any; the destructor ends a
/// call that is not over.
class BackendReply {
public:
    enum class Read { kHead, kBody, kEnd, kNotYet };

    virtual ~BackendReply() = default;

    /// The head first, then what has come of the body (appended to `bytes`), then the end. Waits
    /// until `until` for the next of them.
    virtual Read read(std::string& bytes, MonotonicTime until) = 0;

    virtual const BackendHead& head() const = 0;  ///< once `kHead` was read
    virtual const BackendEnd& end() const = 0;    ///< once `kEnd` was read

    /// Ends the call soon.
    virtual void cancel() = 0;

    /// Replaces the keys that the call was made with in what is to be kept of its answer.
    virtual void mask(std::string& /*text*/) const {}
};

/// Answers calls, many at once, from any thread; nothing throws for what the other side does.
class Backend {
public:
    virtual ~Backend() = default;

    virtual std::unique_ptr<BackendReply> create(BackendCall call) = 0;

    /// Whether it has routes besides the create calls and the list of models.
    virtual bool hasMoreRoutes() const = 0;

    /// Asks for one of them, or for the list of models.
    virtual std::unique_ptr<BackendReply> pass(PassedCall call) = 0;

    /// Whether it works with the client's key.
    virtual bool wantsClientKey() const = 0;

    /// Ends all calls, now and from now on, with a failure.
    virtual void cancel() = 0;
};

}  // namespace waybill::server
