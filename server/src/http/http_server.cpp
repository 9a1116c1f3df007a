#include "waybill/server/http_server.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "http/connection.h"
#include "http/reactor.h"
#include "http/response_head.h"
#include "http/workers.h"
#include "waybill/errors.h"
#include "waybill/server/api_error.h"
#include "waybill/worker_thread.h"

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBacklog = 1024;

constexpr auto kAcceptPoll = std::chrono::milliseconds(100);

// While we have run out of something: descriptors, memory, threads.
constexpr auto kPause = std::chrono::milliseconds(100);

/// Whether accept(2) has failed for want of something of ours. All else is the client's affair or
/// the network's, and the next one is accepted at once.
bool isExhaustion(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

std::shared_ptr<ByteBudget> memoryOf(const HttpServerOptions& options) {
    constexpr std::size_t kDefault = std::size_t{512} * 1024 * 1024;
    return options.memory ? options.memory : std::make_shared<ByteBudget>(kDefault);
}

/// A certificate that comes must verify, or there is no connection; none need come.
void askForCertificates(SSL_CTX* context, const std::string& client_ca_file) {
    constexpr unsigned char kSessions[] = "waybill";  // resumed ones are of this server
    STACK_OF(X509_NAME)* const names = ::SSL_load_client_CA_file(client_ca_file.c_str());
    if (names == nullptr ||
        ::SSL_CTX_load_verify_locations(context, client_ca_file.c_str(), nullptr) != 1) {
        ::sk_X509_NAME_pop_free(names, ::X509_NAME_free);
        ::ERR_clear_error();
        throw ConfigError("operator-ca " + client_ca_file +
                          " cannot be used: give PEM certificates of the authorities that vouch "
                          "for operators");
    }
    ::SSL_CTX_set_client_CA_list(context, names);
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    ::SSL_CTX_set_session_id_context(context, kSessions, sizeof kSessions - 1);
}

/// Null for plain HTTP.
Poco::Net::Context::Ptr makeTls(const std::string& certificate_file, const std::string& key_file,
                                const std::string& client_ca_file) {
    using Poco::Net::Context;
    if (certificate_file.empty()) return nullptr;
    try {
        Context::Ptr context = new Context(Context::TLS_SERVER_USE, key_file, certificate_file, "",
                                           Context::VERIFY_NONE);
        context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
        // OpenSSL drops a key that does not belong to the certificate, and says nothing.
        if (::SSL_CTX_check_private_key(context->sslContext()) != 1)
            throw Poco::DataException("the key is another certificate's");
        if (!client_ca_file.empty()) askForCertificates(context->sslContext(), client_ca_file);
        return context;
    } catch (const ConfigError&) {
        throw;
    } catch (const Poco::Exception&) {
        ::ERR_clear_error();
        throw ConfigError("tls-cert " + certificate_file + " and tls-key " + key_file +
                          " cannot be used: give a PEM certificate (chain) and its PEM key");
    }
}

/// Unique in the life of the process, and hardly ever met again after it.
class RequestIds {
public:
    std::string next() {
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::string id = "req_";
        const std::uint64_t count = count_.fetch_add(1, std::memory_order_relaxed);
        for (const std::uint64_t part : {start_, count})
            for (int shift = 60; shift >= 0; shift -= 4)
                id.push_back(kDigits[(part >> shift) & 0xF]);
        return id;
    }

private:
    const std::uint64_t start_ = [] {
        std::random_device device;
        return (static_cast<std::uint64_t>(device()) << 32) | device();
    }();
    std::atomic<std::uint64_t> count_{0};
};

}  // namespace

class HttpServer::Impl {
public:
    Impl(HttpServerOptions options, const Router& router)
        : options_(std::move(options)),
          table_(options_.max_connections, options_.max_connections_per_address,
                 options_.reserved_connections),
          client_memories_(options_.max_memory_per_client),
          context_{options_,
                   router,
                   table_,
                   memoryOf(options_),
                   client_memories_,
                   [this] { return ids_.next(); },
                   false},
          tls_(makeTls(options_.tls_certificate_file, options_.tls_key_file,
                       options_.tls_client_ca_file)),
          workers_(options_.max_connections + options_.reserved_connections, options_.on_problem),
          reactor_(workers_, options_.on_problem) {
        listen();
    }

    ~Impl() { stop(); }

    std::uint16_t port() const { return port_; }

    std::string address() const { return address_; }

    HttpConnectionStats stats() const { return table_.stats(); }

    void start() {
        acceptor_ = startWorkerThread(
            "waybill-accept", [this] { acceptAll(); }, options_.on_problem);
    }

    void reloadTls() {
        Poco::Net::Context::Ptr fresh = makeTls(options_.tls_certificate_file,
                                                options_.tls_key_file, options_.tls_client_ca_file);
        const std::lock_guard lock(tls_mutex_);
        tls_.swap(fresh);
    }

    bool drain(Duration timeout) {
        stopAccepting();
        table_.drain();
        return table_.waitUntilEmpty(Clock::now() + timeout);
    }

