// Who is connected, and who of them is idle.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>

#include "http/channel.h"

namespace waybill::server {

/// Counts connections in all and by address, remembers which ones wait for a request, oldest
/// first, and can cut them. Any thread.
class ConnectionTable {
public:
    struct Entry {
        Channel* channel = nullptr;
        std::string address;
        bool idle = false;
    };
    using Handle = std::list<Entry>::iterator;

    ConnectionTable(std::size_t most, std::size_t most_per_address)
        : most_(most), most_per_address_(most_per_address) {}

    /// Whether there is room for one more from `address`. When all places are taken, the longest
    /// idle connection is cut to make some.
    bool admits(const std::string& address);

    /// `channel` must stay until `remove`.
    Handle add(Channel& channel, const std::string& address);
    void remove(Handle connection);

    /// The connection waits for its next request. False when it should rather end: the server
    /// drains.
    bool markIdle(Handle connection);
    void markBusy(Handle connection);

    /// Cuts the connection that has been idle for longest, if one is.
    void cutLongestIdle();

    /// Cuts what is idle now or becomes so.
    void drain();
    bool waitUntilEmpty(Deadline deadline);
    void cutAll();

    bool draining() const;

private:
    void cutIdle(Handle connection);

    const std::size_t most_;
    const std::size_t most_per_address_;
    mutable std::mutex mutex_;
    std::condition_variable emptied_;
    std::list<Entry> busy_;
    std::list<Entry> idle_;  // longest idle first
    std::map<std::string, std::size_t> by_address_;
    bool draining_ = false;
};

}  // namespace waybill::server
