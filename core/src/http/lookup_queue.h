// Which name is looked up next.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "http/letters.h"
#include "waybill/time.h"

namespace waybill::http {

/// The names that are wanted, each with all who want it. Fair by client, not by name: each client
/// has a queue of its own, their turns come round robin, and none has more than its share of the
/// look-ups that run, so that a client whose look-ups hang holds up only its own. Names whose last
/// look-up was quick have a lane apart from the others.
///
/// A name has one look-up at a time, whoever wants it. What nobody wants any more is forgotten at
/// once: the memory is that of those who wait. Not thread-safe.
class LookupQueue {
public:
    struct Limits {
        std::size_t at_once = 32;  ///< look-ups in a lane
        /// Of them; and a client gets another one only while more are free than it has.
        std::size_t at_once_per_client = 4;
        std::size_t waiting_per_client = 4096;  ///< names in a lane
        std::size_t remembered = 4096;          ///< quick names
    };
    using Ticket = std::uint64_t;
    struct Waiter {
        std::shared_ptr<Mailbox> mailbox;
        std::uint64_t exchange = 0;
    };
    using Waiters = std::map<Ticket, Waiter>;

private:
    struct Client;
    struct Lane;
    struct Name;
    using Names = std::unordered_map<std::string, Name>;

    /// What one client has to do with one name.
    struct Interest {
        Waiters waiters;
        Client* client = nullptr;            ///< in whose queue the name is, if it is in one
        std::list<Name*>::iterator place{};  ///< in there
    };

    struct Name {
        const std::string* host = nullptr;
        Lane* lane = nullptr;
        std::map<std::string, Interest> interests;  ///< by client
        Client* runs_for = nullptr;                 ///< whose share its look-up counts in
        MonotonicTime began_at{};
    };

    struct Client {
        const std::string* name = nullptr;
        std::list<Name*> waiting;
        std::list<Client*>::iterator turn{};  ///< while something waits
        std::size_t running = 0;
    };

    struct Lane {
        std::map<std::string, Client> clients;
        std::list<Client*> turns;  ///< of those who have something that waits
        std::size_t running = 0;
    };

public:
    /// A look-up that runs.
    using Running = Name;
    /// One that has ended.
    class Finished {
    public:
        const std::string& host() const { return name_.key(); }
        template <typename Call>
        void forEachWaiter(Call&& call) const {
            for (const auto& [client, interest] : name_.mapped().interests)
                for (const auto& [ticket, waiter] : interest.waiters)
                    call(waiter);
        }

    private:
        friend class LookupQueue;
        explicit Finished(Names::node_type name) : name_(std::move(name)) {}
        Names::node_type name_;
    };

    explicit LookupQueue(Limits limits);
    LookupQueue(const LookupQueue&) = delete;
    LookupQueue& operator=(const LookupQueue&) = delete;

    /// False when too many names of this client wait. Nothing has changed then, nor when it throws
    /// std::bad_alloc. `ticket`: a new one each time.
    bool add(Ticket ticket, const std::string& host, const std::string& client, Waiter waiter);

    /// The holder of `ticket` waits no longer. Nothing happens when its look-up has ended.
    void forget(Ticket ticket, const std::string& host, const std::string& client) noexcept;

    /// Begins a look-up; null when none may begin now.
    Running* start(MonotonicTime now) noexcept;
    static const std::string& hostOf(const Running& name) { return *name.host; }
    Finished finish(Running& name) noexcept;

    /// Says in which lane it is next time. Throws std::bad_alloc.
    void remember(const std::string& host, bool quick);

    /// Nobody waits any more. What runs must not be finished then; nothing else may be called.
    void close() noexcept;

    /// Names.
    std::size_t waiting() const { return names_.size() - running_.size(); }
    std::size_t running() const { return running_.size(); }
    std::size_t runningSince(MonotonicTime at) const;  ///< or since before

    /// Clients that have something that waits or runs, in each lane.
    std::size_t clients() const { return lanes_[0].clients.size() + lanes_[1].clients.size(); }

private:
    bool queueUp(Name& name, const std::string& client, Interest& interest);
    static void leaveQueue(Name& name, Interest& interest) noexcept;
    static void dropIfAtRest(Lane& lane, const Client& client) noexcept;

    const Limits limits_;
    std::array<Lane, 2> lanes_;  ///< for quick names, and for the others
    Names names_;
    std::vector<const Name*> running_;
    std::unordered_set<std::string> quick_;
};

}  // namespace waybill::http
