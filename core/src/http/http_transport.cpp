// The HTTP/1.1 transport. How its pieces, each in a file of its own, belong together:
//
//   reactor          a thread with an epoll (poller), a mailbox for other threads, deadlines
//                    (timer_queue) and idle connections (connection_pool)
//   exchange         one attempt on the wire: a state machine that its reactor moves on
//   connection       bytes without waiting: tcp_socket, and tls_stream with tls_context on top
//   request_writer, response_reader with response_head and chunked_body, retry_after
//                    HTTP itself: pure, no sockets, no time
//   resolver_pool    name look-ups, which block, in threads beside the reactors, in an order that
//                    is fair by client (lookup_queue)
//   problems         what went wrong on any of the threads and was survived

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

ResolverPool::Limits lookupLimits(const HttpTransportOptions& options) {
    ResolverPool::Limits limits;
    limits.queue.at_once = std::max(options.max_resolver_threads, 1u);
    limits.queue.at_once_per_client = std::max(options.resolver_threads, 1u);
    return limits;
}

class HttpTransport : public Transport {
public:
    explicit HttpTransport(HttpTransportOptions options)
        : options_(std::move(options)),
          problems_(std::make_shared<Problems>(options_.on_problem)),
          tls_(options_.ca_file, *problems_),
          resolvers_(options_.resolver, lookupLimits(options_), problems_) {
        const std::uint32_t reactors = std::max(options_.reactor_threads, 1u);
        for (std::uint32_t i = 0; i < reactors; ++i) {
            reactors_.push_back(
                std::make_unique<Reactor>(options_, tls_, resolvers_, *problems_, reactors));
        }
    }

    // A `done` may send again, to any of the reactors, as long as there are some that call one.
    ~HttpTransport() override {
        for (const auto& reactor : reactors_)
            reactor->stop();
        bool any = true;
        while (any) {
            any = false;
            for (const auto& reactor : reactors_)
                any = reactor->refuseLate() || any;
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
        resolvers_.addTo(stats);
        stats.host_exceptions = problems_->hostExceptions();
        return stats;
    }

private:
    const HttpTransportOptions options_;
    const std::shared_ptr<Problems> problems_;
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
