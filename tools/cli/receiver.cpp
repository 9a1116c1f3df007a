#include "cli/receiver.h"

#include <Poco/Event.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/String.h>
#include <Poco/ThreadPool.h>

#include <algorithm>
#include <array>
#include <istream>
#include <mutex>
#include <optional>

#include "waybill/clock.h"

namespace waybill::cli {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

std::string ReceivedCallback::header(const std::string& name) const {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
        return Poco::icompare(header.first, name) == 0;
    });
    return found == headers.end() ? "" : found->second;
}

class Receiver::Impl {
public:
    explicit Impl(ReceiverOptions options)
        : options_(std::move(options)),
          socket_(listenOn(Poco::Net::SocketAddress(options_.host, options_.port))),
          pool_(2, kMaxThreads),
          server_(new Factory(*this), pool_, socket_, parameters()) {
        server_.start();
    }

    ~Impl() {
        stopping_.set();
        server_.stopAll(true);
        pool_.joinAll();
    }

    std::string url() const { return "http://" + socket_.address().toString(); }

private:
    static constexpr int kMaxThreads = 64;

    /// Not Poco's short way, which lets two of us share a port: each would get some callbacks.
    static Poco::Net::ServerSocket listenOn(const Poco::Net::SocketAddress& address) {
        constexpr int kBacklog = 64;
        Poco::Net::ServerSocket socket;
        socket.bind(address, /*reuseAddress=*/true, /*reusePort=*/false);
        socket.listen(kBacklog);
        return socket;
    }

    static Poco::Net::HTTPServerParams* parameters() {
        auto* params = new Poco::Net::HTTPServerParams;  // Poco counts references
        params->setMaxThreads(kMaxThreads);
        params->setMaxQueued(256);
        params->setTimeout(Poco::Timespan(30, 0));
        return params;
    }

    class Handler : public Poco::Net::HTTPRequestHandler {
    public:
        explicit Handler(Impl& receiver) : receiver_(receiver) {}
        void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
            receiver_.handle(request, response);
        }

    private:
        Impl& receiver_;
    };

    class Factory : public Poco::Net::HTTPRequestHandlerFactory {
    public:
        explicit Factory(Impl& receiver) : receiver_(receiver) {}
        Poco::Net::HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override {
            return new Handler(receiver_);
        }

    private:
        Impl& receiver_;
    };

    void handle(HTTPServerRequest& request, HTTPServerResponse& response) {
        ReceivedCallback callback;
        callback.received_at = systemClock().now().wall;
        callback.method = request.getMethod();
        callback.target = request.getURI();
        callback.headers.assign(request.begin(), request.end());
        const bool whole = readBody(request.stream(), callback.body);
        callback.token = checkToken(options_.secrets, callback.header("Authorization"));
        callback.signature =
            checkSignature(options_.secrets,
                           {callback.header("webhook-id"), callback.header("webhook-timestamp"),
                            callback.header("webhook-signature"), callback.body},
                           callback.received_at);
        take(callback, whole);
        if (options_.delay > Duration::zero()) {
            stopping_.tryWait(std::chrono::ceil<std::chrono::milliseconds>(options_.delay).count());
        }
        response.setStatusAndReason(
            static_cast<Poco::Net::HTTPResponse::HTTPStatus>(callback.answered));
        response.setContentLength(0);
        response.send().flush();
        if (options_.on_answered) options_.on_answered(callback.number);
    }

    /// Whether it fits. What does not is read all the same, as far as twice the limit: a sender
    /// that is cut off in the middle of its body would not see the answer.
    bool readBody(std::istream& stream, std::string& body) const {
        std::array<char, 16 * 1024> buffer{};
        std::size_t total = 0;
        while (total <= 2 * options_.max_body_bytes) {
            stream.read(buffer.data(), buffer.size());
            const auto count = static_cast<std::size_t>(stream.gcount());
            if (count == 0) break;
            total += count;
            if (total <= options_.max_body_bytes) body.append(buffer.data(), count);
        }
        return total <= options_.max_body_bytes;
    }

    /// Numbers it, decides the answer and reports it, one callback at a time.
    void take(ReceivedCallback& callback, bool whole) {
        const std::lock_guard lock(mutex_);
        callback.number = ++count_;
        callback.answered = answerTo(callback, whole);
        if (options_.on_callback) options_.on_callback(callback);
    }

    std::uint16_t answerTo(const ReceivedCallback& callback, bool whole) {
        const auto bad = [](Check check) {
            return check == Check::kWrong || check == Check::kAbsent;
        };
        if (!whole) return Poco::Net::HTTPResponse::HTTP_REQUEST_ENTITY_TOO_LARGE;
        if (bad(callback.token) || bad(callback.signature)) {
            return Poco::Net::HTTPResponse::HTTP_UNAUTHORIZED;
        }
        return options_.statuses[turn_++ % options_.statuses.size()];
    }

    const ReceiverOptions options_;
    std::mutex mutex_;  ///< guards count_, turn_ and the calls of on_callback
    std::uint64_t count_ = 0;
    std::size_t turn_ = 0;
    Poco::Event stopping_{Poco::Event::EVENT_MANUALRESET};
    Poco::Net::ServerSocket socket_;
    Poco::ThreadPool pool_;
    Poco::Net::HTTPServer server_;
};

Receiver::Receiver(ReceiverOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Receiver::~Receiver() = default;

std::string Receiver::url() const {
    return impl_->url();
}

}  // namespace waybill::cli
