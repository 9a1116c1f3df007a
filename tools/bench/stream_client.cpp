#include "bench/stream_client.h"

#include <Poco/Exception.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/loopback.h"
#include "bench/stream_upstream.h"
#include "bench/system_failure.h"

namespace waybill::bench {

StreamClient::StreamClient(std::uint16_t port)
    : socket_(connectToLoopback(port)), request_(streamRequest(port)) {}

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
