// The HTTP/1.1 transport. How its pieces, each in a file of its own, belong together:
//
//   reactor          a thread with an epoll (poller), a mailbox for other threads, deadlines
//                    (timer_queue) and idle connections (connection_pool)
//   exchange         one attempt on the wire: a state machine that its reactor moves on
//   connection       bytes without waiting: tcp_socket, and tls_stream with tls_context on top
//   request_writer, response_reader with response_head and chunked_body, retry_after
//                    HTTP itself: pure, no sockets, no time
//   resolver_pool    name look-ups, which block, in threads beside the reactors

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "http/reactor.h"
#include "http/resolver_pool.h"
#include "http/tls_context.h"
#include "waybill/transport.h"

namespace waybill::http {
namespace {

// Names, not exchanges: those that want the same name wait together.
constexpr std::size_t kMaxWaitingNames = 4096;

class HttpTransport : public Transport {
public:
    explicit HttpTransport(HttpTransportOptions options)
        : options_(std::move(options)),
          tls_(options_.ca_file),
          resolvers_(options_.resolver ? options_.resolver : systemResolver(),
                     std::max(options_.resolver_threads, 1u), kMaxWaitingNames) {
        const std::uint32_t reactors = std::max(options_.reactor_threads, 1u);
        for (std::uint32_t i = 0; i < reactors; ++i) {
            reactors_.push_back(std::make_unique<Reactor>(options_, tls_, resolvers_, reactors));
        }
    }

    void send(AttemptRequest request, Completion done) override {
        const auto turn = next_reactor_.fetch_add(1, std::memory_order_relaxed);
        reactors_[turn % reactors_.size()]->submit(
            {std::move(request), std::move(done), ReactorContext::now()});
    }

    TransportStats stats() const override {
        TransportStats stats;
        for (const auto& reactor : reactors_)
            reactor->addTo(stats);
        return stats;
    }

private:
    const HttpTransportOptions options_;
    TlsContext tls_;
    ResolverPool resolvers_;
    std::vector<std::unique_ptr<Reactor>> reactors_;
    std::atomic<std::size_t> next_reactor_ = 0;
};

}  // namespace

}  // namespace waybill::http

namespace waybill {

std::unique_ptr<Transport> makeHttpTransport(HttpTransportOptions options) {
    return std::make_unique<http::HttpTransport>(std::move(options));
}

}  // namespace waybill
