#include "daemon/reloadable_transport.h"

#include <utility>

namespace waybill::server {
namespace {

void add(TransportStats& sum, const TransportStats& more) {
    sum.in_flight += more.in_flight;
    sum.idle_connections += more.idle_connections;
    sum.connections_opened += more.connections_opened;
    sum.connections_reused += more.connections_reused;
    sum.lookups_waiting += more.lookups_waiting;
    sum.lookups_running += more.lookups_running;
    sum.lookups_hanging += more.lookups_hanging;
    sum.host_exceptions += more.host_exceptions;
}

}  // namespace

ReloadableTransport::ReloadableTransport(HttpTransportOptions options)
    : options_(std::move(options)), current_(makeHttpTransport(options_)) {}

void ReloadableTransport::send(AttemptRequest request, Completion done) {
    const std::lock_guard lock(mutex_);
    current_->send(std::move(request), std::move(done));
}

TransportStats ReloadableTransport::stats() const {
    const std::lock_guard lock(mutex_);
    TransportStats sum = ended_;
    for (const auto& transport : replaced_)
        add(sum, transport->stats());
    add(sum, current_->stats());
    return sum;
}

void ReloadableTransport::reload() {
    if (options_.ca_file.empty()) return;
    std::unique_ptr<Transport> fresh = makeHttpTransport(options_);
    Transports idle;  // ended without the lock: they join threads that may want it
    const std::lock_guard lock(mutex_);
    replaced_.push_back(std::exchange(current_, std::move(fresh)));
    idle = takeIdle();
}

ReloadableTransport::Transports ReloadableTransport::takeIdle() {
    Transports idle;
    std::erase_if(replaced_, [&](std::unique_ptr<Transport>& transport) {
        const TransportStats stats = transport->stats();
        if (stats.in_flight > 0) return false;
        ended_.connections_opened += stats.connections_opened;
        ended_.connections_reused += stats.connections_reused;
        ended_.host_exceptions += stats.host_exceptions;
        idle.push_back(std::move(transport));
        return true;
    });
    return idle;
}

}  // namespace waybill::server
