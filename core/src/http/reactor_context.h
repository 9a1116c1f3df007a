// What the exchanges of one reactor share.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "http/connection_pool.h"
#include "http/letters.h"
#include "http/poller.h"
#include "http/problems.h"
#include "http/resolver_pool.h"
#include "http/response_reader.h"
#include "http/timer_queue.h"
#include "http/tls_context.h"
#include "waybill/transport.h"

namespace waybill::http {

/// Counted by one reactor, read by any thread.
struct ReactorCounters {
    std::atomic<std::uint64_t> in_flight = 0;
    std::atomic<std::uint64_t> connections_opened = 0;
    std::atomic<std::uint64_t> connections_reused = 0;
};

/// Used on the reactor's thread only, but for the counters.
struct ReactorContext {
    const HttpTransportOptions& options;
    ResponseLimits response_limits;
    TlsContext& tls;
    ResolverPool& resolvers;
    Problems& problems;
    std::shared_ptr<Mailbox> mailbox;
    Poller poller;
    TimerQueue timers;
    ClosedConnections closed;
    ConnectionPool pool;
    ReactorCounters counters;
    std::array<char, 64 * 1024> buffer;  ///< between two system calls

    static MonotonicTime now() {
        return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
    }
};

}  // namespace waybill::http
