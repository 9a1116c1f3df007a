#include "http/connection_table.h"

namespace waybill::server {

bool ConnectionTable::admits(const std::string& address) {
    const std::lock_guard lock(mutex_);
    const auto found = by_address_.find(address);
    if (found != by_address_.end() && found->second >= most_per_address_) return false;
    if (busy_.size() + idle_.size() < most_) return true;
    if (idle_.empty()) return false;
    cutIdle(idle_.begin());
    return true;
}

ConnectionTable::Handle ConnectionTable::add(Channel& channel, const std::string& address) {
    const std::lock_guard lock(mutex_);
    ++by_address_[address];
    return busy_.insert(busy_.end(), Entry{&channel, address, false});
}

void ConnectionTable::remove(Handle connection) {
    const std::lock_guard lock(mutex_);
    const auto found = by_address_.find(connection->address);
    if (--found->second == 0) by_address_.erase(found);
    (connection->idle ? idle_ : busy_).erase(connection);
    if (busy_.empty() && idle_.empty()) emptied_.notify_all();
}

bool ConnectionTable::markIdle(Handle connection) {
    const std::lock_guard lock(mutex_);
    if (draining_) return false;
    if (connection->idle) return true;
    connection->idle = true;
    idle_.splice(idle_.end(), busy_, connection);
    return true;
}

void ConnectionTable::markBusy(Handle connection) {
    const std::lock_guard lock(mutex_);
    if (!connection->idle) return;
    connection->idle = false;
    busy_.splice(busy_.end(), idle_, connection);
}

void ConnectionTable::cutIdle(Handle connection) {
    connection->channel->cut();
    connection->idle = false;
    busy_.splice(busy_.end(), idle_, connection);
}

void ConnectionTable::cutLongestIdle() {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) cutIdle(idle_.begin());
}

void ConnectionTable::drain() {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    while (!idle_.empty())
        cutIdle(idle_.begin());
}

bool ConnectionTable::waitUntilEmpty(Deadline deadline) {
    std::unique_lock lock(mutex_);
    return emptied_.wait_until(lock, deadline, [&] { return busy_.empty() && idle_.empty(); });
}

void ConnectionTable::cutAll() {
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : busy_)
        entry.channel->cut();
    for (const Entry& entry : idle_)
        entry.channel->cut();
}

bool ConnectionTable::draining() const {
    const std::lock_guard lock(mutex_);
    return draining_;
}

}  // namespace waybill::server
