// What is due next, within the limits, fair between endpoints.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "due_queue.h"
#include "waybill/time.h"

namespace waybill {

/// How the other side took an attempt; drives how many may be on the wire at once.
enum class Feedback {
    kAnswered,    ///< any answer that does not ask to slow down
    kPushedBack,  ///< 429, 503, a timeout: the endpoint is overwhelmed
    kFailed,      ///< no answer, at once (refused, reset, TLS …): says nothing about load
    kLocalFault   ///< we are overwhelmed: what is on the wire now is what there is room for
};

/// The share of the wire an endpoint (or all of them together) may use: starts small, grows with
/// every answer, by one each up to where it last shrank and by one a windowful from there, halves
/// when pushed back; never under one, never over the limit. (The additive increase and
/// multiplicative decrease of TCP, RFC 5681 section 3.1.)
class Window {
public:
    Window(std::uint32_t start, std::uint32_t limit)
        : size_(start), threshold_(limit), limit_(limit) {}
    std::uint32_t size() const { return static_cast<std::uint32_t>(size_); }
    void grow();
    void halve();
    void shrinkTo(std::uint32_t size);

private:
    double size_;
    double threshold_;
    double limit_;
};

/// Pure bookkeeping on a monotonic clock; no thread, no I/O. Adding and taking cost O(log n) of the
/// endpoint's own backlog; endpoints take turns, so a backlog of one delays no other.
class Schedule {
    struct Endpoint;

public:
    struct Limits {
        std::uint32_t in_flight = 4096;
        std::uint32_t in_flight_per_endpoint = 256;
    };

    /// Base of what waits: its place in the schedule, from `add` until it is taken or removed, or
    /// the schedule is gone. Must stay where it is meanwhile.
    class Entry : public Queued {
        friend class Schedule;
        Endpoint* endpoint_ = nullptr;
    };

    explicit Schedule(Limits limits);
    Schedule(Schedule&&) = default;  // moves; its parts point at each other, so no copies
    Schedule& operator=(Schedule&&) = default;

    /// Replaces an earlier time of the same entry.
    void add(Entry& entry, const std::string& endpoint, MonotonicTime due);
    /// May be called for one that does not wait.
    void remove(Entry& entry);

    /// What is paused waits, however long it is due. kEveryEndpoint: all, beside what else is.
    void pause(const std::string& endpoint);
    void resume(const std::string& endpoint);
    bool paused(const std::string& endpoint) const;

    /// At most `limit` that are due and within the limits; each is on the wire from now on.
    std::vector<Entry*> takeDue(MonotonicTime now, std::size_t limit);

    /// An attempt that was taken has ended.
    void finished(const std::string& endpoint, Feedback feedback);

    /// An attempt is on the wire that was not taken here (found so after the log was reopened).
    void resumeInFlight(const std::string& endpoint);

    /// When `takeDue` can next yield something, as far as time decides that; nothing while only an
    /// ending attempt can.
    std::optional<MonotonicTime> nextDue(MonotonicTime now) const;

    std::size_t waiting() const { return waiting_; }
    std::uint32_t inFlight() const { return in_flight_; }
    /// The earliest time of all that wait, paused ones included; O(endpoints).
    std::optional<MonotonicTime> oldestDue() const;

private:
    /// When an entry is due; equals go in the order of their `add`.
    struct Turn {
        MonotonicTime due;
        std::uint64_t sequence;
        auto operator<=>(const Turn&) const = default;
    };
    struct Endpoint : Queued {
        explicit Endpoint(std::uint32_t limit);

        DueQueue<Entry, Turn> waiting;
        Window window;
        std::uint32_t in_flight = 0;
        bool paused = false;
        bool ready = false;  ///< is in `ready_`

        bool mayTake() const { return !paused && in_flight < window.size(); }
        bool idle() const { return !waiting.next() && in_flight == 0 && !paused && !ready; }
    };

    Endpoint& endpointFor(const std::string& name);
    void queueUp(Endpoint& endpoint, MonotonicTime now);
    void wakeEndpoints(MonotonicTime now);
    void forgetIdleEndpoints();
    bool wireFull() const;

    Limits limits_;
    Window window_;
    std::uint32_t in_flight_ = 0;
    std::size_t waiting_ = 0;
    std::uint64_t sequence_ = 0;
    std::unordered_map<std::string, Endpoint> endpoints_;  ///< nodes do not move
    std::size_t forget_at_;  ///< so many endpoints make it worth looking for idle ones
    bool all_paused_ = false;
    std::deque<Endpoint*> ready_;
    DueQueue<Endpoint, MonotonicTime> timers_;  ///< with nothing to take before then
};

}  // namespace waybill
