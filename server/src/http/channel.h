// A client's connection with deadlines over whole operations.
#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace waybill::server {

using Deadline = std::chrono::steady_clock::time_point;

/// A connected socket, plain or TLS, whose reads and writes end at a deadline however slowly the
/// other side goes. One thread uses it; `cut` may come from another one.
class Channel {
public:
    enum class Status { kOk, kClosed, kTimeout };

    /// `tls`: null for a plain connection. The handshake is part of the first read.
    Channel(Poco::Net::StreamSocket socket, const Poco::Net::Context::Ptr& tls);

    /// Appends what has come to `buffer`, at most `limit` bytes; waits when there is nothing.
    Status read(std::string& buffer, std::size_t limit, Deadline deadline);

    /// Sends all of `bytes`.
    Status write(std::string_view bytes, Deadline deadline);

    /// The same without waiting, for a plain connection; kTimeout: it would have to. `got` says how
    /// much of `into` was filled, `bytes` keeps what could not be sent.
    Status tryRead(std::span<char> into, std::size_t& got);
    Status tryWrite(std::string_view& bytes);

    /// Ends our side and reads on until the client ends its own, so that one that still sends gets
    /// to read our last answer (RFC 9112 section 9.6): at most `quiet` between two bytes, and not
    /// beyond the deadline.
    void finish(std::chrono::milliseconds quiet, Deadline deadline);

    /// Whether the other side has closed, or ended its side of, the connection. Does not wait.
    bool closedByPeer() const;

    /// Ends both sides now and wakes whoever waits.
    void cut() noexcept;

    /// Whether the client has shown a certificate that verified. After the handshake.
    bool peerVerified() const;

    int fd() const { return descriptor_; }
    bool secure() const { return secure_; }

private:
    Status waitFor(short events, Deadline deadline) const;
    int trySend(std::string_view bytes);

    Poco::Net::StreamSocket socket_;
    int descriptor_;
    bool secure_;
};

}  // namespace waybill::server
