// Connections that wait for another request.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "http/connection.h"
#include "waybill/time.h"

namespace waybill::http {

/// Connections that are closed but must not be destroyed yet: events for them may have been
/// fetched already.
using ClosedConnections = std::vector<std::unique_ptr<Connection>>;

/// Idle connections by origin; the one used last is taken first, the one idle for longest goes
/// first when there are too many. One thread.
class ConnectionPool {
public:
    struct Limits {
        std::size_t connections = 0;
        std::size_t per_origin = 0;
        Duration idle{};
    };

    /// What it closes is moved to `closed`, which must outlive it.
    ConnectionPool(Limits limits, ClosedConnections& closed) : limits_(limits), closed_(closed) {}

    /// Null when there is none.
    std::unique_ptr<Connection> take(const Origin& origin, MonotonicTime now);

    /// `at_most`: the receiver has said for how long it keeps an idle connection.
    void put(std::unique_ptr<Connection> connection, MonotonicTime now,
             std::optional<Duration> at_most);

    /// Closes an idle connection of this pool.
    void close(Connection& connection);

    /// Closes the one idle for longest; false when there is none.
    bool closeOldest();

    /// Closes those whose time is up.
    void expire(MonotonicTime now);
    std::optional<MonotonicTime> nextExpiry() const;

    /// Any thread.
    std::size_t size() const { return size_.load(std::memory_order_relaxed); }

private:
    struct Idle {
        std::unique_ptr<Connection> connection;
        MonotonicTime expires_at;
    };
    using List = std::list<Idle>;
    using Stack = std::vector<List::iterator>;

    std::unique_ptr<Connection> remove(List::iterator entry);

    void close(List::iterator entry);
    void bury(std::unique_ptr<Connection> connection);

    Limits limits_;
    ClosedConnections& closed_;
    std::atomic<std::size_t> size_ = 0;
    List idle_;  ///< oldest first
    std::unordered_map<Origin, Stack, OriginHash> by_origin_;
};

}  // namespace waybill::http
