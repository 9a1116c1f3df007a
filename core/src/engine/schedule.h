// What is due next, within the limits, fair between clients and between endpoints.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/client_accounts.h"
#include "engine/congestion_window.h"
#include "engine/due_queue.h"
#include "engine/waiting_list.h"
#include "waybill/time.h"

namespace waybill {

/// How the other side took an attempt; drives how many may be on the wire at once.
enum class Feedback {
    kAnswered,    ///< any answer that does not ask to slow down
    kPushedBack,  ///< 429, 503, a timeout: the endpoint is overwhelmed
    kFailed,      ///< no answer, at once (refused, reset, TLS …): says nothing about load
    kLocalFault   ///< we are overwhelmed: what is on the wire now is what there is room for
};

/// Who takes turns, in their order; each keeps its own place, so that it can leave at any time.
template <typename Item>
class Line {
public:
    using Place = std::optional<typename std::list<Item*>::iterator>;

    bool empty() const { return items_.empty(); }
    std::size_t size() const { return items_.size(); }
    Item& first() const { return *items_.front(); }
    /// Does nothing for one that is in.
    void join(Item& item, Place& place) {
        if (!place) place = items_.insert(items_.end(), &item);
    }
    void joinFirst(Item& item, Place& place) {
        leave(place);
        place = items_.insert(items_.begin(), &item);
    }
    /// Does nothing for one that is in no line; it must not be in another.
    void leave(Place& place) {
        if (place) items_.erase(*place);
        place.reset();
    }

private:
    std::list<Item*> items_;
};

/// Pure bookkeeping on a monotonic clock; no thread, no I/O. One that waits takes 32 bytes in a
/// list, 4 to 8 in the heap of its lane and 6 to 14 in a hash table (see WaitingList); the names of
/// clients and endpoints are kept once.
///
/// Clients take turns, the endpoints of a client take turns, and what one client sends to one
/// endpoint (a lane) goes by time. An endpoint's window, pause and number on the wire are shared by
/// all clients that send there. A lane whose endpoint has no room is parked there until there is
/// some; a client that has no room leaves the line. So a take costs O(log n), amortised, however
/// many lanes can do nothing, and no backlog delays another client.
///
/// A client that has made its attempts for now (ClientAccounts) leaves the line too, until it may
/// make the next one, and so does one without room for payloads.
///
/// Clients, lanes and endpoints are forgotten once nothing waits and nothing is on the wire. Some
/// thousand endpoints at rest are remembered for their window, and those that are paused.
class Schedule {
public:
    struct Limits {
        std::uint32_t in_flight = 4096;
        std::uint32_t in_flight_per_endpoint = 256;
        /// 0: half of `in_flight`, but all of it up to 64.
        std::uint32_t in_flight_per_client = 2048;
    };
    /// What waits or is on the wire, named by the global position of its acceptance.
    using Key = std::uint64_t;

    /// `accounts`, which may be null, must outlive it and its successors.
    explicit Schedule(Limits limits, ClientAccounts* accounts = nullptr);
    Schedule(Schedule&&) = default;  // moves; its parts point at each other, so no copies
    Schedule& operator=(Schedule&&) = default;
    ~Schedule() = default;

    /// Waits until `due`; replaces what was said earlier of the same key, which must not be on the
    /// wire. Equals go in the order of their keys. `recorded`: `due` was computed from a wall time
    /// that the log had; that moves only what was added so too, and only to an earlier time.
    void add(Key key, const std::string& client, const std::string& endpoint, MonotonicTime due,
             bool recorded = false);
    /// False: it did not wait.
    bool remove(Key key);
    bool waits(Key key) const { return list_.find(key).has_value(); }

    /// What is paused waits, however long it is due. kEveryEndpoint: all, beside what else is.
    void pause(const std::string& endpoint);
    void resume(const std::string& endpoint);
    /// kEveryEndpoint: whether all are held.
    bool paused(const std::string& endpoint) const;

    /// The next that is due and within all limits; it is on the wire from now on.
    std::optional<Key> takeNext(MonotonicTime now);

    /// Undoes `takeNext`: it waits again, due as before, and others have their turns first.
    void putBack(Key key);
    /// Undoes `takeNext` for want of something that the client shares (room for payloads): nothing
    /// of this client is taken before `until`, and then what it sends to that endpoint comes first,
    /// or small payloads would overtake a large one for ever.
    void putBackUntil(Key key, MonotonicTime until);

    /// An attempt that was taken has ended. Does nothing for one that is not on the wire.
    void finished(Key key, Feedback feedback, MonotonicTime now);

    /// An attempt is on the wire that was not taken here (found so after the log was reopened).
    /// `now` counts as its start. Counts within the limits, and may exceed them.
    void resumeInFlight(Key key, const std::string& client, const std::string& endpoint,
                        MonotonicTime now);

