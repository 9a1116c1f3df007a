// The receiver's own process: one epoll, every lane.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/certificate.h"
#include "bench/cpu_time.h"
#include "bench/payload.h"
#include "bench/receiver.h"
#include "bench/system_failure.h"

namespace waybill::bench {

namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view kLastAnswer =
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
constexpr std::size_t kMaxRequest = 1024 * 1024;
constexpr int kReceiverEventsAtOnce = 256;

struct LaneRule {
    LaneName name;
    bool tls;
    bool answers;
    bool keeps;
    bool reads = true;
    bool counts_bytes = false;  ///< of a request, and keeps none
};
constexpr LaneRule kRules[kLaneCount] = {{LaneName::kAnswer, false, true, true},
                                         {LaneName::kHang, false, false, true},
                                         {LaneName::kTlsAnswer, true, true, true},
                                         {LaneName::kTlsAnswerAndClose, true, true, false},
                                         {LaneName::kSwallow, false, false, true, true, true},
                                         {LaneName::kStall, false, false, true, false}};

struct FreeTls {
    void operator()(SSL* tls) const { SSL_free(tls); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

std::unique_ptr<SSL_CTX, FreeTls> tlsContext(const std::string& directory) {
    std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_server_method()));
    if (!context ||
        SSL_CTX_use_certificate_file(context.get(), certificateFile(directory).c_str(),
                                     SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), keyFile(directory).c_str(), SSL_FILETYPE_PEM) !=
            1) {
        throw Poco::RuntimeException("the receiver has no certificate");
    }
    return context;
}

/// A listening socket (no connection has one), or a connection.
struct Peer {
    int socket = -1;
    const LaneRule* rule = nullptr;
    Lane* lane = nullptr;
    bool listens = false;
    std::unique_ptr<SSL, FreeTls> tls{};
    bool greeted = false;     ///< the handshake is over
    std::string received{};   ///< of a request that is not whole yet
    std::size_t missing = 0;  ///< bytes of a request that are not kept

    ~Peer() { close(socket); }
};

/// How long the first request in `text` will be, or 0 while its head is not whole.
std::size_t lengthOfRequest(std::string_view text) {
    constexpr std::string_view kLengthHeader = "\r\nContent-Length: ";
    const std::size_t head_end = text.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return 0;
    std::size_t body = 0;
    const std::size_t header = text.substr(0, head_end).find(kLengthHeader);
    if (header != std::string_view::npos) {
        std::from_chars(text.data() + header + kLengthHeader.size(), text.data() + head_end, body);
    }
    return head_end + 4 + body;
}

/// The bytes of the first request in `text`, or 0 while it is not whole.
std::size_t wholeRequest(std::string_view text) {
    const std::size_t whole = lengthOfRequest(text);
    return text.size() < whole ? 0 : whole;
}

class ReceiverProcess {
public:
    ReceiverProcess(Lanes& lanes, const std::string& directory)
        : lanes_(lanes), context_(tlsContext(directory)), scratch_(64 * 1024, '\0') {
        epoll_ = require(epoll_create1(0), "epoll_create1");
        for (const LaneRule& rule : kRules)
            listenOn(rule);
    }

    [[noreturn]] void run() {
        std::vector<epoll_event> events(kReceiverEventsAtOnce);
        while (true) {
            const int count = epoll_wait(epoll_, events.data(), kReceiverEventsAtOnce, -1);
            for (int i = 0; i < count; ++i)
                ready(*static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr));
        }
    }

