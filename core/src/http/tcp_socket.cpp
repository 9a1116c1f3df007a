#include "http/tcp_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <system_error>

#include "net/characters.h"
#include "net/ip_address.h"

namespace waybill::http {
namespace {

IoResult fromErrno(int error) {
    return error == EAGAIN || error == EWOULDBLOCK ? IoResult::wouldBlock()
                                                   : IoResult::failed(error);
}

int family(const IpAddress& address) {
    return address.is_v4 ? AF_INET : AF_INET6;
}

// EADDRNOTAVAIL says both that all ports towards an address are taken and that none of our own
// addresses can reach it (::1 on a machine without IPv6). A datagram socket needs a port of another
// kind, so it fails only for the second reason.
bool hasNoSourceAddress(const IpAddress& address) {
    const Descriptor probe(::socket(family(address), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!probe.valid()) return false;
    sockaddr_storage storage{};
    const socklen_t length = toSocketAddress(address, 9, storage);
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 &&
           errno == EADDRNOTAVAIL;
}

}  // namespace

int TcpSocket::connect(const IpAddress& address, std::uint16_t port) {
    descriptor_ =
        Descriptor(::socket(family(address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!descriptor_.valid()) return errno;
    // A request leaves in one piece; nothing is gained by waiting for more of it.
    const int on = 1;
    ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_storage storage{};
    const socklen_t length = toSocketAddress(address, port, storage);
    if (::connect(fd(), reinterpret_cast<const sockaddr*>(&storage), length) == 0) return 0;
    return errno == EINPROGRESS ? 0 : errno;
}

int TcpSocket::finishConnect() const {
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
    return error;
}

IoResult TcpSocket::send(std::string_view first, std::string_view second) {
    iovec pieces[2] = {{const_cast<char*>(first.data()), first.size()},
                       {const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = first.empty() ? pieces + 1 : pieces;
    message.msg_iovlen = first.empty() || second.empty() ? 1 : 2;
    ssize_t sent;
    do {
        sent = ::sendmsg(fd(), &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? fromErrno(errno) : IoResult::done(static_cast<std::size_t>(sent));
}

IoResult TcpSocket::receive(std::span<char> buffer) {
    ssize_t received;
    do {
        received = ::recv(fd(), buffer.data(), buffer.size(), 0);
    } while (received < 0 && errno == EINTR);
    if (received == 0) return IoResult::end();
    return received < 0 ? fromErrno(errno) : IoResult::done(static_cast<std::size_t>(received));
}

void TcpSocket::abandon() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

bool isLocalFault(int error, const IpAddress& address) {
    switch (error) {
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case ENOSPC:  // epoll watches
            return true;
        case EADDRNOTAVAIL:
            return !hasNoSourceAddress(address);
        default:
            return false;
    }
}

std::string inWords(int error) {
    std::string words = std::generic_category().message(error);
    if (!words.empty()) words.front() = toLower(words.front());
    return words;
}

}  // namespace waybill::http
