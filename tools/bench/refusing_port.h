// A port where nobody listens.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "bench/system_failure.h"

namespace waybill::bench {

/// Held, so that nobody else gets it, but not listened on: every connection is refused.
class RefusingPort {
public:
    RefusingPort() : socket_(require(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        require(bind(socket_, generic, size), "bind");
        require(getsockname(socket_, generic, &size), "getsockname");
        port_ = ntohs(address.sin_port);
    }
    ~RefusingPort() { close(socket_); }
    RefusingPort(const RefusingPort&) = delete;
    RefusingPort& operator=(const RefusingPort&) = delete;

    std::uint16_t port() const { return port_; }

private:
    int socket_;
    std::uint16_t port_ = 0;
};

}  // namespace waybill::bench