private:
    void listenOn(const LaneRule& rule) {
        auto peer = std::make_unique<Peer>();
        peer->socket = require(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        require(bind(peer->socket, generic, size), "bind");
        require(listen(peer->socket, SOMAXCONN), "listen");
        require(getsockname(peer->socket, generic, &size), "getsockname");
        peer->rule = &rule;
        peer->lane = &lanes_[static_cast<std::size_t>(rule.name)];
        peer->listens = true;
        peer->lane->port = ntohs(address.sin_port);
        watch(std::move(peer));
    }

    /// From here on the kernel holds it; `drop` takes it back.
    void watch(std::unique_ptr<Peer> peer) {
        epoll_event event{};
        event.events = EPOLLIN | EPOLLRDHUP;
        event.data.ptr = peer.get();
        require(epoll_ctl(epoll_, EPOLL_CTL_ADD, peer->socket, &event), "epoll_ctl");
        static_cast<void>(peer.release());
    }

    static void drop(Peer& peer) { delete &peer; }

    void ready(Peer& peer) { peer.listens ? acceptAll(peer) : read(peer); }

    void acceptAll(const Peer& listener) {
        int socket = -1;
        while ((socket = accept4(listener.socket, nullptr, nullptr, SOCK_NONBLOCK)) >= 0) {
            const int on = 1;
            setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            auto peer = std::make_unique<Peer>();
            peer->socket = socket;
            peer->rule = listener.rule;
            peer->lane = listener.lane;
            if (peer->rule->tls) {
                peer->tls.reset(SSL_new(context_.get()));
                SSL_set_fd(peer->tls.get(), socket);
                SSL_set_accept_state(peer->tls.get());
            }
            ++peer->lane->connections;
            if (peer->rule->reads) {
                watch(std::move(peer));
            } else {
                stalled_.push_back(std::move(peer));
            }
        }
    }

    /// Bytes that came; 0: none now; less: none ever again.
    long receiveFrom(Peer& peer) {
        if (peer.tls) {
            const int count =
                SSL_read(peer.tls.get(), scratch_.data(), static_cast<int>(scratch_.size()));
            noteGreeting(peer);
            if (count > 0) return count;
            return SSL_get_error(peer.tls.get(), count) == SSL_ERROR_WANT_READ ? 0 : -1;
        }
        const ssize_t count = recv(peer.socket, scratch_.data(), scratch_.size(), 0);
        if (count > 0) return count;
        return count < 0 && errno == EAGAIN ? 0 : -1;
    }

    static void noteGreeting(Peer& peer) {
        if (peer.greeted || !SSL_is_init_finished(peer.tls.get())) return;
        peer.greeted = true;
        if (SSL_session_reused(peer.tls.get())) ++peer.lane->resumed;
    }

    void read(Peer& peer) {
        const long count = receiveFrom(peer);
        if (count < 0) return drop(peer);
        if (count == 0) return;
        const std::string_view fresh(scratch_.data(), static_cast<std::size_t>(count));
        if (peer.rule->counts_bytes) return swallow(peer, fresh);
        if (peer.received.empty() && wholeRequest(fresh) == fresh.size()) return take(peer, fresh);
        peer.received += fresh;
        if (peer.received.size() > kMaxRequest) return drop(peer);
        if (wholeRequest(peer.received) == peer.received.size()) {
            const std::string request = std::exchange(peer.received, {});
            take(peer, request);
        }
    }

    /// Its head comes in one piece: it is the first that is sent.
    static void swallow(Peer& peer, std::string_view fresh) {
        if (peer.missing == 0) peer.missing = lengthOfRequest(fresh);
        peer.missing -= std::min(peer.missing, fresh.size());
        if (peer.missing == 0) peer.lane->requests.fetch_add(1, std::memory_order_relaxed);
    }

    void take(Peer& peer, std::string_view request) {
        if (const auto sent_at = sentAt(request)) {
            peer.lane->latency.add(monotonicNow() - *sent_at);
        }
        peer.lane->requests.fetch_add(1, std::memory_order_relaxed);
        if (!peer.rule->answers) return;
        const std::string_view answer = peer.rule->keeps ? kAnswer : kLastAnswer;
        if (peer.tls) {
            SSL_write(peer.tls.get(), answer.data(), static_cast<int>(answer.size()));
            if (!peer.rule->keeps) SSL_shutdown(peer.tls.get());
        } else {
            ::send(peer.socket, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
        if (!peer.rule->keeps) drop(peer);
    }

    Lanes& lanes_;
    std::unique_ptr<SSL_CTX, FreeTls> context_;
    std::string scratch_;
    std::vector<std::unique_ptr<Peer>> stalled_;  ///< open, and never read
    int epoll_ = -1;
};

}  // namespace

int receive(int memory, const std::string& directory) {
    std::signal(SIGPIPE, SIG_IGN);
    void* const at = mmap(nullptr, sizeof(Lanes), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (at == MAP_FAILED) failSystemCall("mmap");
    ReceiverProcess process(*static_cast<Lanes*>(at), directory);
    std::puts("ready");
    std::fflush(stdout);
    process.run();
}

}  // namespace waybill::bench
