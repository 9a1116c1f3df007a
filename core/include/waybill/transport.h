// Port: the wire.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "waybill/address_policy.h"
#include "waybill/byte_budget.h"
#include "waybill/bytes.h"
#include "waybill/event.h"
#include "waybill/resolver.h"
#include "waybill/time.h"
#include "waybill/worker_thread.h"

namespace waybill {

class AnswerStream;
class BodyStream;

/// One HTTP request. A header's name is a token, its value what RFC 9110 section 5.5 lets a field
/// carry: visible ASCII and bytes from 0x80 on, spaces and tabs inside, or nothing. The transport
/// refuses anything that would add a line to the request.
struct AttemptRequest {
    std::string url{};            ///< usable in the sense of callback_url.h
    std::string method = "POST";  ///< or GET, HEAD, PUT, PATCH, DELETE
    std::vector<std::pair<std::string, std::string>>
        headers{};  ///< all but Host, Content-Length, Connection
    Bytes body{};
    std::shared_ptr<BodyStream> body_stream{};  ///< instead of `body`: what is sent as it is made
    /// Whose request it is: clients share the look-ups of names fairly. Empty: our own.
    std::string client{};
    Duration timeout{};             ///< over everything: look-up, connect, TLS, send, head, body
    bool fresh_connection = false;  ///< do not reuse one
    /// End when a fresh connection (and TLS on it) is there, before a byte of the request: a look
    /// ahead. The outcome then has neither reason nor http_status.
    bool only_connect = false;

    /// Takes the answer while it comes, instead of the outcome's head and body. `timeout` is then
    /// the longest wait for the head (with a `body_stream`: from when there was last something to
    /// send), and after it for more of the body.
    std::shared_ptr<AnswerStream> stream{};
};

/// What became of it. `reason` is empty exactly when a 2xx head came (or `only_connect` did).
struct AttemptOutcome {
    std::optional<FailureReason> reason{};
    std::string detail{};  ///< for a person, without anything of the request in it
    std::optional<std::uint16_t> http_status{};
    std::optional<Duration>
        retry_after{};  ///< from a 429 or 503, either form of RFC 9110 section 10.2.3
    /// Of kRefusedAddress what the name led to, without a port: nothing was connected to.
    std::string remote_address{};
    std::string tls{};
    bool reused = false;
    /// Some of the request may have left. Who must not do the same twice (RFC 9110 section 9.2.2)
    /// sends it again only where this is false: the connection was gone before the first byte.
    bool request_begun = false;
    bool truncated = false;
    PhaseTimings timings{};
    std::string response_head{};
    std::string response_body{};
    /// Counts head and body against `HttpTransportOptions::memory` until its last copy is gone;
    /// null without a budget.
    std::shared_ptr<const void> held{};
};

/// How many exchanges, connections and look-ups of names there are right now, and what has been
/// counted so far.
struct TransportStats {
    std::uint64_t in_flight = 0;
    std::uint64_t idle_connections = 0;
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_reused = 0;
    std::uint64_t lookups_waiting = 0;  ///< names that no thread looks up yet
    std::uint64_t lookups_running = 0;
    std::uint64_t lookups_hanging = 0;  ///< running for more than five seconds
    /// What the host's `done` and Resolver have thrown. Each was contained and reported.
    std::uint64_t host_exceptions = 0;
};

/// Sends requests. `send` may be called from any thread and never blocks or throws for what the
/// network does; every call leads to exactly one call of `done`, on a thread of the transport, at
/// the latest at the timeout (plus the granularity of its timer). `done` must return quickly and
/// not throw. The destructor ends what is still on the wire as `local_fault` and calls every `done`
/// before it returns; a request that a `done` sends meanwhile ends in the same way, on the thread
/// that destroys.
class Transport {
public:
    using Completion = std::function<void(AttemptOutcome)>;

    virtual ~Transport() = default;
    virtual void send(AttemptRequest request, Completion done) = 0;
    virtual TransportStats stats() const = 0;
};

/// Settings of the HTTP/1.1 transport. Everything has a limit.
struct HttpTransportOptions {
    AddressPolicy address_policy{};
    std::string ca_file{};  ///< extra trust anchors (PEM); the system's store is always there
    std::uint32_t reactor_threads = 1;
    std::uint32_t resolver_threads = 4;  ///< look-ups of one client at a time
    /// Look-ups of all clients at a time, and as many more for names that were quick before. A
    /// thread is started when it is wanted and ends when it is not. A client gets another one only
    /// while more are free than it has already.
    std::uint32_t max_resolver_threads = 32;
    std::uint32_t max_idle_connections = 4096;
    std::uint32_t max_idle_per_endpoint = 256;
    Duration idle_timeout =
        std::chrono::seconds(20);  ///< shorter than the 60 s many servers keep one
    std::size_t max_head_bytes = 64 * 1024;
    std::size_t kept_body_bytes = 64 * 1024;
    std::size_t max_body_bytes = 1024 * 1024;
    Duration body_after_success =
        std::chrono::seconds(1);           ///< a 2xx body is read this long, for the record
    std::shared_ptr<Resolver> resolver{};  ///< null: the system's
    /// What the kept heads and bodies of answers count against; where it has no room, less of them
    /// is kept (`truncated`). Null: nothing but their own limits. Not for answers that are
    /// streamed.
    std::shared_ptr<ByteBudget> memory{};
    /// Told what went wrong on a thread of the transport and was survived: a resolver or a `done`
    /// that throws (named as the host's), no memory. From any of its threads; must be quick.
    ProblemReport on_problem{};
};

/// An event-driven HTTP/1.1 client (RFC 9110, 9112) with TLS 1.2 and 1.3. Starts its threads;
/// throws ConfigError for an unreadable `ca_file`, Poco::SystemException when threads or
/// descriptors cannot be had.
std::unique_ptr<Transport> makeHttpTransport(HttpTransportOptions options);

}  // namespace waybill
