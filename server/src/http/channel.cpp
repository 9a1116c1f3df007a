#include "http/channel.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace waybill::server {
namespace {

int millisecondsUntil(Deadline deadline) {
    using std::chrono::milliseconds;
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX));
}

}  // namespace

Channel::Channel(Poco::Net::StreamSocket socket, const Poco::Net::Context::Ptr& tls)
    : socket_(std::move(socket)), descriptor_(socket_.impl()->sockfd()), secure_(!tls.isNull()) {
    // Before TLS is put on top: the layer below is what must not block.
    socket_.setBlocking(false);
    socket_.setNoDelay(true);
    if (secure_) socket_ = Poco::Net::SecureStreamSocket::attach(socket_, tls);
}

Channel::Status Channel::waitFor(short events, Deadline deadline) const {
    for (;;) {
        pollfd entry{descriptor_, events, 0};
        const int ready = ::poll(&entry, 1, millisecondsUntil(deadline));
        if (ready > 0) return Status::kOk;
        if (ready == 0) return Status::kTimeout;
        if (errno != EINTR) return Status::kClosed;
    }
}

Channel::Status Channel::read(std::string& buffer, std::size_t limit, Deadline deadline) {
    const std::size_t before = buffer.size();
    buffer.resize(before + limit);
    Status status = Status::kOk;
    int got = 0;
    try {
        // A first look without waiting: TLS may hold bytes that poll(2) does not see.
        while ((got = socket_.receiveBytes(buffer.data() + before, static_cast<int>(limit))) < 0 &&
               status == Status::kOk) {
            const bool wants_write =
                secure_ && got == Poco::Net::SecureStreamSocket::ERR_SSL_WANT_WRITE;
            status = waitFor(wants_write ? POLLOUT : POLLIN, deadline);
        }
        if (got == 0) status = Status::kClosed;
    } catch (const Poco::Exception&) {
        status = Status::kClosed;
    }
    buffer.resize(before + static_cast<std::size_t>(std::max(got, 0)));
    return status;
}

/// How many bytes were taken; negative when it would block, 0 when nothing can be sent any more.
int Channel::trySend(std::string_view bytes) {
    constexpr std::size_t kMost = 1 << 20;
    const std::size_t length = std::min(bytes.size(), kMost);
    if (secure_) return socket_.sendBytes(bytes.data(), static_cast<int>(length));
    // Not through Poco 1.11, which throws where a non-blocking socket would block.
    const ssize_t sent = ::send(descriptor_, bytes.data(), length, MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<int>(sent);
    return errno == EAGAIN || errno == EINTR ? -1 : 0;
}

Channel::Status Channel::write(std::string_view bytes, Deadline deadline) {
    try {
        while (!bytes.empty()) {
            const int sent = trySend(bytes);
            if (sent == 0) return Status::kClosed;
            if (sent > 0) {
                bytes.remove_prefix(static_cast<std::size_t>(sent));
                continue;
            }
            const bool wants_read =
                secure_ && sent == Poco::Net::SecureStreamSocket::ERR_SSL_WANT_READ;
            const Status status = waitFor(wants_read ? POLLIN : POLLOUT, deadline);
            if (status != Status::kOk) return status;
        }
        return Status::kOk;
    } catch (const Poco::Exception&) {
        return Status::kClosed;
    }
}

Channel::Status Channel::tryRead(std::span<char> into, std::size_t& got) {
    ssize_t count = 0;
    do {
        count = ::recv(descriptor_, into.data(), into.size(), 0);
    } while (count < 0 && errno == EINTR);
    got = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    if (count > 0) return Status::kOk;
    return count < 0 && errno == EAGAIN ? Status::kTimeout : Status::kClosed;
}

Channel::Status Channel::tryWrite(std::string_view& bytes) {
    while (!bytes.empty()) {
        const int sent = trySend(bytes);
        if (sent == 0) return Status::kClosed;
        if (sent < 0) return Status::kTimeout;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return Status::kOk;
}

void Channel::finish(std::chrono::milliseconds quiet, Deadline deadline) {
    constexpr std::size_t kMostToDrop = 64 * 1024 * 1024;
    try {
        if (secure_) socket_.shutdown();  // says it in TLS's own way
    } catch (const Poco::Exception&) {
        return;
    }
    ::shutdown(descriptor_, SHUT_WR);
    std::array<char, 16 * 1024> dropped;
    for (std::size_t total = 0, got = 0; total < kMostToDrop; total += got) {
        const Deadline now = std::chrono::steady_clock::now();
        if (now >= deadline) return;
        if (waitFor(POLLIN, std::min(now + quiet, deadline)) != Status::kOk) return;
        if (tryRead(dropped, got) == Status::kClosed) return;
    }
}

/// One that did not verify would have ended the handshake.
bool Channel::peerVerified() const {
    return secure_ && Poco::Net::SecureStreamSocket(socket_).havePeerCertificate();
}

bool Channel::closedByPeer() const {
    pollfd entry{descriptor_, POLLRDHUP, 0};
    return ::poll(&entry, 1, 0) > 0;
}

void Channel::cut() noexcept {
    ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace waybill::server
