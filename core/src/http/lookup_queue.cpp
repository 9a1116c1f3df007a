#include "http/lookup_queue.h"

#include <algorithm>

namespace waybill::http {

LookupQueue::LookupQueue(Limits limits) : limits_(limits) {
    running_.reserve(lanes_.size() * limits_.at_once);
}

bool LookupQueue::add(Ticket ticket, const std::string& host, const std::string& client,
                      Waiter waiter) {
    bool taken = false;
    try {
        const auto [found, is_new] = names_.try_emplace(host);
        Name& name = found->second;
        if (is_new) {
            name.host = &found->first;
            name.lane = &lanes_[quick_.contains(host) ? 0 : 1];
        }
        Interest& interest = name.interests[client];
        interest.waiters.emplace(ticket, std::move(waiter));
        taken = name.runs_for != nullptr || interest.client != nullptr ||
                queueUp(name, client, interest);
    } catch (...) {
        forget(ticket, host, client);
        throw;
    }
    if (!taken) forget(ticket, host, client);
    return taken;
}

// All that needs memory comes first.
bool LookupQueue::queueUp(Name& name, const std::string& client_name, Interest& interest) {
    Lane& lane = *name.lane;
    std::list<Name*> place{&name};
    std::list<Client*> turn{nullptr};
    const auto found = lane.clients.try_emplace(client_name).first;
    Client& client = found->second;
    client.name = &found->first;
    if (client.waiting.size() >= limits_.waiting_per_client) return false;
    if (client.waiting.empty()) {
        turn.front() = &client;
        client.turn = turn.begin();
        lane.turns.splice(lane.turns.end(), turn);
    }
    interest.client = &client;
    interest.place = place.begin();
    client.waiting.splice(client.waiting.end(), place);
    return true;
}

void LookupQueue::leaveQueue(Name& name, Interest& interest) noexcept {
    Client& client = *std::exchange(interest.client, nullptr);
    client.waiting.erase(interest.place);
    if (client.waiting.empty()) name.lane->turns.erase(client.turn);
    dropIfAtRest(*name.lane, client);
}

void LookupQueue::dropIfAtRest(Lane& lane, const Client& client) noexcept {
    if (client.waiting.empty() && client.running == 0)
        lane.clients.erase(lane.clients.find(*client.name));
}

void LookupQueue::forget(Ticket ticket, const std::string& host,
                         const std::string& client) noexcept {
    const auto found = names_.find(host);
    if (found == names_.end()) return;
    Name& name = found->second;
    const auto mine = name.interests.find(client);
    if (mine != name.interests.end()) {
        Interest& interest = mine->second;
        interest.waiters.erase(ticket);
        if (interest.waiters.empty()) {
            if (interest.client != nullptr) leaveQueue(name, interest);
            name.interests.erase(mine);
        }
    }
    if (name.interests.empty() && name.runs_for == nullptr) names_.erase(found);
}

LookupQueue::Running* LookupQueue::start(MonotonicTime now) noexcept {
    for (Lane& lane : lanes_) {
        const std::size_t free = limits_.at_once - lane.running;
        const std::size_t share = std::min(limits_.at_once_per_client, free);
        const auto has_room = [share](const Client* client) { return client->running < share; };
        const auto turn = std::find_if(lane.turns.begin(), lane.turns.end(), has_room);
        if (turn == lane.turns.end()) continue;
        Client& client = **turn;
        lane.turns.splice(lane.turns.end(), lane.turns, turn);
        Name& name = *client.waiting.front();
        ++client.running;
        ++lane.running;
        name.runs_for = &client;
        name.began_at = now;
        running_.push_back(&name);
        for (auto& [who, interest] : name.interests)
            if (interest.client != nullptr) leaveQueue(name, interest);
        return &name;
    }
    return nullptr;
}

LookupQueue::Finished LookupQueue::finish(Running& name) noexcept {
    --name.lane->running;
    --name.runs_for->running;
    dropIfAtRest(*name.lane, *name.runs_for);
    std::erase(running_, &name);
    return Finished(names_.extract(*name.host));
}

void LookupQueue::remember(const std::string& host, bool quick) {
    if (!quick) {
        quick_.erase(host);
    } else if (quick_.insert(host).second && quick_.size() > limits_.remembered) {
        quick_.erase(quick_.begin());  // it is in the other lane next time, and comes back
    }
}

void LookupQueue::close() noexcept {
    for (Lane& lane : lanes_)
        lane = {};
    std::erase_if(names_, [](const auto& entry) { return entry.second.runs_for == nullptr; });
    for (auto& [host, name] : names_)
        name.interests.clear();
}

std::size_t LookupQueue::runningSince(MonotonicTime at) const {
    return static_cast<std::size_t>(std::count_if(
        running_.begin(), running_.end(), [at](const Name* name) { return name->began_at <= at; }));
}

}  // namespace waybill::http
