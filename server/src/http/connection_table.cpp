#include "http/connection_table.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;
using Stage = ConnectionStage;

// Only after that is the rest of a body called slow.
constexpr auto kBodyGrace = std::chrono::seconds(1);

/// Nobody waits for an answer there. They make room first, in this order.
constexpr std::initializer_list<Stage> kUnasked = {Stage::kHead, Stage::kSilent, Stage::kEnding};

/// Of `places`, for connections that wait for more of a head or of a body.
std::size_t shareOf(Stage stage, std::size_t places) {
    return std::max<std::size_t>(places / (stage == Stage::kHead ? 8 : 2), 1);
}

std::size_t indexOf(Stage stage) {
    return static_cast<std::size_t>(stage);
}

}  // namespace

bool ConnectionTable::admits(const std::string& address) {
    const std::lock_guard lock(mutex_);
    const auto found = groups_.find(address);
    const Group* const own = found == groups_.end() ? nullptr : &found->second;
    if (own != nullptr && own->places >= most_per_address_ + reserved_per_address_ &&
        !makeRoomIn(kUnasked, own) && !evictSlowBody(own)) {
        ++counts_.refused_address;
        return false;
    }
    if (places_ < most_ + reserved_ || makeRoomFor(own)) return true;
    ++counts_.refused_full;
    return false;
}

ConnectionTable::Handle ConnectionTable::add(Channel& channel, const std::string& address) {
    const std::lock_guard lock(mutex_);
    const auto group = groups_.try_emplace(address).first;
    auto& silent = listOf(Stage::kSilent);
    const Handle added =
        silent.insert(silent.end(), Entry{&channel, group, Stage::kSilent, Clock::now(), false});
    ++group->second.places;
    ++group->second.in_stage[indexOf(Stage::kSilent)];
    ++places_;
    return added;
}

void ConnectionTable::remove(Handle connection) {
    const std::lock_guard lock(mutex_);
    move(connection, Stage::kCut);
    const auto group = connection->group;
    if (--group->second.in_stage[indexOf(Stage::kCut)] == 0 && group->second.places == 0)
        groups_.erase(group);
    listOf(Stage::kCut).erase(connection);
    if (empty()) emptied_.notify_all();
}

void ConnectionTable::mark(Handle connection, Stage stage) {
    const std::lock_guard lock(mutex_);
    if (connection->stage == stage || connection->stage == Stage::kCut) return;
    move(connection, stage);
    keepShare(stage);
}

bool ConnectionTable::markIdle(Handle connection) {
    const std::lock_guard lock(mutex_);
    if (draining_) return false;
    countRequest(*connection, false);
    if (connection->stage == Stage::kActive) move(connection, Stage::kIdle);
    return true;
}

bool ConnectionTable::admitsRequest(Handle connection, bool reserved) {
    const std::lock_guard lock(mutex_);
    countRequest(*connection, false);
    if (reserved || connection->stage == Stage::kCut) return true;
    const Group& own = connection->group->second;
    if (own.requests >= most_per_address_) evictSlowBody(&own);
    if (requests_ >= most_) evictBodyFor(&own);
    const bool room = own.requests < most_per_address_ && requests_ < most_;
    if (!room) ++counts_.refused_reserve;
    countRequest(*connection, room);
    return room;
}

void ConnectionTable::makeRoom() {
    const std::lock_guard lock(mutex_);
    makeRoomIn({Stage::kHead, Stage::kSilent, Stage::kEnding, Stage::kIdle});
}

void ConnectionTable::drain() {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    for (const Stage stage : {Stage::kSilent, Stage::kIdle})
        while (!listOf(stage).empty())
            cut(listOf(stage).begin());
}

bool ConnectionTable::waitUntilEmpty(Deadline deadline) {
    std::unique_lock lock(mutex_);
    return emptied_.wait_until(lock, deadline, [&] { return empty(); });
}

void ConnectionTable::cutAll() {
    const std::lock_guard lock(mutex_);
    for (const auto& list : lists_)
        for (const Entry& entry : list)
            entry.channel->cut();
}

bool ConnectionTable::draining() const {
    const std::lock_guard lock(mutex_);
    return draining_;
}

HttpConnectionStats ConnectionTable::stats() const {
    const std::lock_guard lock(mutex_);
    HttpConnectionStats stats = counts_;
    stats.open = places_;
    stats.silent = sizeOf(Stage::kSilent);
    stats.in_head = sizeOf(Stage::kHead);
    stats.in_body = sizeOf(Stage::kBody);
    stats.idle = sizeOf(Stage::kIdle);
    return stats;
}

