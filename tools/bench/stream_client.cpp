#include "bench/stream_client.h"

#include <Poco/Exception.h>
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/stream_upstream.h"
#include "bench/system_failure.h"

namespace waybill::bench {

StreamClient::StreamClient(std::uint16_t port)
    : socket_(require(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")),
      request_(streamRequest(port)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
            "connect");
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

StreamClient::~StreamClient() {
    close(socket_);
}

void StreamClient::sendAll(const std::string& text) {
    require(send(socket_, text.data(), text.size(), MSG_NOSIGNAL), "send");
}

void StreamClient::awaitText(const std::string& mark) {
    while (received_.find(mark) == std::string::npos) {
        char bytes[8192];
        const ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
        if (got <= 0) throw Poco::RuntimeException("a stream ended too early: " + received_);
        received_.append(bytes, static_cast<std::size_t>(got));
    }
}

void StreamClient::awaitEnd() {
    awaitText("\r\n0\r\n\r\n");
    received_.clear();
}

}  // namespace waybill::bench
