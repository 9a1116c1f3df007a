#include "support/scripted_receiver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace waybill {
namespace {

constexpr std::chrono::seconds kPatience(10);

sockaddr_in socketAddress(const std::string& address, std::uint16_t port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    inet_pton(AF_INET, address.c_str(), &result.sin_addr);
    return result;
}

int listenOn(const std::string& address, std::uint16_t port, int backlog) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in name = socketAddress(address, port);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
        ::listen(fd, backlog) != 0) {
        ::close(fd);
        throw std::runtime_error("cannot listen on " + address);
    }
    return fd;
}

std::uint16_t portOf(int fd) {
    sockaddr_in name{};
    socklen_t length = sizeof name;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length);
    return ntohs(name.sin_port);
}

std::shared_ptr<SSL_CTX> serverContext(const TestIdentity& identity) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
    const unsigned char id[] = "test";
    SSL_CTX_set_session_id_context(context.get(), id, sizeof id);
    return context;
}

std::size_t contentLength(std::string_view head) {
    constexpr std::string_view kName = "Content-Length: ";
    const auto at = head.find(kName);
    return at == head.npos ? 0 : std::stoul(std::string(head.substr(at + kName.size(), 20)));
}

}  // namespace

ScriptedPeer::ScriptedPeer(int fd, int number, SSL_CTX* tls)
    : fd_(fd), number_(number), ssl_(tls ? SSL_new(tls) : nullptr, SSL_free) {
    if (ssl_ != nullptr) SSL_set_fd(ssl_.get(), fd_);
}

ScriptedPeer::~ScriptedPeer() {
    if (ssl_ != nullptr && SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
    ERR_clear_error();
    ssl_.reset();
    ::close(fd_);
}

bool ScriptedPeer::handshake() {
    return ssl_ == nullptr || SSL_accept(ssl_.get()) == 1;
}

std::optional<std::string> ScriptedPeer::readSome() {
    std::string bytes(16 * 1024, '\0');
    const auto size = static_cast<int>(bytes.size());
    const ssize_t received = ssl_ ? SSL_read(ssl_.get(), bytes.data(), size)
                                  : ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (received <= 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(received));
    return bytes;
}

std::optional<std::string> ScriptedPeer::readRequest() {
    for (;;) {
        const auto end = buffered_.find("\r\n\r\n");
        if (end != buffered_.npos) {
            const std::size_t size = end + 4 + contentLength(buffered_.substr(0, end + 2));
            if (buffered_.size() >= size) {
                std::string request = buffered_.substr(0, size);
                buffered_.erase(0, size);
                return request;
            }
        }
        const auto more = readSome();
        if (!more) return std::nullopt;
        buffered_ += *more;
    }
}

bool ScriptedPeer::awaitAnything() {
    if (const auto bytes = readSome()) buffered_ += *bytes;
    return !buffered_.empty();
}

bool ScriptedPeer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent =
            ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                 : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void ScriptedPeer::dripForever(std::string_view bytes, std::chrono::milliseconds apart) {
    for (std::size_t i = 0;; i = (i + 1) % bytes.size()) {
        if (!send(bytes.substr(i, 1))) return;
        pollfd gone{fd_, POLLRDHUP, 0};
        if (::poll(&gone, 1, static_cast<int>(apart.count())) > 0) return;
    }
}

std::size_t ScriptedPeer::sendForever(std::string_view bytes) {
    std::size_t sent = 0;
    while (send(bytes))
        sent += bytes.size();
    return sent;
}

void ScriptedPeer::changeKeysForever() {
    while (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
           SSL_do_handshake(ssl_.get()) == 1) {
    }
}

void ScriptedPeer::sendByteByByte(std::string_view bytes, const std::function<void()>& begun) {
    BIO* const memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(ssl_.get(), memory);
    for (const char& byte : bytes)
        SSL_write(ssl_.get(), &byte, 1);
    char* records = nullptr;
    const long size = BIO_get_mem_data(memory, &records);
    std::string_view rest(records, static_cast<std::size_t>(size));
    bool told = false;
    while (!rest.empty()) {
        const ssize_t sent = ::send(fd_, rest.data(), rest.size() / 2 + 1, MSG_NOSIGNAL);
        if (sent <= 0) return;
        rest.remove_prefix(static_cast<std::size_t>(sent));
        if (!std::exchange(told, true)) begun();
    }
}

void ScriptedPeer::awaitClose() {
    while (readSome()) {
    }
}

void ScriptedPeer::awaitDisconnect() {
    pollfd disconnected{fd_, 0, 0};
    ::poll(&disconnected, 1, -1);
}

void ScriptedPeer::reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ssl_.reset();
    // The descriptor itself is closed with the peer; this sends the reset now.
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup3(nothing, fd_, O_CLOEXEC);
    ::close(nothing);
}