/// The mutex is held, here and below.
void ConnectionTable::move(Handle connection, Stage stage) {
    Group& group = connection->group->second;
    const Stage before = connection->stage;
    --group.in_stage[indexOf(before)];
    ++group.in_stage[indexOf(stage)];
    if (stage == Stage::kEnding || stage == Stage::kCut) countRequest(*connection, false);
    if (stage == Stage::kCut && before != Stage::kCut) {
        --group.places;
        --places_;
    }
    connection->stage = stage;
    connection->since = Clock::now();
    auto& list = listOf(stage);
    list.splice(list.end(), listOf(before), connection);
}

/// What has entered the stage last may have made it more than its share, by one.
void ConnectionTable::keepShare(Stage stage) {
    if (stage != Stage::kHead && stage != Stage::kBody) return;
    const Group& own = listOf(stage).back().group->second;
    const std::size_t of_address = shareOf(stage, std::min(most_ / 2, most_per_address_));
    const bool too_many_of_address = own.in_stage[indexOf(stage)] > of_address;
    if (!too_many_of_address && listOf(stage).size() <= shareOf(stage, most_)) return;
    const Group* const of = too_many_of_address ? &own : heaviest(stage);
    if (stage == Stage::kHead)
        evictOldest(stage, of);
    else
        evictSlowBody(of);
}

/// The address that has most in a stage: who takes many places gives up its own.
const ConnectionTable::Group* ConnectionTable::heaviest(Stage stage) const {
    const auto found =
        std::max_element(groups_.begin(), groups_.end(), [&](const auto& a, const auto& b) {
            return a.second.in_stage[indexOf(stage)] < b.second.in_stage[indexOf(stage)];
        });
    return found == groups_.end() ? nullptr : &found->second;
}

/// Of the address `of`; null: of any.
bool ConnectionTable::evictOldest(Stage stage, const Group* of, Clock::duration grace) {
    auto& list = listOf(stage);
    const auto oldest = std::find_if(list.begin(), list.end(), [&](const Entry& entry) {
        return of == nullptr || &entry.group->second == of;
    });
    if (oldest == list.end() || Clock::now() - oldest->since < grace) return false;
    countEviction(stage);
    cut(oldest);
    return true;
}

bool ConnectionTable::evictSlowBody(const Group* of) {
    return evictOldest(Stage::kBody, of, kBodyGrace);
}

/// For a client of the address `own`: another address that has most of them gives one up at once.
bool ConnectionTable::evictBodyFor(const Group* own) {
    const Group* const most = heaviest(Stage::kBody);
    return most == own ? evictSlowBody(own) : evictOldest(Stage::kBody, most);
}

/// For a client of the address `own` when all places are taken. Those that are idle have been
/// answered, and stay where half bodies have more than their share.
bool ConnectionTable::makeRoomFor(const Group* own) {
    if (makeRoomIn(kUnasked)) return true;
    if (listOf(Stage::kBody).size() > shareOf(Stage::kBody, most_)) return evictBodyFor(own);
    return makeRoomIn({Stage::kIdle}) || evictBodyFor(own);
}

/// `of`: null for the address that has most in each stage, but for idle ones, which all are alike.
bool ConnectionTable::makeRoomIn(std::initializer_list<Stage> order, const Group* of) {
    return std::any_of(order.begin(), order.end(), [&](Stage stage) {
        return evictOldest(stage, of != nullptr || stage == Stage::kIdle ? of : heaviest(stage));
    });
}

void ConnectionTable::countEviction(Stage stage) {
    if (stage == Stage::kSilent) ++counts_.evicted_silent;
    if (stage == Stage::kHead) ++counts_.evicted_head;
    if (stage == Stage::kBody) ++counts_.evicted_body;
    if (stage == Stage::kIdle || stage == Stage::kEnding) ++counts_.evicted_idle;
}

void ConnectionTable::cut(Handle connection) {
    connection->channel->cut();
    move(connection, Stage::kCut);
}

void ConnectionTable::countRequest(Entry& entry, bool counted) {
    if (entry.counted == counted) return;
    entry.counted = counted;
    std::size_t& of_group = entry.group->second.requests;
    of_group = counted ? of_group + 1 : of_group - 1;
    requests_ = counted ? requests_ + 1 : requests_ - 1;
}

bool ConnectionTable::empty() const {
    return std::all_of(lists_.begin(), lists_.end(), [](const auto& list) { return list.empty(); });
}

std::string addressGroup(const std::string& address) {
    const std::string bare = address.substr(0, address.find('%'));  // without the zone
    in6_addr v6{};
    if (::inet_pton(AF_INET6, bare.c_str(), &v6) != 1 || IN6_IS_ADDR_LOOPBACK(&v6)) return address;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (IN6_IS_ADDR_V4MAPPED(&v6))
        return ::inet_ntop(AF_INET, &v6.s6_addr[12], text.data(), text.size());
    std::memset(&v6.s6_addr[8], 0, 8);
    return std::string(::inet_ntop(AF_INET6, &v6, text.data(), text.size())) + "/64";
}

}  // namespace waybill::server
