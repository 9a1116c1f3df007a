// What is due next, within the limits, fair between endpoints.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "waybill/ids.h"
#include "waybill/time.h"

namespace waybill {

/// How the other side took an attempt; drives how many may be on the wire at once.
enum class Feedback {
    kAnswered,    ///< any answer that does not ask to slow down
    kPushedBack,  ///< 429, 503, a timeout: the endpoint is overwhelmed
    kFailed,      ///< no answer, at once (refused, reset, TLS …): says nothing about load
    kLocalFault   ///< we are overwhelmed
};

/// The share of the wire an endpoint (or all of them together) may use: starts small, grows with
/// every answer, by one each up to where it last halved and by one a windowful from there, halves
/// when pushed back; never under one, never over the limit. (The additive increase and
/// multiplicative decrease of TCP, RFC 5681 section 3.1.)
class Window {
public:
    Window(std::uint32_t start, std::uint32_t limit)
        : size_(start), threshold_(limit), limit_(limit) {}
    std::uint32_t size() const { return static_cast<std::uint32_t>(size_); }
    void grow();
    void halve();

private:
    double size_;
    double threshold_;
    double limit_;
};

/// Pure bookkeeping on a monotonic clock; no thread, no I/O. A delivery is in it once, from `add`
/// until it is taken or removed. Adding and taking cost O(log n) of the endpoint's own backlog;
/// endpoints take turns, so a backlog of one delays no other.
class Schedule {
public:
    struct Limits {
        std::uint32_t in_flight = 4096;
        std::uint32_t in_flight_per_endpoint = 256;
    };

    explicit Schedule(Limits limits);
    Schedule(Schedule&&) = default;  // moves; its parts point at each other, so no copies
    Schedule& operator=(Schedule&&) = default;

    /// Replaces an earlier time of the same delivery.
    void add(const StreamId& delivery, const std::string& endpoint, MonotonicTime due);
    void remove(const StreamId& delivery);

    /// What is paused waits, however long it is due. kEveryEndpoint: all, beside what else is.
    void pause(const std::string& endpoint);
    void resume(const std::string& endpoint);
    bool paused(const std::string& endpoint) const;

    /// At most `limit` deliveries that are due and within the limits; each is on the wire from now
    /// on.
    std::vector<StreamId> takeDue(MonotonicTime now, std::size_t limit);

    /// An attempt that was taken has ended.
    void finished(const std::string& endpoint, Feedback feedback);

    /// An attempt is on the wire that was not taken here (found so after the log was reopened).
    void resumeInFlight(const std::string& endpoint);

    /// When `takeDue` can next yield something, as far as time decides that; nothing while only an
    /// ending attempt can.
    std::optional<MonotonicTime> nextDue(MonotonicTime now) const;

    std::size_t waiting() const { return entries_.size(); }
    std::uint32_t inFlight() const { return in_flight_; }
    /// The earliest time of all that wait, paused ones included; O(endpoints).
    std::optional<MonotonicTime> oldestDue();

private:
    struct Waiting {
        MonotonicTime due;
        std::uint64_t sequence;  ///< of the `add`; orders equals, and tells a replaced entry
        StreamId delivery;
        bool operator>(const Waiting& other) const {
            return due != other.due ? due > other.due : sequence > other.sequence;
        }
    };
    struct Endpoint {
        Endpoint(std::string endpoint_name, std::uint32_t limit);
        std::string name;
        std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting{};
        Window window;
        std::uint32_t in_flight = 0;
        std::uint32_t timers = 0;  ///< entries in `timers_` that point here
        bool paused = false;
        bool ready = false;                    ///< stands in the line of those that take turns
        std::optional<MonotonicTime> timer{};  ///< the earliest of its timers still wanted

        bool idle() const {
            return waiting.empty() && in_flight == 0 && timers == 0 && !paused && !ready;
        }
    };
    struct Timer {
        MonotonicTime due;
        Endpoint* endpoint;
        bool operator>(const Timer& other) const { return due > other.due; }
    };

    Endpoint& endpointFor(const std::string& name);
    void dropReplaced(Endpoint& endpoint);
    void queueUp(Endpoint& endpoint, MonotonicTime now);
    void wakeEndpoints(MonotonicTime now);
    void forgetIdleEndpoints();
    bool wireFull() const;

    Limits limits_;
    Window window_;
    std::uint32_t in_flight_ = 0;
    std::uint64_t sequence_ = 0;
    std::unordered_map<StreamId, std::uint64_t> entries_;  ///< delivery → sequence of its entry
    std::unordered_map<std::string, Endpoint> endpoints_;  ///< nodes do not move
    std::size_t forget_at_;  ///< so many endpoints make it worth looking for idle ones
    bool all_paused_ = false;
    std::deque<Endpoint*> ready_;
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace waybill
