// Who is connected, how far each of them is, and who makes room.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <initializer_list>
#include <list>
#include <map>
#include <mutex>
#include <string>

#include "http/channel.h"
#include "waybill/server/http_server.h"

namespace waybill::server {

/// How far a connection is.
enum class ConnectionStage {
    kSilent,  ///< nothing has come yet
    kHead,    ///< a part of a request's head has come
    kBody,    ///< a whole head, and a part of its body
    kActive,  ///< what has come is being read or answered
    kIdle,    ///< waits for its next request
    kEnding,  ///< has had its last answer; what still comes is dropped
    kCut      ///< ends; takes no place
};

inline constexpr std::size_t kConnectionStages =
    static_cast<std::size_t>(ConnectionStage::kCut) + 1;

/// Counts connections in all, by address and by stage, and decides who makes room. Any thread.
///
/// Connections that wait for the rest of a head have an eighth of the places, those that wait for
/// the rest of a body a half, one address has half of either; where a share is full, the address
/// with most of them gives up its oldest. Where all places are taken, there make room, in this
/// order: half heads, silent ones, those that end, half bodies over their share, idle ones, other
/// half bodies; where those of one address are taken, only its own of the first three and its half
/// bodies. A body has a second before it makes room for one of its own address, so that a burst of
/// large requests is no attack. What is being answered never makes room.
class ConnectionTable {
public:
    struct Entry;
    using Handle = std::list<Entry>::iterator;

    /// The connections of one address; an IPv6 client has all addresses of its /64.
    struct Group {
        std::size_t places = 0;
        std::size_t requests = 0;  ///< that count against the reserve
        std::array<std::size_t, kConnectionStages> in_stage{};
    };

    struct Entry {
        Channel* channel = nullptr;
        std::map<std::string, Group>::iterator group;
        ConnectionStage stage = ConnectionStage::kSilent;
        Deadline since;        ///< when the stage began
        bool counted = false;  ///< in Group::requests
    };

    /// `reserved`: places over `most`; one address has as many over `most_per_address`, up to an
    /// eighth of that, and one at least.
    ConnectionTable(std::size_t most, std::size_t most_per_address, std::size_t reserved)
        : most_(most),
          most_per_address_(most_per_address),
          reserved_(reserved),
          reserved_per_address_(
              std::min(reserved, std::max<std::size_t>(most_per_address / 8, 1))) {}

    /// Whether there is a place for one more of `address`, if need be that of another.
    bool admits(const std::string& address);

    /// `channel` must stay until `remove`.
    Handle add(Channel& channel, const std::string& address);
    void remove(Handle connection);

    /// Notes how far a connection is: kHead, kBody, kActive or kEnding. A connection that was cut
    /// stays cut.
    void mark(Handle connection, ConnectionStage stage);

    /// The connection waits for its next request. False when it should rather end: the server
    /// drains.
    bool markIdle(Handle connection);

    /// Whether the request whose head is there now may be answered. One that is not `reserved`
    /// takes a place of `most`, until its connection is idle again or has another request.
    bool admitsRequest(Handle connection, bool reserved);

    /// Cuts a connection that can be done without, if there is one.
    void makeRoom();

    /// Cuts what waits for a request now or begins to.
    void drain();
    bool waitUntilEmpty(Deadline deadline);
    void cutAll();

    bool draining() const;
    HttpConnectionStats stats() const;

private:
    std::list<Entry>& listOf(ConnectionStage stage) {
        return lists_[static_cast<std::size_t>(stage)];
    }
    std::size_t sizeOf(ConnectionStage stage) const {
        return lists_[static_cast<std::size_t>(stage)].size();
    }
    void move(Handle connection, ConnectionStage stage);
    void keepShare(ConnectionStage stage);
    const Group* heaviest(ConnectionStage stage) const;
    bool evictOldest(ConnectionStage stage, const Group* of,
                     std::chrono::steady_clock::duration grace = {});
    bool evictSlowBody(const Group* of);
    bool evictBodyFor(const Group* own);
    bool makeRoomFor(const Group* own);
    bool makeRoomIn(std::initializer_list<ConnectionStage> order, const Group* of = nullptr);
    void countEviction(ConnectionStage stage);
    void cut(Handle connection);
    void countRequest(Entry& entry, bool counted);
    bool empty() const;

    const std::size_t most_;
    const std::size_t most_per_address_;
    const std::size_t reserved_;
    const std::size_t reserved_per_address_;
    mutable std::mutex mutex_;
    std::condition_variable emptied_;
    // By stage, each in the order in which it was entered.
    std::array<std::list<Entry>, kConnectionStages> lists_;
    std::map<std::string, Group> groups_;
    std::size_t places_ = 0;      // taken; what is cut takes none
    std::size_t requests_ = 0;    // of all groups
    HttpConnectionStats counts_;  // what only grows
    bool draining_ = false;
};

/// What connections and failed logins are counted by, and accesses name: an IPv4 address however it
/// is written; of IPv6 the /64, which is one customer's (RFC 6177), as `2001:db8:0:7::/64`; `::1`
/// and what is no address as they are. `address` has no port.
std::string addressGroup(const std::string& address);

}  // namespace waybill::server
