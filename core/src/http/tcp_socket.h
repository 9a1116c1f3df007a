// A TCP connection that never waits.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "http/descriptor.h"
#include "http/io_result.h"
#include "waybill/resolver.h"

namespace waybill::http {

/// A non-blocking TCP socket. Plain system calls, because Poco's sockets (1.11) open their
/// descriptor without close-on-exec, so that a host's child process would inherit connections that
/// carry tokens; they cannot be told not to raise SIGPIPE in a host that does not block it; and
/// they throw for a refused or reset connection, which here is a foreseen value.
class TcpSocket {
public:
    /// Begins to connect; the socket becomes writable when that is decided (`finishConnect`).
    /// Returns the errno of what failed at once, else 0.
    int connect(const IpAddress& address, std::uint16_t port);

    /// The errno of a connection attempt that has been decided, 0 when it is established.
    int finishConnect() const;

    /// Sends the two pieces as one, as far as the system takes them.
    IoResult send(std::string_view first, std::string_view second);
    IoResult receive(std::span<char> buffer);

    int fd() const { return descriptor_.get(); }
    void close() { descriptor_.reset(); }

    /// Closes with a reset: what has not been taken yet is dropped, here and there.
    void abandon();

private:
    Descriptor descriptor_;
};

/// Whether a connection failed for want of something of our own: descriptors, memory, ports.
bool isLocalFault(int error, const IpAddress& address);

}  // namespace waybill::http
