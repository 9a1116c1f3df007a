// HTTP requests and answers, as handlers see them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "waybill/bytes.h"
#include "waybill/time.h"

namespace waybill::server {

/// Header fields in the order they came. Names compare without regard to case (RFC 9110 section
/// 5.1).
class HttpHeaders {
public:
    using Field = std::pair<std::string, std::string>;

    void add(std::string name, std::string value);

    /// The first field's value, or null.
    const std::string* find(std::string_view name) const;

    /// The value, or empty where there is none.
    std::string_view value(std::string_view name) const;

    std::size_t size() const { return fields_.size(); }
    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }

private:
    std::vector<Field> fields_;
};

/// Whether two ASCII texts are equal but for case.
bool equalsIgnoringCase(std::string_view a, std::string_view b) noexcept;

struct HttpResponse;
class RequestMemory;

/// Gives a request's body while it comes. On the handler's thread only.
class IncomingBody {
public:
    enum class Read { kSome, kNotYet, kEnd, kFailed };

    virtual ~IncomingBody() = default;

    /// Appends what has come, at most about `most` bytes; waits when there is nothing, up to
    /// `until` (`kNotYet`). `kFailed`: it came too slowly, is too large or malformed, or the client
    /// has gone.
    virtual Read read(std::string& to, std::size_t most,
                      std::optional<MonotonicTime> until = std::nullopt) = 0;

    /// In bytes, as the client announced it; nothing: the body says itself where it ends.
    virtual std::optional<std::uint64_t> length() const = 0;

    /// The answer that says why it failed.
    virtual HttpResponse refusal() const = 0;
};

/// One request. Until the router has let it pass there is no body.
struct HttpRequest {
    std::string method;
    std::string path;   ///< as sent, still percent-encoded, `/` first
    std::string query;  ///< as sent, without the `?`
    std::string host;   ///< `host[:port]` that it is for: an absolute URL's, else that of `Host`
    HttpHeaders headers;
    std::string body;                       ///< decoded, where it came in a content coding
    IncomingBody* incoming_body = nullptr;  ///< instead of `body`, as it came: `Router::addRest`
    std::string remote_address;             ///< without the port
    std::string id;                         ///< goes into `x-request-id` and `request-id`

    std::vector<std::string> path_values;  ///< what stood in the route's `{…}`, decoded, in order
    std::string principal;                 ///< who asks; set by the route's guard

    /// The server listens on loopback only, and `host` is no name of this machine: a proxy's, or
    /// that of a web page which had it resolved to our address.
    bool foreign_host = false;

    /// A TLS client certificate came that HttpServerOptions::tls_client_ca_file vouches for.
    bool client_certificate = false;

    /// Of `principal` the guard has no proof, only the claim.
    bool principal_claimed = false;

    /// Go out with every answer to this request, whoever makes it; for HttpServerOptions::front.
    HttpHeaders answer_headers;

    /// Whether the client has gone away, or ended its side, since it asked; may be null. Asks the
    /// system and does not wait. On the handler's thread only.
    std::function<bool()> client_gone;

    /// For whatever the handler keeps for the answer, over what its body takes already; counts
    /// until the answer is sent (request_memory.h). Null: nobody counts. On the handler's thread
    /// only.
    RequestMemory* memory = nullptr;
};

/// Takes a body that is made piece by piece. On the handler's thread only.
class BodyWriter {
public:
    virtual ~BodyWriter() = default;

    /// Sends the bytes at once. False: the client is gone and nothing more reaches it.
    virtual bool write(std::string_view bytes) = 0;

    /// As HttpRequest::client_gone.
    virtual bool clientGone() = 0;

    /// Whether the server is about to stop: a body without an end of its own should end now.
    virtual bool serverStops() { return false; }
};

/// Writes a body from its beginning to its end, taking its time. False: the body could not be made
/// whole. The connection then ends without the end of the body, so that the client knows (RFC 9112
/// section 8).
using BodyProducer = std::function<bool(BodyWriter&)>;

/// One answer. Server, framing and request id are added on the way out.
struct HttpResponse {
    int status = 200;
    HttpHeaders headers;
    std::string content_type = "application/json";  ///< empty: not said
    Bytes body;                                     ///< null: none

    /// Instead of `body`: called on the request's thread once the head is sent. In chunks for
    /// HTTP/1.1, up to the end of the connection for HTTP/1.0 (RFC 9112 section 6.3).
    BodyProducer stream;
};

HttpResponse jsonResponse(int status, std::string json);

}  // namespace waybill::server
