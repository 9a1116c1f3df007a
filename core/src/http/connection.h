// A connection to a receiver: TCP, with TLS on top where the scheme asks for it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/io_result.h"
#include "http/origin.h"
#include "http/tcp_socket.h"
#include "http/tls_stream.h"

namespace waybill::http {

class Exchange;

/// Bytes in and out, without waiting. One thread.
class Connection {
public:
    explicit Connection(Origin origin) : origin_(std::move(origin)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Begins to connect to the origin's address; 0 or an errno.
    int connect() { return socket_.connect(origin_.address, origin_.port); }
    int finishConnect() const { return socket_.finishConnect(); }

    /// Begins TLS on an established connection; then call `handshake` until it is done.
    void startTls(TlsContext& context);
    IoResult handshake() { return tls_->handshake(); }

    /// Sends `head` and `body` as one message, from `offset` on. `scratch` is room to put a TLS
    /// record together in.
    IoResult send(std::string_view head, std::string_view body, std::size_t offset,
                  std::span<char> scratch);
    IoResult receive(std::span<char> buffer);

    /// Nothing has come that was not received yet, not even the end (what TLS says to itself does
    /// not count). Otherwise it has no further use: what came is gone.
    bool quiet();

    /// More may be readable although no event will say so.
    bool hasBuffered() const { return tls_ != nullptr && tls_->hasBuffered(); }

    void close();

    /// Closes without waiting for the receiver to take what was sent. The system would keep those
    /// bytes for minutes for one that never does.
    void abandon();

    const Origin& origin() const { return origin_; }
    int fd() const { return socket_.fd(); }
    bool secure() const { return tls_ != nullptr; }
    std::string remoteAddress() const;
    const char* tlsVersion() const { return tls_ ? tls_->version() : ""; }

    Exchange* user = nullptr;  ///< null while idle
    bool reused = false;       ///< has carried an exchange before the current one

private:
    Origin origin_;
    TcpSocket socket_;
    std::unique_ptr<TlsStream> tls_;
};

}  // namespace waybill::http
