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
    std::uint32_t max_connections_per_address = 1024;

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

/// Throws ConfigError for a certificate and key that cannot be used. Both empty: plain HTTP.
void checkTlsFiles(const std::string& certificate_file, const std::string& key_file);

/// Serves a Router's routes. One thread has all plain connections that wait: for a request, for its
/// rest, for an answer that comes later (`Router::addAsync`); a request whose handler may block, or
/// that is large, chunked or late, has a thread of its own until it is answered, and a TLS
/// connection has one as long as it lasts. Strict where leniency is dangerous (RFC 9112): one of
/// several readings of a request is never chosen, the request is refused. A slow client is bounded
/// by deadlines over whole heads and bodies, and when all connections are taken, the longest idle
/// one makes room.
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

    /// Reads the files of certificate and key anew: connections from now on get those, others go on
    /// as they are. Throws ConfigError when they cannot be used, and then everything stays as it
    /// was. Nothing happens to a server without TLS. Any thread.
    void reloadTls();

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
