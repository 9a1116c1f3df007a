// An HTTP client that does nothing but send and receive: what the machine can do at best.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load.h"

namespace waybill::bench {

/// A number of keep-alive connections to one port of 127.0.0.1, one request on each at a time, on
/// one epoll. Trusts the other side to speak HTTP/1.1 with Content-Length. One thread.
class BareClient {
public:
    BareClient(std::uint16_t port, std::size_t connections);
    ~BareClient();
    BareClient(const BareClient&) = delete;
    BareClient& operator=(const BareClient&) = delete;

    bool idle() const { return !idle_.empty(); }
    bool busy() const { return idle_.size() < connections_.size(); }

    /// On a connection that is idle.
    void send(std::string_view request);

    /// Waits for an answer, at most until the time is over; returns how many there are. Throws
    /// Poco::RuntimeException for one that is no 2xx.
    std::size_t receive(std::chrono::milliseconds timeout);

    /// Ends a `receive` that waits, or the next one; any thread.
    void wake();

private:
    struct Connection {
        int socket = -1;
        std::string received{};
    };

    bool answered(Connection& connection);

    int epoll_;
    int alarm_;
    std::vector<Connection> connections_;
    std::vector<std::uint32_t> idle_;
};

/// A POST as the transport writes it, without a token.
std::string postRequest(std::uint16_t port, std::string_view target, std::string_view body);

/// The limit: the same request again and again on every connection.
class BareContender : public Contender {
public:
    BareContender(std::uint16_t port, std::size_t connections, std::size_t payload_bytes);
    Load run(std::chrono::nanoseconds duration) override;

private:
    BareClient client_;
    std::string request_;
};

}  // namespace waybill::bench
