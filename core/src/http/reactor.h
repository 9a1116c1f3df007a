// The thread that moves exchanges forward.
#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/exchange.h"
#include "http/reactor_context.h"

namespace waybill::http {

/// One thread, one epoll, any number of exchanges. Nothing in it waits for anything but its next
/// event.
class Reactor {
public:
    /// Starts the thread. What is referred to must outlive it. `reactors`: how many share the
    /// limits on idle connections. Throws Poco::SystemException when thread or descriptors cannot
    /// be had.
    Reactor(const HttpTransportOptions& options, TlsContext& tls, ResolverPool& resolvers,
            Problems& problems, std::uint32_t reactors);

    /// `stop`, if that was not called.
    ~Reactor();
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    /// Any thread.
    void submit(Submission submission);

    /// Ends what is on the wire as `local_fault` and joins.
    void stop() noexcept;

    /// Once it is stopped: ends in the same way what was submitted since. False: nothing was.
    bool refuseLate() noexcept;

    void addTo(TransportStats& stats) const;

private:
    void run();
    void turn();
    std::optional<Duration> timeUntilNext() const;
    void deliver(const epoll_event& event);
    void idleConnectionReady(Connection& connection, std::uint32_t events);
    void wakeExpired();
    void readMail();
    void take(Submission submission);
    void refuse(Submission& submission, const char* why) noexcept;
    void makeRoom();
    void take(const Lookup& lookup);
    void take(const StreamSignal& signal);
    void take(BodyStirred stirred);
    void take(Stop) { stopped_ = true; }
    void abortAll();
    template <typename Step>
    void advance(Exchange& exchange, Step step);

    ReactorContext context_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Exchange>> exchanges_;
    std::vector<std::unique_ptr<Exchange>> finished_;  ///< of this turn
    std::vector<Letter> letters_;
    std::uint64_t next_id_ = 1;
    bool stopped_ = false;
    std::thread thread_;
};

}  // namespace waybill::http