    /// When `takeNext` can next yield something, as far as time decides that; nothing while only an
    /// ending attempt or a resume can. `now` (or earlier) only if `takeNext(now)` yields something.
    /// A later time may turn out to be too early, when there is no room by then.
    std::optional<MonotonicTime> nextDue(MonotonicTime now);

    std::size_t waiting() const { return list_.size(); }
    std::uint32_t inFlight() const { return in_flight_; }
    /// The earliest time of all that wait, paused ones included; O(lanes).
    std::optional<MonotonicTime> oldestDue() const;

    /// How many wait, due or not, of a client that has made its attempts for now; of another: 0.
    std::size_t heldBack(const std::string& client) const;
    /// Of all such clients; O(clients).
    std::size_t heldBack() const;

    /// What is kept of clients and endpoints, at rest or not: for tests and figures.
    std::size_t clients() const { return clients_.size(); }
    std::size_t endpoints() const { return endpoints_.size(); }

private:
    struct Lane;
    struct Client;
    using List = WaitingList<Lane>;
    using Index = List::Index;

    struct Endpoint {
        explicit Endpoint(std::uint32_t limit);

        const std::string* name = nullptr;
        CongestionWindow window;
        std::uint32_t in_flight = 0;
        std::size_t lanes = 0;
        bool paused = false;
        Line<Lane> parked;
        Line<Endpoint>::Place with_room;  ///< in `with_room_`
        Line<Endpoint>::Place resting;    ///< in `resting_`

        bool hasRoom() const { return !paused && in_flight < window.size(); }
    };

    /// What one client sends to one endpoint. Where it stands: in the queue of times (nothing is
    /// due), in the turns of its client, parked at its endpoint, or nowhere (nothing waits).
    struct Lane : Queued {
        Lane(Client& its_client, Endpoint& its_endpoint)
            : client(its_client), endpoint(its_endpoint) {}

        Client& client;
        Endpoint& endpoint;
        DueHeap<Index> waiting;
        std::uint32_t in_flight = 0;
        Line<Lane>::Place turn;    ///< in `client.turns`
        Line<Lane>::Place parked;  ///< in `endpoint.parked`
    };

    /// In `held_back_` while it has made its attempts for now, or has no room for payloads.
    struct Client : Queued {
        bool lacks_room = false;  ///< why it is in `held_back_`
        const std::string* name = nullptr;
        std::unordered_map<Endpoint*, Lane> lanes;  ///< nodes do not move, as in all of these maps
        std::shared_ptr<ClientAccounts::Account> account;  ///< null: no limit to its rate
        std::size_t waiting = 0;
        std::uint32_t in_flight = 0;
        Line<Lane> turns;
        Line<Client>::Place turn;  ///< in `turns_`: it has room, and lanes that take turns
    };

    /// What is on the wire.
    struct Flight {
        Lane* lane;
        MonotonicTime due;
        bool recorded;
        MonotonicTime started;
        std::uint32_t epoch;       ///< of its endpoint's window
        std::uint32_t wire_epoch;  ///< of the window over everything
    };

    /// The order in the heap of a lane.
    struct Order {
        List& list;
        bool before(Index a, Index b) const;
        void placed(Index index, std::size_t slot);
    };

    Lane& laneFor(const std::string& client, const std::string& endpoint);
    Endpoint& endpointFor(const std::string& name);
    void forgetIfIdle(Lane& lane);
    void rest(Endpoint& endpoint);

    void enter(Lane& lane, Key key, MonotonicTime due, bool recorded);
    void leave(Index index);
    void launch(Lane& lane, Key key, MonotonicTime now, MonotonicTime due, bool recorded);
    std::optional<Flight> land(Key key);

    MonotonicTime dueOf(const Lane& lane) const;
    void settle(Lane& lane, MonotonicTime now);
    void seat(Client& client);
    bool holdBack(Client& client, MonotonicTime now);
    void leaveTurn(Lane& lane);
    Lane* waitAgain(Key key);
    void offerRoom(Endpoint& endpoint);
    bool callParked(MonotonicTime now);
    Lane* nextInTurn(MonotonicTime now);
    bool wireFull() const;

    Limits limits_;
    ClientAccounts* accounts_;  ///< null: no client has a rate
    CongestionWindow window_;
    std::uint32_t in_flight_ = 0;
    bool all_paused_ = false;
    List list_;
    std::unordered_map<Key, Flight> flights_;
    std::unordered_map<std::string, Endpoint> endpoints_;
    std::unordered_map<std::string, Client> clients_;
    Line<Client> turns_;                    ///< clients that may have something to take
    Line<Endpoint> with_room_;              ///< endpoints that lanes are parked at without need
    Line<Endpoint> resting_;                ///< endpoints nobody uses, the longest ago first
    DueQueue<Lane, MonotonicTime> timers_;  ///< lanes with nothing to take before then
    DueQueue<Client, MonotonicTime> held_back_;  ///< until then
};

}  // namespace waybill
