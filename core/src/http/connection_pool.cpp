#include "http/connection_pool.h"

#include <algorithm>

namespace waybill::http {

std::unique_ptr<Connection> ConnectionPool::take(const Origin& origin, MonotonicTime now) {
    for (;;) {
        const auto found = by_origin_.find(origin);
        if (found == by_origin_.end()) return nullptr;
        const auto newest = found->second.back();
        // Its receiver may have sent something that no event has told of yet: the answer to
        // nothing, which would be taken for the next one.
        if (newest->expires_at > now && newest->connection->quiet()) return remove(newest);
        close(newest);
    }
}

void ConnectionPool::put(std::unique_ptr<Connection> connection, MonotonicTime now,
                         std::optional<Duration> at_most) {
    const Duration idle = std::min(limits_.idle, at_most.value_or(limits_.idle));
    connection->user = nullptr;
    if (limits_.connections == 0 || limits_.per_origin == 0 || idle <= Duration::zero()) {
        bury(std::move(connection));
        return;
    }
    if (idle_.size() >= limits_.connections) closeOldest();
    Stack& stack = by_origin_[connection->origin()];
    const auto entry = idle_.insert(idle_.end(), Idle{std::move(connection), now + idle});
    stack.push_back(entry);
    size_.store(idle_.size(), std::memory_order_relaxed);
    if (stack.size() > limits_.per_origin) close(stack.front());
}

void ConnectionPool::close(Connection& connection) {
    const auto found = by_origin_.find(connection.origin());
    if (found == by_origin_.end()) return;
    for (const auto entry : found->second) {
        if (entry->connection.get() != &connection) continue;
        close(entry);
        return;
    }
}

bool ConnectionPool::closeOldest() {
    if (idle_.empty()) return false;
    close(idle_.begin());
    return true;
}

void ConnectionPool::expire(MonotonicTime now) {
    while (!idle_.empty() && idle_.front().expires_at <= now)
        close(idle_.begin());
}

// Those that a receiver wants closed sooner wait for their turn; `take` does not give them out.
std::optional<MonotonicTime> ConnectionPool::nextExpiry() const {
    if (idle_.empty()) return std::nullopt;
    return idle_.front().expires_at;
}

std::unique_ptr<Connection> ConnectionPool::remove(List::iterator entry) {
    const auto origin = by_origin_.find(entry->connection->origin());
    Stack& stack = origin->second;
    // Mostly it is the last one.
    stack.erase(std::find(stack.rbegin(), stack.rend(), entry).base() - 1);
    if (stack.empty()) by_origin_.erase(origin);
    auto connection = std::move(entry->connection);
    idle_.erase(entry);
    size_.store(idle_.size(), std::memory_order_relaxed);
    return connection;
}

void ConnectionPool::close(List::iterator entry) {
    bury(remove(entry));
}

void ConnectionPool::bury(std::unique_ptr<Connection> connection) {
    connection->close();
    closed_.push_back(std::move(connection));
}

}  // namespace waybill::http
