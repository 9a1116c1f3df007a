#include "engine/schedule.h"

#include <algorithm>
#include <cassert>

#include "waybill/endpoint.h"

namespace waybill {

namespace {

/// How many attempts a newly met endpoint gets before it has answered any, and how many all of them
/// together keep when we are overwhelmed: a few that hang must not be all there is.
constexpr std::uint32_t kGentleStart = 16;
/// So few attempts at once are not worth dividing between clients.
constexpr std::uint32_t kTooFewToDivide = 64;
/// So many endpoints that nobody uses are remembered, for their windows.
constexpr std::size_t kMaxResting = 4096;
/// "Look again when you come by": a lane that is settled at this time waits behind a timer, whose
/// turn comes before anything is taken.
constexpr MonotonicTime kLater = MonotonicTime::min();

}  // namespace

Schedule::Endpoint::Endpoint(std::uint32_t limit) : window(kGentleStart, limit) {}

bool Schedule::Order::before(Index a, Index b) const {
    const List::Waiting& left = list[a];
    const List::Waiting& right = list[b];
    return left.due != right.due ? left.due < right.due : left.key < right.key;
}

void Schedule::Order::placed(Index index, std::size_t slot) {
    list[index].slot = static_cast<std::uint32_t>(slot);
}

Schedule::Schedule(Limits limits, ClientAccounts* accounts)
    : limits_(limits),
      accounts_(accounts != nullptr && accounts->attemptRate().limits() ? accounts : nullptr),
      window_(limits.in_flight, limits.in_flight) {
    if (limits_.in_flight_per_client == 0)
        limits_.in_flight_per_client =
            limits.in_flight <= kTooFewToDivide ? limits.in_flight : limits.in_flight / 2;
}

// ---- what waits

void Schedule::add(Key key, const std::string& client, const std::string& endpoint,
                   MonotonicTime due, bool recorded) {
    assert(!flights_.contains(key) && "what is on the wire does not wait");
    const auto index = list_.find(key);
    if (recorded && index && (!list_[*index].recorded || list_[*index].due <= due)) return;
    Lane& lane = laneFor(client, endpoint);
    if (index && list_[*index].lane == &lane) {
        list_[*index].due = due;
        list_[*index].recorded = recorded;
        lane.waiting.replaceAt(list_[*index].slot, *index, Order{list_});
    } else {
        enter(lane, key, due, recorded);
    }
    settle(lane, kLater);
}

bool Schedule::remove(Key key) {
    const auto index = list_.find(key);
    if (!index) return false;
    Lane& lane = *list_[*index].lane;
    leave(*index);
    settle(lane, kLater);
    return true;
}

std::optional<MonotonicTime> Schedule::oldestDue() const {
    std::optional<MonotonicTime> oldest;
    for (const auto& [client_name, client] : clients_) {
        for (const auto& [endpoint, lane] : client.lanes) {
            if (lane.waiting.empty()) continue;
            const MonotonicTime due = list_[lane.waiting.first()].due;
            oldest = std::min(oldest.value_or(due), due);
        }
    }
    return oldest;
}

void Schedule::enter(Lane& lane, Key key, MonotonicTime due, bool recorded) {
    if (const auto earlier = list_.find(key)) {
        Lane& left = *list_[*earlier].lane;
        leave(*earlier);
        settle(left, kLater);
    }
    lane.waiting.push(list_.add({key, due, &lane, 0, recorded}), Order{list_});
    ++lane.client.waiting;
}

void Schedule::leave(Index index) {
    const List::Waiting gone = list_[index];
    gone.lane->waiting.removeAt(gone.slot, Order{list_});
    --gone.lane->client.waiting;
    list_.remove(index);
    if (index == list_.size()) return;
    const List::Waiting& moved = list_[index];
    moved.lane->waiting.renameAt(moved.slot, index);
}

std::size_t Schedule::heldBack(const std::string& client) const {
    const auto found = held_back_.next() ? clients_.find(client) : clients_.end();
    const bool held = found != clients_.end() && found->second.queued();
    return held && !found->second.lacks_room ? found->second.waiting : 0;
}

std::size_t Schedule::heldBack() const {
    std::size_t waiting = 0;
    if (!held_back_.next()) return waiting;
    for (const auto& [name, client] : clients_)
        waiting += client.queued() && !client.lacks_room ? client.waiting : 0;
    return waiting;
}

// ---- pausing

void Schedule::pause(const std::string& endpoint) {
    if (endpoint == kEveryEndpoint) {
        all_paused_ = true;
        return;
    }
    Endpoint& target = endpointFor(endpoint);
    target.paused = true;
    resting_.leave(target.resting);
}

void Schedule::resume(const std::string& endpoint) {
    if (endpoint == kEveryEndpoint) {
        all_paused_ = false;
        return;
    }
    const auto found = endpoints_.find(endpoint);
    if (found == endpoints_.end()) return;
    found->second.paused = false;
    offerRoom(found->second);
    rest(found->second);
}

bool Schedule::paused(const std::string& endpoint) const {
    if (endpoint == kEveryEndpoint) return all_paused_;
    const auto found = endpoints_.find(endpoint);
    return found != endpoints_.end() && found->second.paused;
}

// ---- the wire

std::optional<Schedule::Key> Schedule::takeNext(MonotonicTime now) {
    Lane* const lane = nextInTurn(now);
    if (lane == nullptr) return std::nullopt;
    const Index index = lane->waiting.first();
    const List::Waiting taken = list_[index];
    leave(index);
    launch(*lane, taken.key, now, taken.due, taken.recorded);
    // To the end of both lines, if there is more. It is parked, if need be, when its turn comes: or
    // it would be parked before those who have waited longer.
    Client& client = lane->client;
    if (client.account) client.account->attempts.take(accounts_->attemptRate(), now);
    turns_.leave(client.turn);
    client.turns.leave(lane->turn);
    if (!lane->waiting.empty()) client.turns.join(*lane, lane->turn);
    seat(client);
    return taken.key;
}

void Schedule::putBack(Key key) {
    Lane* const lane = waitAgain(key);
    if (lane == nullptr) return;
    leaveTurn(*lane);
    settle(*lane, kLater);
}

void Schedule::putBackUntil(Key key, MonotonicTime until) {
    Lane* const lane = waitAgain(key);
    if (lane == nullptr) return;
    Client& client = lane->client;
    timers_.remove(*lane);
    if (!lane->parked) client.turns.joinFirst(*lane, lane->turn);
    client.lacks_room = true;
    held_back_.set(client, until);
    seat(client);
}

/// Null for one that is not on the wire.
Schedule::Lane* Schedule::waitAgain(Key key) {
    const auto flight = land(key);
    if (!flight) return nullptr;
    Lane& lane = *flight->lane;
    if (lane.client.account) lane.client.account->attempts.giveBack(accounts_->attemptRate());
    enter(lane, key, flight->due, flight->recorded);
    seat(lane.client);
    offerRoom(lane.endpoint);
    return &lane;
}

void Schedule::finished(Key key, Feedback feedback, MonotonicTime now) {
    const auto flight = land(key);
    if (!flight) return;
    Lane& lane = *flight->lane;
    const Duration round_trip = now - flight->started;
    CongestionWindow& window = lane.endpoint.window;
    if (feedback == Feedback::kAnswered) window.grow(now, round_trip);
    if (feedback == Feedback::kPushedBack) window.halve(flight->epoch, now);
    if (feedback == Feedback::kLocalFault) {
        window_.shrinkTo(std::max(in_flight_, kGentleStart), flight->wire_epoch, now);
    } else {
        window_.grow(now, round_trip);
    }
    seat(lane.client);
    offerRoom(lane.endpoint);
    settle(lane, kLater);
}

void Schedule::resumeInFlight(Key key, const std::string& client, const std::string& endpoint,
                              MonotonicTime now) {
    assert(!flights_.contains(key) && "an attempt is found on the wire once");
    Lane& lane = laneFor(client, endpoint);
    launch(lane, key, now, now, false);
    seat(lane.client);
}

void Schedule::launch(Lane& lane, Key key, MonotonicTime now, MonotonicTime due, bool recorded) {
    flights_.try_emplace(key, Flight{.lane = &lane,
                                     .due = due,
                                     .recorded = recorded,
                                     .started = now,
                                     .epoch = lane.endpoint.window.epoch(),
                                     .wire_epoch = window_.epoch()});
    ++lane.in_flight;
    ++lane.endpoint.in_flight;
    ++lane.client.in_flight;
    ++in_flight_;
}

std::optional<Schedule::Flight> Schedule::land(Key key) {
    const auto found = flights_.find(key);
    if (found == flights_.end()) return std::nullopt;
    const Flight flight = found->second;
    flights_.erase(found);
    --flight.lane->in_flight;
    --flight.lane->endpoint.in_flight;
    --flight.lane->client.in_flight;
    --in_flight_;
    return flight;
}

bool Schedule::wireFull() const {
    return in_flight_ >= std::min(limits_.in_flight, window_.size());
}

// ---- turns

std::optional<MonotonicTime> Schedule::nextDue(MonotonicTime now) {
    if (wireFull() || all_paused_) return std::nullopt;
    if (nextInTurn(now) != nullptr) return now;
    const auto timer = timers_.next();
    const auto rate = held_back_.next();
    return timer && rate ? std::min(*timer, *rate) : timer ? timer : rate;
}

/// The lane whose turn it is; its client is first in line, and it is the first of its client.
Schedule::Lane* Schedule::nextInTurn(MonotonicTime now) {
    if (wireFull() || all_paused_) return nullptr;
    while (Lane* const lane = timers_.popDue(now))
        settle(*lane, now);
    while (Client* const client = held_back_.popDue(now))
        seat(*client);
    // One each time, or those who are parked would wait until nobody else has anything to send; all
    // of them at once would cost too much.
    callParked(now);
    for (;;) {
        if (turns_.empty()) {
            if (!callParked(now)) return nullptr;
            continue;
        }
        if (holdBack(turns_.first(), now)) continue;
        Lane& lane = turns_.first().turns.first();
        if (lane.endpoint.hasRoom() && dueOf(lane) <= now) return &lane;
        leaveTurn(lane);
        settle(lane, now);
    }
}

/// Sends one lane from an endpoint that has room again to where it belongs. False: there is none.
bool Schedule::callParked(MonotonicTime now) {
    while (!with_room_.empty()) {
        Endpoint& endpoint = with_room_.first();
        with_room_.leave(endpoint.with_room);
        if (endpoint.parked.empty() || !endpoint.hasRoom()) continue;
        Lane& lane = endpoint.parked.first();
        endpoint.parked.leave(lane.parked);
        offerRoom(endpoint);
        settle(lane, now);
        return true;
    }
    return false;
}

/// When something of a lane where something waits may be taken.
MonotonicTime Schedule::dueOf(const Lane& lane) const {
    return list_[lane.waiting.first()].due;
}

/// Puts a lane where it will next be looked at. One that has its turn or is parked stays there, and
/// is settled anew when it is looked at.
void Schedule::settle(Lane& lane, MonotonicTime now) {
    if (lane.waiting.empty()) {
        leaveTurn(lane);
        lane.endpoint.parked.leave(lane.parked);
        timers_.remove(lane);
        forgetIfIdle(lane);
        return;
    }
    if (lane.turn || lane.parked) return;
    if (!lane.endpoint.hasRoom()) {
        timers_.remove(lane);
        lane.endpoint.parked.join(lane, lane.parked);
    } else if (const MonotonicTime due = dueOf(lane); due > now) {
        timers_.set(lane, due);
    } else {
        timers_.remove(lane);
        lane.client.turns.join(lane, lane.turn);
        seat(lane.client);
    }
}

/// Gives a client its place in the line if it can use it.
void Schedule::seat(Client& client) {
    if (client.turns.empty() || client.in_flight >= limits_.in_flight_per_client ||
        client.queued()) {
        turns_.leave(client.turn);
    } else {
        turns_.join(client, client.turn);
    }
}

/// Whether a client has made its attempts for now, and so leaves the line.
bool Schedule::holdBack(Client& client, MonotonicTime now) {
    if (!client.account || client.account->attempts.has(accounts_->attemptRate(), now))
        return false;
    client.lacks_room = false;
    held_back_.set(client, client.account->attempts.nextAt(accounts_->attemptRate()));
    seat(client);
    return true;
}

void Schedule::leaveTurn(Lane& lane) {
    lane.client.turns.leave(lane.turn);
    seat(lane.client);
}

void Schedule::offerRoom(Endpoint& endpoint) {
    if (!endpoint.parked.empty() && endpoint.hasRoom())
        with_room_.join(endpoint, endpoint.with_room);
}

// ---- who is known

Schedule::Lane& Schedule::laneFor(const std::string& client, const std::string& endpoint) {
    Endpoint& its_endpoint = endpointFor(endpoint);
    const auto [found, new_client] = clients_.try_emplace(client);
    Client& its_client = found->second;
    its_client.name = &found->first;
    if (new_client && accounts_ != nullptr) its_client.account = accounts_->of(client);
    const auto [lane, new_lane] =
        its_client.lanes.try_emplace(&its_endpoint, its_client, its_endpoint);
    if (new_lane) {
        ++its_endpoint.lanes;
        resting_.leave(its_endpoint.resting);
    }
    return lane->second;
}

Schedule::Endpoint& Schedule::endpointFor(const std::string& name) {
    const auto [found, is_new] = endpoints_.try_emplace(name, limits_.in_flight_per_endpoint);
    found->second.name = &found->first;
    return found->second;
}

void Schedule::forgetIfIdle(Lane& lane) {
    if (!lane.waiting.empty() || lane.in_flight > 0) return;
    Client& client = lane.client;
    Endpoint& endpoint = lane.endpoint;
    client.lanes.erase(&endpoint);
    if (client.lanes.empty()) {
        held_back_.remove(client);
        clients_.erase(clients_.find(*client.name));
    }
    --endpoint.lanes;
    rest(endpoint);
}

void Schedule::rest(Endpoint& endpoint) {
    if (endpoint.lanes > 0 || endpoint.paused) return;
    with_room_.leave(endpoint.with_room);
    resting_.join(endpoint, endpoint.resting);
    if (resting_.size() <= kMaxResting) return;
    Endpoint& oldest = resting_.first();
    resting_.leave(oldest.resting);
    endpoints_.erase(endpoints_.find(*oldest.name));
}

}  // namespace waybill