    void stop() {
        stopAccepting();
        table_.drain();
        table_.cutAll();
        table_.waitUntilEmpty(Deadline::max());
        workers_.join();
    }

private:
    void listen() {
        try {
            const Poco::Net::SocketAddress address(options_.host, options_.port);
            socket_.bind(address, true, false);
            socket_.listen(kBacklog);
            socket_.setBlocking(false);  // a client may be gone between poll and accept
            port_ = socket_.address().port();
            address_ = socket_.address().host().toString();
            address_ = address_.substr(0, address_.find('%'));  // of a link-local one the zone
            context_.on_loopback_only = socket_.address().host().isLoopback();
        } catch (const Poco::Exception& error) {
            throw Poco::Net::NetException(
                "cannot listen on " + options_.host + ":" + std::to_string(options_.port) + ": " +
                (error.code() != 0 ? std::generic_category().message(error.code())
                                   : error.displayText()) +
                "; choose another host or port, or stop what listens there");
        }
    }

    /// What throws here (no memory, no thread) is ours, never a client's.
    void acceptAll() {
        while (!stopping_.load()) {
            try {
                if (await(kAcceptPoll)) acceptOne();
            } catch (...) {
                pause(currentProblem());
            }
        }
    }

    /// False when no connection has come.
    bool await(std::chrono::milliseconds timeout) const {
        pollfd entry{socket_.impl()->sockfd(), POLLIN, 0};
        return ::poll(&entry, 1, static_cast<int>(timeout.count())) > 0;
    }

    void acceptOne() {
        sockaddr_storage peer{};
        socklen_t length = sizeof peer;
        auto* const address = reinterpret_cast<sockaddr*>(&peer);
        const int descriptor =
            ::accept4(socket_.impl()->sockfd(), address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (descriptor < 0) {
            if (isExhaustion(errno)) pause(std::generic_category().message(errno));
            return;
        }
        Poco::Net::StreamSocket socket = owned(descriptor);
        admit(std::move(socket), Poco::Net::SocketAddress(address, length).host().toString());
        paused_ = false;
    }

    static Poco::Net::StreamSocket owned(int descriptor) {
        try {
            return Poco::Net::StreamSocket(new Poco::Net::StreamSocketImpl(descriptor));
        } catch (...) {
            ::close(descriptor);
            throw;
        }
    }

    void admit(Poco::Net::StreamSocket socket, std::string address) {
        const Poco::Net::Context::Ptr tls = currentTls();
        if (!table_.admits(addressGroup(address))) return turnAway(std::move(socket), tls);
        auto connection =
            std::make_unique<Connection>(context_, std::move(socket), tls, std::move(address));
        if (tls.isNull())
            reactor_.mailbox()->post(Arrival{std::move(connection)});
        else
            workers_.serve(std::move(connection), reactor_.mailbox());
    }

    /// Best effort: the client reads a reason, not just an end. Nothing here waits for it; a
    /// handshake, which must, has a worker of its own.
    void turnAway(Poco::Net::StreamSocket socket, const Poco::Net::Context::Ptr& tls) {
        HttpRequest unread;
        unread.id = context_.new_request_id();
        const HttpResponse answer =
            errorResponse(unread, {503, "Too many connections; try again shortly.", "", ""});
        if (options_.on_answer) options_.on_answer(unread, answer.status);
        const std::string bytes =
            writeResponseHead(answer, BodyFraming::kLength, unread, connectionWord(false, true)) +
            *answer.body;
        if (!tls.isNull()) return workers_.turnAway(std::move(socket), tls, bytes);
        const int descriptor = socket.impl()->sockfd();
        static_cast<void>(
            ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
        ::shutdown(descriptor, SHUT_WR);
    }

    /// Waits for what we have run out of, and gives up a connection for it. Said
    /// once, until a connection could be accepted again.
    void pause(const std::string& problem) {
        if (!std::exchange(paused_, true))
            report("no connection can be accepted for now: " + problem);
        table_.makeRoom();
        std::this_thread::sleep_for(kPause);
    }

    Poco::Net::Context::Ptr currentTls() const {
        const std::lock_guard lock(tls_mutex_);
        return tls_;
    }

    void stopAccepting() {
        stopping_ = true;
        if (acceptor_.joinable()) acceptor_.join();
        socket_.close();
    }

    void report(const std::string& problem) const noexcept {
        contained(options_.on_problem, "a report", [&] {
            if (options_.on_problem) options_.on_problem(problem);
        });
    }

    const HttpServerOptions options_;
    RequestIds ids_;
    ConnectionTable table_;
    ClientMemories client_memories_;
    ConnectionContext context_;
    mutable std::mutex tls_mutex_;
    Poco::Net::Context::Ptr tls_;  ///< of connections from now on; null: none
    Poco::Net::ServerSocket socket_;
    std::uint16_t port_ = 0;
    std::string address_;
    Workers workers_;
    Reactor reactor_;
    std::atomic<bool> stopping_{false};
    bool paused_ = false;  ///< the acceptor's
    std::thread acceptor_;
};

void checkTlsFiles(const std::string& certificate_file, const std::string& key_file,
                   const std::string& client_ca_file) {
    makeTls(certificate_file, key_file, client_ca_file);
}

HttpServer::HttpServer(HttpServerOptions options, const Router& router)
    : impl_(std::make_unique<Impl>(std::move(options), router)) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
    return impl_->port();
}

std::string HttpServer::address() const {
    return impl_->address();
}

HttpConnectionStats HttpServer::stats() const {
    return impl_->stats();
}

void HttpServer::reloadTls() {
    impl_->reloadTls();
}

void HttpServer::start() {
    impl_->start();
}

bool HttpServer::drain(Duration timeout) {
    return impl_->drain(timeout);
}

void HttpServer::stop() {
    impl_->stop();
}

}  // namespace waybill::server
