// Name look-ups beside the reactors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http/lookup_queue.h"
#include "http/problems.h"
#include "waybill/resolver.h"
#include "waybill/transport.h"

namespace waybill::http {

/// Threads that call a Resolver, in the order of a LookupQueue. They are started when there is
/// something to look up and nobody at rest to do it, and end after some time without work. Any
/// thread.
class ResolverPool {
public:
    struct Limits {
        LookupQueue::Limits queue{};
        Duration rest =
            std::chrono::seconds(10);  ///< a thread without work ends then, but the last
    };

    /// `resolver`: the host's; null: the system's. Throws Poco::SystemException when it gets no
    /// thread.
    ResolverPool(std::shared_ptr<Resolver> resolver, Limits limits,
                 std::shared_ptr<Problems> problems);

    /// A look-up that hangs in the system cannot be ended: its thread is left behind, without any
    /// way back to whoever asked, and ends when the system does.
    ~ResolverPool();
    ResolverPool(const ResolverPool&) = delete;
    ResolverPool& operator=(const ResolverPool&) = delete;

private:
    struct State;

public:
    /// As long as it is there, its holder waits for a look-up.
    class Ticket {
    public:
        Ticket() = default;
        Ticket(Ticket&& other) noexcept = default;
        Ticket& operator=(Ticket&& other) noexcept;
        ~Ticket() { giveBack(); }

        /// The look-up has ended.
        void answered() noexcept { state_ = nullptr; }

        explicit operator bool() const { return state_ != nullptr; }

    private:
        friend class ResolverPool;
        void giveBack() noexcept;

        std::shared_ptr<State> state_;
        LookupQueue::Ticket number_ = 0;
        std::string host_;
        std::string client_;
    };

    /// Posts a Lookup for `exchange` to `answer_to`, unless the ticket or the pool is gone by then.
    /// An empty ticket: too many names wait that this client wants. Throws std::bad_alloc, and then
    /// nothing is posted.
    Ticket lookUp(std::string host, std::string client, std::shared_ptr<Mailbox> answer_to,
                  std::uint64_t exchange);

    void addTo(TransportStats& stats) const;
    std::size_t threads() const;

private:
    std::shared_ptr<State> state_;
};

}  // namespace waybill::http
