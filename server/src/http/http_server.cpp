#include "waybill/server/http_server.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <memory>
#include <random>
#include <system_error>
#include <thread>

#include "http/connection.h"
#include "http/reactor.h"
#include "http/response_head.h"
#include "http/workers.h"
#include "waybill/errors.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBacklog = 1024;

constexpr auto kAcceptPoll = std::chrono::milliseconds(100);
// Most likely there are no descriptors left.
constexpr auto kPauseAfterFailure = std::chrono::milliseconds(100);

/// Null for plain HTTP.
Poco::Net::Context::Ptr makeTls(const std::string& certificate_file, const std::string& key_file) {
    using Poco::Net::Context;
    if (certificate_file.empty()) return nullptr;
    try {
        Context::Ptr context = new Context(Context::TLS_SERVER_USE, key_file, certificate_file, "",
                                           Context::VERIFY_NONE);
        context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
        return context;
    } catch (const Poco::Exception&) {
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
          table_(options_.max_connections, options_.max_connections_per_address),
          body_budget_(options_.max_body_bytes_in_memory),
          context_{options_, router, table_, body_budget_, [this] { return ids_.next(); }},
          tls_(makeTls(options_.tls_certificate_file, options_.tls_key_file)),
          workers_(options_.max_connections),
          reactor_(workers_, options_.on_problem) {
        listen();
    }

    ~Impl() { stop(); }

    std::uint16_t port() const { return port_; }

    void start() {
        acceptor_ = std::thread([this] { acceptAll(); });
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
        } catch (const Poco::Exception& error) {
            throw Poco::Net::NetException(
                "cannot listen on " + options_.host + ":" + std::to_string(options_.port) + ": " +
                (error.code() != 0 ? std::generic_category().message(error.code())
                                   : error.displayText()) +
                "; choose another host or port, or stop what listens there");
        }
    }

    void acceptAll() {
        while (!stopping_.load()) {
            try {
                if (socket_.poll(Poco::Timespan(0, kAcceptPoll / std::chrono::microseconds(1)),
                                 Poco::Net::Socket::SELECT_READ))
                    acceptOne();
            } catch (const Poco::Exception& exception) {
                report("cannot accept a connection: " + exception.displayText());
                std::this_thread::sleep_for(kPauseAfterFailure);
            } catch (const std::exception& exception) {
                report(std::string("cannot accept a connection: ") + exception.what());
                std::this_thread::sleep_for(kPauseAfterFailure);
            }
        }
    }

    void acceptOne() {
        std::unique_ptr<Connection> connection = admitOne();
        if (!connection) return;
        if (tls_.isNull())
            reactor_.mailbox()->post(Arrival{std::move(connection)});
        else
            workers_.serve(std::move(connection), reactor_.mailbox());
    }

    /// Null when there is no place for it.
    std::unique_ptr<Connection> admitOne() {
        Poco::Net::SocketAddress peer;
        Poco::Net::StreamSocket socket = socket_.acceptConnection(peer);
        std::string address = peer.host().toString();
        if (!table_.admits(address)) {
            turnAway(std::move(socket));
            return nullptr;
        }
        return std::make_unique<Connection>(context_, std::move(socket), tls_, std::move(address));
    }

    /// Best effort and without waiting: the client reads a reason, not just an end.
    void turnAway(Poco::Net::StreamSocket socket) {
        if (!tls_.isNull()) return;
        HttpRequest unread;
        unread.id = context_.new_request_id();
        const HttpResponse answer =
            errorResponse(unread, {503, "Too many connections; try again shortly.", "", ""});
        const std::string bytes = writeResponseHead(answer, BodyFraming::kLength, unread.id,
                                                    connectionWord(false, true)) +
                                  *answer.body;
        socket.setBlocking(false);
        socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
        socket.shutdownSend();
    }

    void stopAccepting() {
        stopping_ = true;
        if (acceptor_.joinable()) acceptor_.join();
        socket_.close();
    }

    void report(const std::string& problem) {
        if (options_.on_problem) options_.on_problem(problem);
    }

    const HttpServerOptions options_;
    RequestIds ids_;
    ConnectionTable table_;
    ByteBudget body_budget_;
    ConnectionContext context_;
    Poco::Net::Context::Ptr tls_;
    Poco::Net::ServerSocket socket_;
    std::uint16_t port_ = 0;
    Workers workers_;
    Reactor reactor_;
    std::atomic<bool> stopping_{false};
    std::thread acceptor_;
};

void checkTlsFiles(const std::string& certificate_file, const std::string& key_file) {
    makeTls(certificate_file, key_file);
}

HttpServer::HttpServer(HttpServerOptions options, const Router& router)
    : impl_(std::make_unique<Impl>(std::move(options), router)) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
    return impl_->port();
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