void ScriptedPeer::closeSending() {
    ::shutdown(fd_, SHUT_WR);
}

bool ScriptedPeer::sessionResumed() const {
    return SSL_session_reused(ssl_.get()) == 1;
}

std::string ScriptedPeer::serverName() const {
    const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
}

void ScriptedPeer::interrupt() {
    ::shutdown(fd_, SHUT_RDWR);
}

ScriptedReceiver::ScriptedReceiver(Script script, std::optional<TestIdentity> identity,
                                   const std::string& address, std::uint16_t port)
    : script_(std::move(script)), listener_(listenOn(address, port, 1024)) {
    if (identity) tls_ = serverContext(*identity);
    port_ = portOf(listener_);
    acceptor_ = std::thread([this] { acceptAll(); });
}

ScriptedReceiver::~ScriptedReceiver() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        for (auto* peer : open_)
            peer->interrupt();
    }
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : threads_)
        thread.join();
    ::close(listener_);
}

std::string ScriptedReceiver::url(const std::string& host) const {
    return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + "/hook";
}

bool ScriptedReceiver::awaitAllClosed() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return open_.empty(); });
}

void ScriptedReceiver::acceptAll() {
    for (;;) {
        // accept4(2) takes a descriptor before it waits, and a test may leave none for a moment.
        pollfd connection{listener_, POLLIN, 0};
        ::poll(&connection, 1, -1);
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const int number = ++accepted_;
        threads_.emplace_back([this, fd, number] { serve(fd, number); });
    }
}

void ScriptedReceiver::serve(int fd, int number) {
    // OpenSSL writes without MSG_NOSIGNAL.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);

    ScriptedPeer peer(fd, number, tls_.get());
    std::list<ScriptedPeer*>::iterator place;
    {
        const std::lock_guard lock(mutex_);
        place = open_.insert(open_.end(), &peer);
        if (stopped_) peer.interrupt();
    }
    if (peer.handshake()) script_(peer);
    const std::lock_guard lock(mutex_);
    open_.erase(place);
    changed_.notify_all();
}

SilentListener::SilentListener(const std::string& address, std::uint16_t port, int backlog)
    : listener_(listenOn(address, port, backlog)), port_(portOf(listener_)) {}

SilentListener::~SilentListener() {
    for (const int fd : fillers_)
        ::close(fd);
    ::close(listener_);
}

void SilentListener::fillBacklog() {
    sockaddr_in name{};
    socklen_t length = sizeof name;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &length);
    for (;;) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        fillers_.push_back(fd);
        ::connect(fd, reinterpret_cast<const sockaddr*>(&name), length);
        pollfd writable{fd, POLLOUT, 0};
        if (::poll(&writable, 1, 100) == 0) return;
    }
}

std::string answer(int status, std::string_view body, std::string_view more_headers) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
    text.append(more_headers);
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
    return text.append(body);
}

void alwaysFine(ScriptedPeer& peer) {
    while (peer.readRequest())
        peer.send(answer(200, "fine"));
}

}  // namespace waybill
