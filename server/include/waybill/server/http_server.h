// A small HTTP/1.1 server on Poco's sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "waybill/byte_budget.h"
#include "waybill/server/router.h"
#include "waybill/time.h"

namespace waybill::server {

/// Every limit of the server.
struct HttpServerOptions {
    std::string host = "127.0.0.1";  ///< an address or a name
    std::uint16_t port = 0;          ///< 0 picks one
    std::string tls_certificate_file;
    std::string tls_key_file;  ///< both or neither; PEM
    /// Clients are asked for a certificate that one of these vouches for (PEM): one may come or
    /// not, and a handshake with another one fails. Empty: nobody is asked.
    std::string tls_client_ca_file;

    std::size_t max_head_bytes = 32 * 1024;
    std::size_t max_header_fields = 100;
    std::size_t max_body_bytes = 16 * 1024 * 1024;
    /// What the bodies of requests and the answers to them share, whoever made them; what does not
    /// fit is answered with 503. Null: one of 512 MiB.
    std::shared_ptr<ByteBudget> memory;
    /// Of it for the requests of one `HttpRequest::principal`, so that others have their share; one
    /// request alone may take more. 0: all of it.
    std::size_t max_memory_per_client = 0;
    std::uint32_t max_connections = 2048;
    /// An IPv6 client has all addresses of its /64.
    std::uint32_t max_connections_per_address = 1024;
    /// Over `max_connections`, for requests that use the reserve; one address has as many over
    /// `max_connections_per_address`, up to an eighth of that. A connection shows only by its
    /// request what it is for: others beyond `max_connections` are answered with 503. 0: none.
    std::uint32_t reserved_connections = 0;
    /// Whether a request, of which there is only the head, uses the reserve. Must be quick and not
    /// throw; null: none does.
    std::function<bool(const HttpRequest& request)> uses_reserve;

    Duration head_timeout = std::chrono::seconds(5);   ///< from its first byte to its last
    Duration body_timeout = std::chrono::seconds(10);  ///< plus the time at the slowest pace
    std::size_t slowest_bytes_per_second = 64 * 1024;  ///< of a body or an answer
    Duration idle_timeout = std::chrono::seconds(75);  ///< between two requests
    Duration write_timeout = std::chrono::seconds(30);

    /// Asked about every request before the router; an answer is the answer. Must not block; may be
    /// null.
    Guard front;

    /// Told the status of each answer as it begins; of what cannot be read as a request, and of a
    /// connection that is turned away, the path is empty. From several threads at once; must be
    /// quick. May be null.
    std::function<void(const HttpRequest& request, int status)> on_answer;

    /// Called for what goes wrong on our side (a handler that threw, no descriptors left); any
    /// thread.
    std::function<void(const std::string&)> on_problem;
};

/// How many connections there are, and what became of others; what only grows counts from the
/// start.
struct HttpConnectionStats {
    std::uint64_t open = 0;     ///< now; the next four are some of them
    std::uint64_t silent = 0;   ///< have sent nothing yet
    std::uint64_t in_head = 0;  ///< have sent a part of a head
    std::uint64_t in_body = 0;  ///< have sent a head and a part of its body
    std::uint64_t idle = 0;     ///< between two requests

    std::uint64_t refused_full = 0;     ///< all places were taken
    std::uint64_t refused_address = 0;  ///< those of its address were
    std::uint64_t refused_reserve = 0;  ///< requests for which only the reserve was left

    std::uint64_t evicted_silent = 0;  ///< made room for others, by where they were
    std::uint64_t evicted_head = 0;
    std::uint64_t evicted_body = 0;
    std::uint64_t evicted_idle = 0;
};

/// Throws ConfigError for a certificate and key, or trust anchors of clients, that cannot be used.
/// All empty: plain HTTP.
void checkTlsFiles(const std::string& certificate_file, const std::string& key_file,
                   const std::string& client_ca_file = {});

/// Serves a Router's routes. One thread has all plain connections that wait: for a request, for its
/// rest, for an answer that comes later (`Router::addAsync`); a request whose handler may block, or
/// that is large, chunked or late, has a thread of its own until it is answered, and a TLS
/// connection has one as long as it lasts. Strict where leniency is dangerous (RFC 9112): one of
/// several readings of a request is never chosen, the request is refused. A slow client is bounded
/// by deadlines over whole heads and bodies. Those that wait for the rest of a head or body have a
/// share of the connections only; when all connections are taken, one of which no whole request has
/// come makes room, else the longest idle one.
///
/// Life: construct (binds), `start`, `drain`, `stop`. The router must outlive it. The destructor
/// stops.
class HttpServer {
public:
    /// Binds and listens. Throws ConfigError for a TLS file that cannot be used,
    /// Poco::Net::NetException when the address cannot be had, Poco::SystemException when
    /// descriptors cannot.
    HttpServer(HttpServerOptions options, const Router& router);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::uint16_t port() const;

    /// What it is bound to, without the port, for AddressPolicy::refuseListener; `0.0.0.0` and `::`
    /// are all addresses.
    std::string address() const;

    /// Reads the files of certificate, key and clients' trust anchors anew: connections from now on
    /// get those, others go on as they are. Throws ConfigError when they cannot be used, and then
    /// everything stays as it was. Nothing happens to a server without TLS. Any thread.
    void reloadTls();

    /// Any thread.
    HttpConnectionStats stats() const;

    /// Begins to accept. Until then clients wait in the system's queue.
    void start();

    /// Accepts nothing more, closes idle connections and waits up to `timeout` for requests under
    /// way. Returns whether all have been answered.
    bool drain(Duration timeout);

    /// Cuts what is left and joins; waits for handlers to return.
    void stop();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::server
